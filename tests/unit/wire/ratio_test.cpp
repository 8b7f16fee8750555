// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/ratio.h"
#include "sync/base/rng.h"
#include "sync/wire/column_state.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using wire::Ratio;
using wire::RatioFinder;

TEST_CASE("a share is a fraction of an amount, floored or rounded half up") {
  struct Row {
    std::int64_t amount;
    Ratio ratio;
    std::uint64_t floored;
    std::uint64_t rounded;
  };
  for (const auto& row : std::initializer_list<Row>{
           {0, {1, 2}, 0, 0},
           {-5, {1, 2}, 0, 0},
           {7, {1, 0}, 0, 0},
           {7, {1, 2}, 3, 4},
           {199, {1, 100}, 1, 2},
           {10'600, {6, 106}, 600, 600},
           {1'234, {6, 106}, 69, 70},
           {0x7FFF'FFFF'FFFF'FFFF,
            {0xFFFF'FFFF'FFFF'FFFF, 0xFFFF'FFFF'FFFF'FFFF},
            0x7FFF'FFFF'FFFF'FFFF,
            0x7FFF'FFFF'FFFF'FFFF},
       }) {
    CAPTURE(row.amount, row.ratio.numerator, row.ratio.denominator);
    CHECK(wire::share_floor(row.amount, row.ratio) == row.floored);
    CHECK(wire::share_round(row.amount, row.ratio) == row.rounded);
  }
}

TEST_CASE("the finder names a fraction that explains every pair, whatever the rule") {
  base::SeededRng rng{5};
  for (const auto& rule :
       std::initializer_list<Ratio>{{1, 100}, {1, 1}, {3, 200}, {0, 1}, {7, 3}, {12, 1'000}, {6, 106}}) {
    CAPTURE(rule.numerator, rule.denominator);
    RatioFinder floored;
    RatioFinder rounded;
    std::vector<std::int64_t> amounts;
    for (int i = 0; i < 200; ++i) {
      const auto amount = static_cast<std::int64_t>(1 + rng.below(50'000));
      amounts.push_back(amount);
      floored.add_floored(amount, static_cast<std::int64_t>(wire::share_floor(amount, rule)));
      rounded.add_rounded(amount, static_cast<std::int64_t>(wire::share_round(amount, rule)));
    }
    for (const auto amount : amounts) {
      CHECK(wire::share_floor(amount, floored.simplest()) == wire::share_floor(amount, rule));
      CHECK(wire::share_round(amount, rounded.simplest()) == wire::share_round(amount, rule));
    }
  }
}

TEST_CASE("a few pairs of another rule do not lead the finder astray, not even the first ones") {
  RatioFinder finder;
  finder.add_floored(1'000, 777);
  finder.add_floored(2'000, 1'554);
  for (std::int64_t amount = 1'000; amount < 20'000; amount += 999) finder.add_floored(amount, amount / 100);
  finder.add_floored(5'000, 3'885);
  CHECK(finder.simplest() == Ratio{1, 100});
  CHECK(RatioFinder{}.simplest() == Ratio{0, 1});
  RatioFinder unusable;
  unusable.add_floored(-1, 5);
  unusable.add_rounded(5, -1);
  unusable.add_floored(1LL << 62, 1);
  CHECK(unusable.simplest() == Ratio{0, 1});
}

TEST_CASE("a transaction's number is counted on as tills write it") {
  struct Row {
    std::string from;
    std::uint64_t step;
    std::optional<std::string> to;
  };
  for (const auto& row : std::initializer_list<Row>{{"T-0041", 1, "T-0042"},
                                                    {"T-0099", 1, "T-0100"},
                                                    {"99", 1, "100"},
                                                    {"7", 5, "12"},
                                                    {"A1B009", 2, "A1B011"},
                                                    {"", 1, std::nullopt},
                                                    {"abc", 1, std::nullopt},
                                                    {"1234567890123456789", 1, std::nullopt},
                                                    {"1", ~0ULL, std::nullopt}}) {
    CAPTURE(row.from, row.step);
    CHECK(wire::number_after(row.from, row.step) == row.to);
    if (row.to) CHECK(wire::step_between(row.from, *row.to) == row.step);
  }
  for (const auto& [from, to] : std::initializer_list<std::pair<std::string, std::string>>{
           {"T-1", "T-1"}, {"T-2", "T-1"}, {"T-1", "U-2"}, {"T-1", "T-02"}, {"", "1"}, {"1", ""}, {"T-", "T-1"}}) {
    CAPTURE(from, to);
    CHECK_FALSE(wire::step_between(from, to));
  }
}

TEST_CASE("a promised date is the date at the place, before 1970 too") {
  struct Row {
    std::int64_t at_ms;
    std::int32_t offset_min;
    std::int32_t days;
  };
  for (const auto& row : std::initializer_list<Row>{{0, 0, 0},
                                                    {-1, 0, -1},
                                                    {-1, 1, 0},
                                                    {86'399'999, 0, 0},
                                                    {86'400'000, 0, 1},
                                                    {57'600'000, 480, 1},
                                                    {57'599'999, 480, 0},
                                                    {1'795'000'000'123, 480, 20'775}}) {
    CAPTURE(row.at_ms, row.offset_min);
    CHECK(wire::promised_date(row.at_ms, row.offset_min).days == row.days);
  }
}
