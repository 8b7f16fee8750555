// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/pin.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
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

TEST_CASE("A check takes about 350 ms where that is 3 to 16 passes", "[pin]") {
  struct Row {
    std::int64_t pass_us;
    std::uint64_t passes;
  };
  for (const auto& row : std::vector<Row>{{-5, 3},
                                          {0, 3},  // not measured
                                          {1, 16},
                                          {15'625, 16},
                                          {22'000, 16},
                                          {32'000, 11},
                                          {50'000, 7},
                                          {98'000, 4},
                                          {116'600, 3},
                                          {166'000, 3},
                                          {500'000, 3},
                                          {INT64_MAX, 3}}) {
    CAPTURE(row.pass_us);
    CHECK(crypto::pin_cost_for(row.pass_us) == crypto::PinCost{row.passes, 64U << 20});
  }
  for (std::int64_t pass_us = 15'625; pass_us <= 166'600; pass_us += 25) {
    const auto check_us = pass_us * static_cast<std::int64_t>(crypto::pin_cost_for(pass_us).passes);
    if (check_us < 250'000 || check_us > 500'000) FAIL(pass_us << " us a pass make a check of " << check_us);
  }
}

TEST_CASE("What a pass takes is the quicker of two hashes by its passes", "[pin]") {
  struct Script final : base::Clock {
    std::vector<std::int64_t> times_ms;
    mutable std::size_t asked = 0;
    explicit Script(std::vector<std::int64_t> times) : times_ms{std::move(times)} {}
    [[nodiscard]] std::int64_t wall_ms() const override { return 0; }
    [[nodiscard]] std::int64_t monotonic_ms() const override { return times_ms.at(asked++); }
  };
  const crypto::PinCost twice{2, 8U << 10};
  CHECK(crypto::measure_pin_pass_us(Script{{1'000, 1'200, 5'000, 5'065}}, twice) == 32'500);
  CHECK(crypto::measure_pin_pass_us(Script{{0, 65, 65, 1'000}}, twice) == 32'500);
  CHECK(crypto::measure_pin_pass_us(Script{{7, 7, 7, 7}}, twice) == 0);
}

TEST_CASE("A stored text says what its check costs, and one that asks for too much is refused before it does",
          "[pin]") {
  const auto key = crypto::SecretKey::of({1, 2, 3});
  const auto stored = crypto::hash_pin("803127", 1, key, cheap);
  REQUIRE(stored);
  CHECK(crypto::pin_cost_of(*stored).value() == cheap);
  const auto rest = stored->substr(stored->find(",p=") + 5);  // salt and hash
  struct Row {
    std::string front;
    std::optional<crypto::PinCost> cost;
  };
  for (const auto& row : std::vector<Row>{{"$argon2id$v=19$m=65536,t=3,p=1$", crypto::PinCost{}},
                                          {"$argon2id$v=19$m=65536,t=16,p=1$", crypto::PinCost{16}},
                                          {"$argon2id$v=19$m=65536,t=17,p=1$", {}},
                                          {"$argon2id$v=19$m=65537,t=3,p=1$", {}},
                                          {"$argon2id$v=19$m=8,t=4294967295,p=1$", {}},
                                          {"$argon2id$v=19$m=99999999999999999999,t=3,p=1$", {}},
                                          {"$argon2id$v=19$m=-8,t=1,p=1$", {}},
                                          {"$argon2id$v=19$m=8,t=1,p=1", {}},
                                          {"$argon2id$v=19$t=1,m=8,p=1$", {}},
                                          {"$argon2i$v=19$m=65536,t=9,p=1$", {}},
                                          {"", {}}}) {
    CAPTURE(row.front);
    const auto cost = crypto::pin_cost_of(row.front + rest);
    REQUIRE(cost.has_value() == row.cost.has_value());
    if (cost) {
      CHECK(*cost == *row.cost);
    } else {
      CHECK(cost.error().code == Code::unsupported);
      CHECK_FALSE(crypto::pin_fits(row.front + rest, "803127", 1, key));
    }
  }
}

TEST_CASE("The default cost is argon2id over 64 MiB, three times", "[pin]") {
  const auto key = crypto::SecretKey::generate();
  const auto stored = crypto::hash_pin("803127", 1, key);
  REQUIRE(stored);
  CHECK(stored->starts_with("$argon2id$v=19$m=65536,t=3,p=1$"));
  CHECK(crypto::pin_fits(*stored, "803127", 1, key));
}
