// SPDX-License-Identifier: Apache-2.0
// No reader without a target: every function of a public header that reads bytes or text of its own is called by a
// target, or stands here with the reason why not.
#include "sync/base/file.h"
#include "tests/support/paths.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>

using namespace millpond;
namespace fs = std::filesystem;

namespace {

// By name; of overloads and of functions of one name in two rooms all share the answer.
const std::map<std::string, std::string>& without_target() {
  static const std::map<std::string, std::string> reasons{
      {"decode_gray", "stb_image reads it, a library"},
      {"decode_mark", "of an entry of the hub's own chained log, where it put what check_mark() let in"},
      {"decode_rgba", "stb_image reads it, a library"},
      {"decompress", "zstd reads it, a library; targets batch and page go through it"},
      {"open", "PlaneReader, the columns of a batch: target batch"},
      {"open_aes_gcm", "OpenSSL decrypts, a library; target notice_wechat_body reads what was inside"},
      {"parse",
       "the template of wire's messages, by Protocol Buffers, a library; every target of wire goes through it"},
      {"parse_amount", "an amount on a receipt: target printed_receipt"},
      {"parse_code_page", "a choice of names in a receipt's template: target receipt_template"},
      {"read", "RsaPublicKey, of a file that an operator installed; OpenSSL reads it, a library"},
      {"read_code", "asks the replica who issued a code, between the parse and verify of target code"},
      {"read_coupon_code", "read_code(), of coupons"},
      {"read_game", "what parse_game() calls first: target game"},
      {"read_grant", "a grant file or a sheet, whichever it is: targets grant_file and grant"},
      {"read_member_code", "read_code(), of members"},
      {"restore_key", "a passphrase makes each try cost a second and 256 MiB on purpose"},
      {"unpack_rows", "the rows of a batch: target batch"},
  };
  return reasons;
}

std::string content_of(const fs::path& path) {
  const auto content = base::read_file(path);
  REQUIRE(content);
  return std::string{base::text_of(*content)};
}

// Free and static functions, of these verbs, whose first argument is foreign. Members read what was opened before.
std::map<std::string, std::string> readers() {
  static const std::regex reader{R"((?:^|\n)(?:\[\[nodiscard\]\] (?:inline )?|  \[\[nodiscard\]\] static ))"
                                 R"((?:base::)?(?:Result|std::optional)<[^;(]*> )"
                                 R"(((?:parse|decode|read|open|restore|decompress|unpack)[a-z_0-9]*))"
                                 R"(\((?:base::)?(?:ByteView|std::string_view) )"};
  std::map<std::string, std::string> found;
  for (const auto* const top : {"sync", "hardware", "kiosk"}) {
    for (const auto& entry : fs::recursive_directory_iterator{tests::source_dir() / top}) {
      if (entry.path().extension() != ".h") continue;
      const auto text = content_of(entry.path());
      for (std::sregex_iterator at{text.begin(), text.end(), reader}, end; at != end; ++at) {
        found[(*at)[1].str()] = entry.path().filename().string();
      }
    }
  }
  return found;
}

std::string all_targets_text() {
  std::string all;
  for (const auto& entry : fs::directory_iterator{tests::source_dir() / "tests/fuzz"}) {
    if (entry.path().filename().string().ends_with("_targets.cpp")) all += content_of(entry.path());
  }
  return all;
}

bool is_called(const std::string& text, const std::string& name) {
  return std::regex_search(text, std::regex{"::" + name + R"([(,)}])"});
}

}  // namespace

TEST_CASE("every reader of foreign input has a fuzz target, or a reason", "[readers]") {
  const auto found = readers();
  const auto targets = all_targets_text();
  CHECK(found.size() >= 60);
  for (const auto& [name, header] : found) {
    CAPTURE(name, header);
    const bool excused = without_target().contains(name);
    CHECK((is_called(targets, name) || excused));
  }
}

TEST_CASE("reasons for no target are of readers that exist", "[readers]") {
  const auto found = readers();
  for (const auto& [name, reason] : without_target()) {
    CAPTURE(name);
    CHECK(found.contains(name));
    CHECK(reason.size() > 20);
  }
}
