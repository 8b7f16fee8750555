// SPDX-License-Identifier: Apache-2.0
#include "sync/base/money.h"
#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>

#include <limits>
#include <vector>

namespace base = millpond::base;

namespace {
constexpr auto largest = std::numeric_limits<std::int64_t>::max();
}

TEST_CASE("a product is divided rounding down, without overflow on the way") {
  struct Row {
    std::int64_t a, b, c;
    std::optional<std::int64_t> result;
  };
  const std::vector<Row> rows{
      {0, 0, 1, 0},
      {7, 1, 2, 3},
      {100, 15, 100, 15},
      {99, 1, 100, 0},
      {largest, 1, 1, largest},
      {largest, largest, largest, largest},
      {largest, 100, 101, 9132051521638391888},
      {largest, 2, 1, std::nullopt},
      {largest, largest, 1, std::nullopt},
      {1, 1, 0, std::nullopt},
      {1, 1, -1, std::nullopt},
      {-1, 1, 1, std::nullopt},
      {1, -1, 1, std::nullopt},
  };
  for (const auto& row : rows) {
    CAPTURE(row.a, row.b, row.c);
    CHECK(base::mul_div_floor(row.a, row.b, row.c) == row.result);
  }
}

TEST_CASE("small products agree with plain arithmetic") {
  base::SeededRng rng{11};
  for (int i = 0; i < 10'000; ++i) {
    const auto a = static_cast<std::int64_t>(rng.below(1U << 30));
    const auto b = static_cast<std::int64_t>(rng.below(1U << 30));
    const auto c = static_cast<std::int64_t>(rng.below(1U << 20)) + 1;
    REQUIRE(base::mul_div_floor(a, b, c) == a * b / c);
  }
}

TEST_CASE("known currencies have their exponent, others are refused") {
  struct Row {
    const char* letters;
    int exponent;
  };
  for (const auto& row : {Row{"CNY", 2}, Row{"JPY", 0}, Row{"KWD", 3}, Row{"AED", 2}, Row{"ZAR", 2}}) {
    CAPTURE(row.letters);
    const auto currency = base::parse_currency(row.letters);
    REQUIRE(currency);
    CHECK(currency->view() == row.letters);
    CHECK(base::exponent(*currency) == row.exponent);
  }
  for (const auto* bad : {"", "CN", "CNYX", "cny", "XXX", "C Y"}) {
    CAPTURE(bad);
    CHECK_FALSE(base::parse_currency(bad));
  }
}

TEST_CASE("amounts are equal only in the same currency") {
  const auto yuan = *base::parse_currency("CNY");
  const auto yen = *base::parse_currency("JPY");
  CHECK(base::Money{5, yuan} == base::Money{5, yuan});
  CHECK_FALSE(base::Money{5, yuan} == base::Money{5, yen});
  CHECK_FALSE(base::Money{5, yuan} == base::Money{6, yuan});
}
