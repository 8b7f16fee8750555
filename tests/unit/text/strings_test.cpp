// SPDX-License-Identifier: Apache-2.0
// The rules that the words themselves keep, and what the generator refuses.
#include "sync/base/file.h"
#include "sync/text/text.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <string>

using namespace millpond;
using text::Language;

namespace {

constexpr base::Code codes[]{
#define MILLPOND_ONE(name, retry) base::Code::name,
    MILLPOND_ERROR_CODES(MILLPOND_ONE)
#undef MILLPOND_ONE
};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string strings_file(const char* name) {
  const auto bytes = base::read_file(tests::source_dir() / "assets/strings" / name);
  REQUIRE(bytes.has_value());
  return std::string{base::text_of(*bytes)};
}

void replace_once(std::string& in, const std::string& what, const std::string& by) {
  const auto at = in.find(what);
  REQUIRE(at != std::string::npos);
  in.replace(at, what.size(), by);
}

// The generator's exit status and what it said.
std::pair<int, std::string> generate(const std::string& zh, const std::string& en) {
  const tests::TempDir folder;
  REQUIRE(base::write_file(folder / "zh.json", base::view_of(zh)));
  REQUIRE(base::write_file(folder / "en.json", base::view_of(en)));
  const auto in = [&](const char* name) { return "'" + (folder / name).string() + "' "; };
  const auto command = std::string{"'"} + MILLPOND_TEXT_GENERATE + "' " + in("zh.json") + in("en.json") + in("keys.h") +
                       in("tables.cpp") + "2> " + in("said");
  const auto status = std::system(command.c_str());
  const auto said = base::read_file(folder / "said");
  REQUIRE(said.has_value());
  return {status, std::string{base::text_of(*said)}};
}

}  // namespace

TEST_CASE("Every error code has three complete sentences in both languages") {
  for (const auto code : codes) {
    CAPTURE(base::code_name(code));
    for (const auto language : text::languages) {
      const auto words = text::sentence(code, language);
      const std::string_view stop = language == Language::zh_cn ? "。" : ".";
      for (const auto part : {words.what, words.why, words.next}) CHECK(part.ends_with(stop));
    }
    CHECK(text::sentence(code, Language::zh_cn).what != text::sentence(code, Language::en).what);
  }
}

TEST_CASE("Words follow the house's rules") {
  for (std::uint16_t i = 0; i < text::key_count; ++i) {
    const auto zh = text::get(static_cast<text::Key>(i), Language::zh_cn);
    const auto en = text::get(static_cast<text::Key>(i), Language::en);
    CAPTURE(zh, en);
    CHECK_FALSE(contains(zh, "你"));
    CHECK_FALSE(contains(zh, "「"));
    CHECK_FALSE(contains(zh, "余额"));  // Millpond stores no value
    CHECK_FALSE(contains(zh, "最终解释权"));
    CHECK_FALSE(contains(en, "charge"));
    CHECK_FALSE(contains(en, "Oops"));
    CHECK_FALSE(contains(en, "  "));
  }
}

TEST_CASE("The generator refuses string files that would leave somebody without a sentence") {
  const auto zh = strings_file("zh-CN.json");
  const auto en = strings_file("en.json");
  CHECK(generate(zh, en).first == 0);

  struct Row {
    const char* what;
    const char* by;
    bool in_en;
    const char* said;
  };
  const Row rows[]{
      {"\"scan.title\": \"Scan member code\",", "", true, "scan.title is missing"},
      {"\"scan.title\": \"扫会员码\",", "", false, "scan.title is missing"},
      {"\"Scan member code\"", "\"\"", true, "attract.start has no text"},
      {"valid until {0}", "valid", true, "coupon.validity has other placeholders"},
      {"valid until {0}", "valid until {x}", true, "coupon.validity has a { that is no placeholder"},
      {"\"scan.title\"", "\"scan.help\"", true, "scan.help is there twice"},
      {"\"error.disk_full.why\"", "\"error.disk_fool.why\"", false, "error.disk_full.why is missing"},
      {"\"error.disk_full.why\"", "\"error.disk_fool.why\"", false, "error.disk_fool.why belongs to no error code"},
      {"\"scan.title\"", "\"Scan-title\"", false, "Scan-title is not a name"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.said);
    auto changed_zh = zh;
    auto changed_en = en;
    replace_once(row.in_en ? changed_en : changed_zh, row.what, row.by);
    const auto [status, said] = generate(changed_zh, changed_en);
    CHECK(status != 0);
    CHECK(contains(said, row.said));
  }
  CHECK(generate("[", en).first != 0);
  CHECK(generate("{\"a\": {\"b\": \"c\"}}", en).first != 0);
}
