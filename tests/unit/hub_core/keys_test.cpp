// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/keys.h"
#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>

using namespace millpond;

TEST_CASE("Keys that were created are the keys that are loaded, and private") {
  const tests::TempDir dir;
  const auto made = hub::create_keys(dir / "keys");
  REQUIRE(made);
  const auto loaded = hub::load_keys(dir / "keys");
  REQUIRE(loaded);
  CHECK(loaded->brand == crypto::brand_id_of(made->root));
  CHECK(loaded->pairs.at(0).hub_key == made->pairs.at(0).hub_key);
  CHECK(loaded->phone_key == made->phone_key);
  CHECK(loaded->pairs.at(0).signing.public_key() == made->pairs.at(0).hub_key.key);
  CHECK(loaded->pairs.at(0).opening.public_key() == made->pairs.at(0).hub_key.sealing_key);
  for (const auto& entry : std::filesystem::directory_iterator{dir / "keys"}) {
    struct stat found {};
    REQUIRE(::stat(entry.path().c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0600U);
  }
  CHECK(hub::create_keys(dir / "keys").error().code == base::Code::already_exists);
  const auto other = hub::create_keys(dir / "other");
  REQUIRE(other);
  CHECK(other->brand != made->brand);
}

TEST_CASE("The hub runs without the brand's root key, and with nothing less") {
  const tests::TempDir dir;
  REQUIRE(hub::create_keys(dir / "keys"));
  std::filesystem::remove(dir / "keys/brand-root.key");  // it belongs offline
  CHECK(hub::load_keys(dir / "keys"));
  CHECK(hub::load_keys(dir / "nowhere").error().code == base::Code::not_found);
  for (const auto* name : {"brand-root.pub", "hub-1.key", "hub-1.seal", "hub-1.vouched", "phone.key", "secret.key"}) {
    CAPTURE(name);
    const tests::TempDir copy;
    std::filesystem::copy(dir / "keys", copy / "keys", std::filesystem::copy_options::recursive);
    const auto file = copy / "keys" / name;
    const auto bytes = base::read_file(file);
    REQUIRE(bytes);
    REQUIRE(base::write_file(file, base::ByteView{*bytes}.first(bytes->size() - 1), base::Privacy::owner));
    CHECK(hub::load_keys(copy / "keys").error().code == base::Code::key_unusable);
    std::filesystem::remove(file);
    CHECK(hub::load_keys(copy / "keys").error().code == base::Code::not_found);
  }
}

TEST_CASE("A key of another brand among ours is noticed") {
  const tests::TempDir dir;
  REQUIRE(hub::create_keys(dir / "a"));
  REQUIRE(hub::create_keys(dir / "b"));
  for (const auto* name : {"brand-root.pub", "hub-1.key", "hub-1.seal", "hub-1.vouched"}) {
    CAPTURE(name);
    const tests::TempDir mixed;
    std::filesystem::copy(dir / "a", mixed / "keys", std::filesystem::copy_options::recursive);
    std::filesystem::copy(dir / "b" / name, mixed / "keys" / name, std::filesystem::copy_options::overwrite_existing);
    CHECK(hub::load_keys(mixed / "keys").error().code == base::Code::key_unusable);
  }
}
