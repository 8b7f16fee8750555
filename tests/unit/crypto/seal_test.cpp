// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/seal.h"

#include "sync/base/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>

using namespace millpond;
using base::Code;

TEST_CASE("What is sealed for a signing key opens with that key and no other") {
  const auto key = crypto::SigningKey::generate();
  const auto receiver = crypto::sealing_key_of(key.public_key());
  REQUIRE(receiver);
  const auto box = crypto::seal(*receiver, base::view_of("keys of a store"));
  const auto opened = key.opening_key().open(box);
  REQUIRE(opened);
  CHECK(base::text_of(*opened) == "keys of a store");
  CHECK(crypto::SigningKey::generate().opening_key().open(box).error().code == base::Code::signature_invalid);
}

TEST_CASE("Only the holder of the key opens a sealed box", "[seal]") {
  const auto hub = crypto::OpeningKey::generate();
  const auto stranger = crypto::OpeningKey::generate();
  const auto box = crypto::seal(hub.public_key(), base::view_of("+8613800138000"));
  CHECK(box.size() == 14 + 48);
  const auto opened = hub.open(box);
  REQUIRE(opened);
  CHECK(base::text_of(*opened) == "+8613800138000");
  REQUIRE_FALSE(stranger.open(box));
  CHECK(stranger.open(box).error().code == Code::signature_invalid);
}

TEST_CASE("A changed or shortened box does not open", "[seal]") {
  const auto hub = crypto::OpeningKey::generate();
  const auto box = crypto::seal(hub.public_key(), base::view_of("secret"));
  for (std::size_t i = 0; i < box.size(); ++i) {
    auto changed = box;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ 0x40U);
    CHECK_FALSE(hub.open(changed));
    CHECK_FALSE(hub.open(base::ByteView{box}.first(i)));
  }
}

TEST_CASE("Two boxes of one message do not look alike", "[seal]") {
  const auto hub = crypto::OpeningKey::generate();
  CHECK(crypto::seal(hub.public_key(), base::view_of("x")) != crypto::seal(hub.public_key(), base::view_of("x")));
  const auto empty = hub.open(crypto::seal(hub.public_key(), {}));
  REQUIRE(empty);
  CHECK(empty->empty());
}

TEST_CASE("An opening key survives its file, which is the owner's alone", "[seal]") {
  const tests::TempDir folder;
  const auto path = folder / "hub.key";
  const auto key = crypto::OpeningKey::generate();
  REQUIRE(key.save(path));
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
  auto again = crypto::OpeningKey::load(path);
  REQUIRE(again);
  CHECK(again->public_key() == key.public_key());
  const auto moved = std::move(*again);
  CHECK(moved.open(crypto::seal(key.public_key(), base::view_of("x"))));

  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  CHECK(crypto::OpeningKey::load(path).error().code == Code::key_unusable);
  REQUIRE(base::write_file(path, base::Bytes(16, 1), base::Privacy::owner));
  CHECK(crypto::OpeningKey::load(path).error().code == Code::key_unusable);
  CHECK(crypto::OpeningKey::load(folder / "none").error().code == Code::not_found);
}
