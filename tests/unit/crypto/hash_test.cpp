// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/hash.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace millpond;

namespace {

base::Bytes hex(std::string_view text) { return *base::from_hex(text); }

}  // namespace

// Expected values: RFC 7693 gives the algorithm; the 256-bit values are Python's hashlib.blake2b(digest_size=32).
TEST_CASE("BLAKE2b-256 agrees with another implementation", "[hash]") {
  struct Row {
    std::string message;
    std::string_view hash;
  };
  const std::vector<Row> rows{
      {"", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
      {"abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"},
      {std::string(1000, 'x'), "ab75119ede14ef06ebf31f745fb655ed006cccfe8054c635308a557f7c9beaba"},
  };
  for (const auto& row : rows) CHECK(base::to_hex(crypto::blake2b(base::view_of(row.message))) == row.hash);
}

TEST_CASE("A hash in pieces is the hash of the whole", "[hash]") {
  const auto whole = crypto::blake2b(base::view_of("one two three"));
  CHECK(crypto::blake2b(base::view_of("one "), base::view_of("two three")) == whole);
  CHECK(crypto::Hasher{}.add(base::view_of("one")).add({}).add(base::view_of(" two three")).finish() == whole);
}

TEST_CASE("Keyed BLAKE2b-128 agrees with another implementation and depends on its key", "[hash]") {
  const auto key = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  CHECK(base::to_hex(crypto::keyed_blake2b_16(key, base::view_of("+8613800138000"))) ==
        "5951a7560f974686a929ec199a321c6b");
  auto other = key;
  other[31] ^= 1;
  CHECK(crypto::keyed_blake2b_16(other, base::view_of("+8613800138000")) !=
        crypto::keyed_blake2b_16(key, base::view_of("+8613800138000")));
}

TEST_CASE("A brand is named by BLAKE2b-128 of its root key", "[hash]") {
  CHECK(base::to_hex(crypto::brand_id_of(base::Bytes(32, 0x42)).bytes) == "f312b18d0eede66c9793ca10648eaa8b");
}

TEST_CASE("SHA-256 and HMAC-SHA256 hold the vectors of FIPS 180-4 and RFC 4231", "[hash]") {
  CHECK(base::to_hex(crypto::sha256(base::view_of("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(base::to_hex(crypto::hmac_sha256(base::Bytes(20, 0x0b), base::view_of("Hi There"))) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(base::to_hex(crypto::hmac_sha256(base::view_of("Jefe"), base::view_of("what do ya want for nothing?"))) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(base::to_hex(crypto::hmac_sha256(base::Bytes(131, 0xaa),
                                         base::view_of("Test Using Larger Than Block-Size Key - Hash Key First"))) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("Comparison in constant time compares", "[hash]") {
  CHECK(crypto::equal_constant_time(base::view_of("same"), base::view_of("same")));
  CHECK_FALSE(crypto::equal_constant_time(base::view_of("same"), base::view_of("sane")));
  CHECK_FALSE(crypto::equal_constant_time(base::view_of("same"), base::view_of("same ")));
  CHECK(crypto::equal_constant_time({}, {}));
}

TEST_CASE("The machine's randomness does not repeat itself", "[hash]") {
  REQUIRE(crypto::start());
  std::set<std::uint64_t> words;
  for (int i = 0; i < 1'000; ++i) words.insert(crypto::system_rng().next());
  CHECK(words.size() == 1'000);
}
