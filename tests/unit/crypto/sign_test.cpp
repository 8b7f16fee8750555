// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/sign.h"

#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "tests/support/temp_dir.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>

using namespace millpond;
using base::Code;

namespace {

template <class Array>
Array array_of(std::string_view hex) {
  const auto bytes = *base::from_hex(hex);
  Array array{};
  REQUIRE(bytes.size() == array.size());
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return array;
}

// RFC 8032, 7.1, TEST 3. Our signatures always cover a context and a brand, so the public key of the seed is what the
// RFC can judge directly; the whole signature was computed by Python's cryptography package.
constexpr std::string_view rfc_seed = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7";
constexpr std::string_view rfc_public = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";

crypto::SigningKey rfc_key() { return crypto::SigningKey::from_seed(array_of<std::array<std::uint8_t, 32>>(rfc_seed)); }

const base::BrandId brand{{1, 2, 3, 4}};

}  // namespace

TEST_CASE("A seed gives the public keys of RFC 8032", "[sign]") {
  struct Row {
    std::string_view seed;
    std::string_view key;
  };
  const std::vector<Row> rows{
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"},
      {rfc_seed, rfc_public},
  };
  for (const auto& row : rows) {
    const auto key = crypto::SigningKey::from_seed(array_of<std::array<std::uint8_t, 32>>(row.seed));
    CHECK(base::to_hex(key.public_key()) == row.key);
  }
}

TEST_CASE("A signature covers context, brand and payload, byte for byte", "[sign]") {
  const auto signature = rfc_key().sign(crypto::context::code, brand, base::view_of("payload"));
  CHECK(base::to_hex(signature) ==
        "dc6d30726917f4a086270f9dde876e3382038c1ab6735354f9d0f4ac7b3d9731"
        "ea1459cd03175fdc96e417d2be3102be9b301ac1c464d639f5aab093af481c04");
}

TEST_CASE("A signature holds for its own context, brand, payload and key only", "[sign]") {
  const auto key = rfc_key();
  const auto stranger = crypto::SigningKey::generate();
  const auto payload = base::view_of("payload");
  const auto signature = key.sign(crypto::context::code, brand, payload);
  const base::BrandId other_brand{{1, 2, 3, 5}};
  CHECK(crypto::verify(key.public_key(), crypto::context::code, brand, payload, signature));
  CHECK_FALSE(crypto::verify(stranger.public_key(), crypto::context::code, brand, payload, signature));
  CHECK_FALSE(crypto::verify(key.public_key(), crypto::context::code, other_brand, payload, signature));
  CHECK_FALSE(crypto::verify(key.public_key(), crypto::context::code, brand, base::view_of("payloae"), signature));
  CHECK_FALSE(crypto::verify(key.public_key(), crypto::context::code, brand, {}, signature));
  for (const auto context : {crypto::context::certificate, crypto::context::hub_key, crypto::context::request,
                             crypto::context::answer, crypto::context::batch, crypto::context::document}) {
    CHECK_FALSE(crypto::verify(key.public_key(), context, brand, payload, signature));
  }
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto changed = signature;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ 1U);
    CHECK_FALSE(crypto::verify(key.public_key(), crypto::context::code, brand, payload, changed));
  }
}

TEST_CASE("A key file is the owner's alone and gives the same key back", "[sign]") {
  const tests::TempDir folder;
  const auto path = folder / "terminal.key";
  const auto key = crypto::SigningKey::generate();
  REQUIRE(key.save(path));
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
  const auto again = crypto::SigningKey::load(path);
  REQUIRE(again);
  CHECK(again->public_key() == key.public_key());
}

TEST_CASE("A key file that cannot be trusted is refused by name", "[sign]") {
  const tests::TempDir folder;
  const auto path = folder / "terminal.key";
  const auto refusal = [&] {
    const auto key = crypto::SigningKey::load(path);
    REQUIRE_FALSE(key);
    return key.error().code;
  };
  CHECK(refusal() == Code::not_found);

  REQUIRE(crypto::SigningKey::generate().save(path));
  for (const auto mode : {0640U, 0604U, 0660U, 0601U}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    CHECK(refusal() == Code::key_unusable);
  }
  for (const std::size_t size : {0U, 31U, 33U, 64U}) {
    REQUIRE(base::write_file(path, base::Bytes(size, 1), base::Privacy::owner));
    CHECK(refusal() == Code::key_unusable);
  }
}

TEST_CASE("A moved key signs, and parsed fields have their exact length", "[sign]") {
  auto first = rfc_key();
  const auto second = std::move(first);
  CHECK(base::to_hex(second.public_key()) == rfc_public);
  CHECK(crypto::verify(second.public_key(), crypto::context::batch, brand, {},
                       second.sign(crypto::context::batch, brand, {})));
  CHECK(crypto::public_key_of(base::Bytes(32)));
  CHECK_FALSE(crypto::public_key_of(base::Bytes(31)));
  CHECK(crypto::signature_of(base::Bytes(64)));
  CHECK_FALSE(crypto::signature_of(base::Bytes(65)));
}
