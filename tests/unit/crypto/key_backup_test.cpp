// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/key_backup.h"
#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using base::Code;

namespace {

constexpr crypto::BackupCost cheap{1, 8};
constexpr std::string_view words = "mill pond wheel race";

}  // namespace

TEST_CASE("A key comes back from its backup with the passphrase, and with nothing else") {
  REQUIRE(crypto::start());
  const tests::TempDir dir;
  const auto key = crypto::SigningKey::generate();
  REQUIRE(key.save(dir / "root.key"));
  const auto backup = crypto::back_up_key(dir / "root.key", words, cheap);
  REQUIRE(backup);
  CHECK(crypto::is_key_backup(base::view_of(*backup)));
  for (const auto& text : {*backup, "\n " + *backup + "\r\n"}) {
    const auto restored = crypto::restore_key(base::view_of(text), words);
    REQUIRE(restored);
    CHECK(restored->public_key() == key.public_key());
  }
  CHECK(crypto::restore_key(base::view_of(*backup), "mill pond wheel rac").error().code == Code::signature_invalid);
  CHECK(*crypto::back_up_key(dir / "root.key", words, cheap) != *backup);
  CHECK(crypto::back_up_key(dir / "root.key", "too short", cheap).error().code == Code::bad_input);
  CHECK(crypto::back_up_key(dir / "nowhere", words, cheap).error().code == Code::not_found);
}

TEST_CASE("A backup that was cut, changed or asks for too much is refused by name") {
  REQUIRE(crypto::start());
  const tests::TempDir dir;
  REQUIRE(crypto::SigningKey::generate().save(dir / "root.key"));
  const auto backup = crypto::back_up_key(dir / "root.key", words, cheap).value();
  const auto with = [&](std::size_t at, const std::string& text) {
    auto changed = backup;
    return changed.replace(at, text.size(), text);
  };
  struct Row {
    std::string text;
    Code code;
  };
  const std::size_t head = std::string_view{"MPROOT1:"}.size();
  for (const auto& row :
       {Row{"", Code::key_unusable}, Row{"MPROOT2:00", Code::key_unusable}, Row{backup.substr(1), Code::key_unusable},
        Row{backup.substr(0, backup.size() - 2), Code::key_unusable}, Row{with(head, "zz"), Code::key_unusable},
        Row{with(head, "ffffffff"), Code::key_unusable}, Row{with(head + 8, "7fffffff"), Code::key_unusable},
        Row{with(backup.size() - 1, backup.back() == '0' ? "1" : "0"), Code::signature_invalid}}) {
    CAPTURE(row.text);
    const auto restored = crypto::restore_key(base::view_of(row.text), words);
    REQUIRE_FALSE(restored);
    CHECK(restored.error().code == row.code);
  }
}
