// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/machine_key.h"

#include "sync/base/file.h"
#include "tests/support/temp_dir.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>

using namespace millpond;
using base::Code;
using terminal::MachineKey;

namespace {

bool same(const crypto::SecretKey& a, const crypto::SecretKey& b) { return std::ranges::equal(a.bytes(), b.bytes()); }

void put_credential(const std::filesystem::path& folder, std::size_t size) {
  REQUIRE(base::write_file(folder / terminal::root_credential, base::Bytes(size, 9)));
}

}  // namespace

TEST_CASE("Without a credential a machine makes its key once, readable by nobody else") {
  const tests::TempDir folder;
  const auto made = terminal::load_or_make_machine_key(folder.path(), {});
  REQUIRE(made);
  CHECK(made->source == MachineKey::Source::plain_file);
  struct stat status {};
  REQUIRE(::stat((folder / "root.key").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  const auto again = terminal::load_or_make_machine_key(folder.path(), folder / "no-credentials");
  REQUIRE(again);
  CHECK(same(made->root, again->root));
}

TEST_CASE("A credential is the key, and writes nothing to the disk") {
  const tests::TempDir folder;
  const tests::TempDir credentials;
  put_credential(credentials.path(), 32);
  const auto loaded = terminal::load_or_make_machine_key(folder.path(), credentials.path());
  REQUIRE(loaded);
  CHECK(loaded->source == MachineKey::Source::credential);
  CHECK(std::ranges::equal(loaded->root.bytes(), base::Bytes(32, 9)));
  CHECK_FALSE(std::filesystem::exists(folder / "root.key"));
}

TEST_CASE("A plain key that is left beside a credential is told") {
  const tests::TempDir folder;
  const tests::TempDir credentials;
  REQUIRE(terminal::load_or_make_machine_key(folder.path(), {}));
  put_credential(credentials.path(), 32);
  const auto loaded = terminal::load_or_make_machine_key(folder.path(), credentials.path());
  REQUIRE(loaded);
  CHECK(loaded->source == MachineKey::Source::left_over);
  CHECK(terminal::source_name(loaded->source) == "left_over");
}

TEST_CASE("A key that cannot be used is refused and never replaced") {
  const tests::TempDir folder;
  const tests::TempDir credentials;
  put_credential(credentials.path(), 31);
  CHECK(terminal::load_or_make_machine_key(folder.path(), credentials.path()).error().code == Code::key_unusable);
  CHECK_FALSE(std::filesystem::exists(folder / "root.key"));
  REQUIRE(base::write_file(folder / "root.key", base::Bytes(32, 1)));  // readable by everyone
  CHECK(terminal::load_or_make_machine_key(folder.path(), {}).error().code == Code::key_unusable);
}
