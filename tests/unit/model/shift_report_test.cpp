// SPDX-License-Identifier: Apache-2.0
#include "sync/model/shift_report.h"

#include "sync/base/rng.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <limits>

using namespace millpond;
using model::ShiftDeed;
using model::ShiftDifference;
using model::ShiftEvent;
using model::ShiftItem;
using model::ShiftRow;
using model::ShiftTally;

TEST_CASE("A shift report says by cashier what was done", "[shift_report]") {
  std::vector<ShiftEvent> events{{{5}, ShiftDeed::sale, 1'000, 0},       {{5}, ShiftDeed::sale, 500, 0},
                                 {{5}, ShiftDeed::refund, 200, 0},       {{5}, ShiftDeed::coupon, 300, 8},
                                 {{5}, ShiftDeed::coupon, 100, 2},       {{5}, ShiftDeed::coupon, 50, 8},
                                 {{5}, ShiftDeed::points_earned, 15, 0}, {{5}, ShiftDeed::points_spent, 40, 0},
                                 {{5}, ShiftDeed::manual_lookup, 0, 0},  {{5}, ShiftDeed::gesture, 25, 0},
                                 {{5}, ShiftDeed::override_, 0, 0},      {{3}, ShiftDeed::manual_lookup, 0, 0},
                                 {{}, ShiftDeed::sale, 70, 0},           {{3}, ShiftDeed::override_, 0, 0}};
  const std::vector<ShiftRow> expected{
      {{}, {1, 70}, {}, {}, {}, {}, {}, 0, 0},
      {{3}, {}, {}, {}, {}, {}, {}, 1, 1},
      {{5}, {2, 1'500}, {1, 200}, {{2, {1, 100}}, {8, {2, 350}}}, {1, 15}, {1, 40}, {1, 25}, 1, 1}};
  CHECK(model::shift_report(events) == expected);
  std::ranges::reverse(events);
  CHECK(model::shift_report(events) == expected);
  CHECK(model::shift_report({}).empty());
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const std::vector<ShiftEvent> largest{{{5}, ShiftDeed::sale, most, 0}, {{5}, ShiftDeed::sale, most, 0}};
  CHECK(model::shift_report(largest)[0].sales == ShiftTally{2, most});
}

TEST_CASE("Where till and report differ, both numbers are listed", "[shift_report]") {
  const std::vector<ShiftRow> ours{{{3}, {1, 70}, {}, {}, {}, {}, {}, 1, 0},
                                   {{5}, {2, 1'500}, {1, 200}, {{2, {1, 100}}, {8, {2, 350}}}, {}, {1, 40}, {}, 0, 0}};
  const std::vector<model::TillShift> same{{{5}, {1, 1'000}, {1, 200}, {3, 450}, {}},
                                           {{5}, {1, 500}, {}, {}, {1, 40}},  // closed twice
                                           {{3}, {1, 70}, {}, {}, {}}};
  CHECK(model::shift_differences(ours, same).empty());
  const std::vector<model::TillShift> other{{{5}, {3, 1'500}, {1, 201}, {3, 450}, {1, 40}}, {{9}, {}, {}, {1, 5}, {}}};
  CHECK(model::shift_differences(ours, other) ==
        std::vector<ShiftDifference>{{{3}, ShiftItem::sales, {1, 70}, {}},
                                     {{5}, ShiftItem::sales, {2, 1'500}, {3, 1'500}},
                                     {{5}, ShiftItem::refunds, {1, 200}, {1, 201}},
                                     {{9}, ShiftItem::coupons, {}, {1, 5}}});
}

TEST_CASE("Every deed is in exactly one row", "[shift_report]") {
  base::SeededRng rng{20261129};
  for (int round = 0; round < 2'000; ++round) {
    std::vector<ShiftEvent> events;
    ShiftTally all_sales;
    ShiftTally all_coupons;
    for (int i = 0; i < 20; ++i) {
      events.push_back({{static_cast<std::uint32_t>(rng.below(4))},
                        static_cast<ShiftDeed>(1 + rng.below(8)),
                        static_cast<std::int64_t>(rng.below(1'000)),
                        static_cast<std::uint32_t>(rng.below(3))});
      auto* tally = events.back().deed == ShiftDeed::sale     ? &all_sales
                    : events.back().deed == ShiftDeed::coupon ? &all_coupons
                                                              : nullptr;
      if (tally == nullptr) continue;
      ++tally->count;
      tally->sum += events.back().amount;
    }
    std::int64_t deeds = 0;
    ShiftTally sales;
    ShiftTally coupons;
    for (const auto& row : model::shift_report(events)) {
      sales.count += row.sales.count;
      sales.sum += row.sales.sum;
      for (const auto& funder : row.coupons) {
        coupons.count += funder.coupons.count;
        coupons.sum += funder.coupons.sum;
      }
      deeds += row.refunds.count + row.points_earned.count + row.points_spent.count + row.gestures.count +
               row.manual_lookups + row.overrides;
    }
    CHECK(sales == all_sales);
    CHECK(coupons == all_coupons);
    CHECK(deeds + sales.count + coupons.count == 20);
  }
}
