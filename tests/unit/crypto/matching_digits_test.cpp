// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/matching_digits.h"

#include "sync/crypto/hash.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

// Two releases must show the same on both screens: this golden is by the argon2id of OpenSSL.
TEST_CASE("Digits to compare are argon2id of what was compared") {
  CHECK(crypto::matching_digits(base::view_of("MILLPOND")) == "904514");
  CHECK(crypto::matching_digits(crypto::blake2b(base::view_of("another"))).size() == 6);
  CHECK(crypto::matching_digits(base::view_of("MILLPOND")) != crypto::matching_digits(base::view_of("MILLPONE")));
}
