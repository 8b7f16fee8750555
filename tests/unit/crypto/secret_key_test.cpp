// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/secret_key.h"

#include "sync/base/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <set>
#include <sys/stat.h>

using namespace millpond;
using base::Code;
using crypto::SecretKey;

TEST_CASE("A field opens in its own place with its own key, and nowhere else", "[secret_key]") {
  const auto key = SecretKey::of({1});
  const auto other = SecretKey::of({2});
  const auto box = key.encrypt("members|7|name|1", base::view_of("王小明"));
  CHECK(box.size() == 24 + 9 + 16);
  const auto opened = key.decrypt("members|7|name|1", box);
  REQUIRE(opened);
  CHECK(base::text_of(*opened) == "王小明");
  for (const auto* place : {"members|8|name|1", "members|7|name|2", "members|7|note|1", ""}) {
    const auto moved = key.decrypt(place, box);
    REQUIRE_FALSE(moved);
    CHECK(moved.error().code == Code::signature_invalid);
  }
  CHECK_FALSE(other.decrypt("members|7|name|1", box));
}

TEST_CASE("A field that was changed or cut does not open", "[secret_key]") {
  const auto key = SecretKey::generate();
  const auto box = key.encrypt("p", base::view_of("secret"));
  for (std::size_t i = 0; i < box.size(); ++i) {
    auto changed = box;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ 0x40U);
    CHECK_FALSE(key.decrypt("p", changed));
    CHECK_FALSE(key.decrypt("p", base::ByteView{box}.first(i)));
  }
  CHECK(key.encrypt("p", base::view_of("x")) != key.encrypt("p", base::view_of("x")));
  const auto empty = key.decrypt("p", key.encrypt("p", {}));
  REQUIRE(empty);
  CHECK(empty->empty());
}

TEST_CASE("Derived keys differ by root, purpose and number, and are the same at every start", "[secret_key]") {
  const auto hex = [](const SecretKey& key) { return base::to_hex(key.bytes()); };
  std::set<std::string> seen;
  for (const auto root : {std::uint8_t{1}, std::uint8_t{2}}) {
    for (const auto purpose : {crypto::purpose::fields, crypto::purpose::phones, crypto::purpose::pins,
                               crypto::purpose::claims, crypto::purpose::members}) {
      for (const std::uint64_t number : {0ULL, 1ULL, ~0ULL}) {
        CHECK(seen.insert(hex(SecretKey::of({root}).derive(purpose, number))).second);
      }
    }
  }
  CHECK(seen.size() == 30);
  // Computed by another implementation: Python's hashlib.blake2b with key, salt = number little-endian, person =
  // purpose.
  CHECK(hex(SecretKey::of({1}).derive(crypto::purpose::fields, 7)) ==
        "6ecf7cc14e6766179219c72b62cd45160743f472bac251fc7c3621e004936fd6");
}

TEST_CASE("A secret key survives its file, which is the owner's alone", "[secret_key]") {
  const tests::TempDir folder;
  const auto path = folder / "root.key";
  const auto key = SecretKey::generate();
  REQUIRE(key.save(path));
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
  auto again = SecretKey::load(path);
  REQUIRE(again);
  const auto moved = std::move(*again);
  CHECK(base::to_hex(moved.bytes()) == base::to_hex(key.bytes()));

  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  CHECK(SecretKey::load(path).error().code == Code::key_unusable);
  REQUIRE(base::write_file(path, base::Bytes(33, 1), base::Privacy::owner));
  CHECK(SecretKey::load(path).error().code == Code::key_unusable);
  CHECK(SecretKey::load(folder / "none").error().code == Code::not_found);
}
