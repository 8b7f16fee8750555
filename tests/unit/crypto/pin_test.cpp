// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/pin.h"

#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <vector>

using namespace millpond;
using base::Code;

namespace {

constexpr crypto::PinCost cheap{1, 8U << 10};  // what is tested here does not depend on the cost

}  // namespace

TEST_CASE("A new PIN has six to twelve digits and is not the first guess", "[pin]") {
  struct Row {
    std::string pin;
    std::optional<Code> refusal;
  };
  for (const auto& row : std::vector<Row>{{"", Code::pin_malformed},
                                          {"80312", Code::pin_malformed},
                                          {"803127", {}},
                                          {"803127591846", {}},
                                          {"8031275918461", Code::pin_malformed},
                                          {"80312a", Code::pin_malformed},
                                          {"80 3127", Code::pin_malformed},
                                          {"８０３１２７", Code::pin_malformed},
                                          {"000000", Code::pin_too_simple},
                                          {"77777777", Code::pin_too_simple},
                                          {"123456", Code::pin_too_simple},
                                          {"3456789", Code::pin_too_simple},
                                          {"987654", Code::pin_too_simple},
                                          {"121212", Code::pin_too_simple},
                                          {"803803", Code::pin_too_simple},
                                          {"1234567", Code::pin_too_simple},
                                          {"123457", {}},
                                          {"803804", {}}}) {
    CAPTURE(row.pin);
    const auto checked = crypto::check_new_pin(row.pin);
    CHECK((checked ? std::nullopt : std::optional{checked.error().code}) == row.refusal);
  }
}

TEST_CASE("A PIN fits for its person, with the machine's key, and for nobody else", "[pin]") {
  const auto key = crypto::SecretKey::of({1, 2, 3});
  const auto other_key = crypto::SecretKey::of({1, 2, 4});
  const auto stored = crypto::hash_pin("803127", 42, key, cheap);
  REQUIRE(stored);
  CHECK(stored->starts_with("$argon2id$"));
  CHECK(stored->find("803127") == std::string::npos);
  CHECK(crypto::pin_fits(*stored, "803127", 42, key));
  CHECK_FALSE(crypto::pin_fits(*stored, "803128", 42, key));
  CHECK_FALSE(crypto::pin_fits(*stored, "8031270", 42, key));
  CHECK_FALSE(crypto::pin_fits(*stored, "", 42, key));
  CHECK_FALSE(crypto::pin_fits(*stored, "803127", 43, key));
  CHECK_FALSE(crypto::pin_fits(*stored, "803127", 42, other_key));
}

TEST_CASE("Two hashes of one PIN differ, and both fit", "[pin]") {
  const auto key = crypto::SecretKey::generate();
  const auto first = crypto::hash_pin("803127", 1, key, cheap);
  const auto second = crypto::hash_pin("803127", 1, key, cheap);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(*first != *second);
  CHECK(crypto::pin_fits(*first, "803127", 1, key));
  CHECK(crypto::pin_fits(*second, "803127", 1, key));
}

TEST_CASE("A stored text that changed fits nothing and breaks nothing", "[pin]") {
  const auto key = crypto::SecretKey::generate();
  const auto stored = crypto::hash_pin("803127", 1, key, cheap);
  REQUIRE(stored);
  for (std::size_t size = 0; size < stored->size(); ++size) {
    CHECK_FALSE(crypto::pin_fits(stored->substr(0, size), "803127", 1, key));
  }
  CHECK_FALSE(crypto::pin_fits(std::string(4'000, '$'), "803127", 1, key));
  CHECK_FALSE(crypto::pin_fits("803127", "803127", 1, key));
}

TEST_CASE("The default cost is argon2id over 64 MiB, three times", "[pin]") {
  const auto key = crypto::SecretKey::generate();
  const auto stored = crypto::hash_pin("803127", 1, key);
  REQUIRE(stored);
  CHECK(stored->starts_with("$argon2id$v=19$m=65536,t=3,p=1$"));
  CHECK(crypto::pin_fits(*stored, "803127", 1, key));
}
