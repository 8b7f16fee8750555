// SPDX-License-Identifier: Apache-2.0
// Basket: what is being bought, by whom and when, as rules see it. Not the sale that was recorded (sale_facts.h): a
// basket may still change, and a sale that told no lines has none here either. Pure values.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/model/document.h"
#include "sync/model/sale_facts.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millpond::model {

struct BasketLine {
  std::string sku;
  std::string category;
  std::int64_t quantity_milli{1'000};  // thousandths: 350 g of tea are 350
  std::int64_t net_minor{};            // the whole line after the till's own discounts; never below zero
  bool excluded{};                     // by the till: it counts for no coupon and no campaign
  friend bool operator==(const BasketLine&, const BasketLine&) = default;
};

// Lines of this category are what bringing the goods costs: no goods, and what a coupon for free delivery takes off.
inline constexpr std::string_view delivery_category = "delivery";

struct Basket {
  base::StoreId store;
  std::vector<BasketLine> lines;
  std::int64_t delivery_minor{};
  friend bool operator==(const Basket&, const Basket&) = default;
};

// A moment at the store: rules know no other clock.
struct StoreMoment {
  base::LocalDate date;
  std::int32_t minute{};  // of the day, 0 to 1439
  friend bool operator==(const StoreMoment&, const StoreMoment&) = default;
};

[[nodiscard]] StoreMoment store_moment(std::int64_t wall_ms, std::int32_t utc_offset_min);

// Monday is 0.
[[nodiscard]] int weekday_of(base::LocalDate date);

// When within a week something holds. A window that ends before it begins passes midnight.
struct WeekHours {
  std::uint8_t weekdays{0x7f};  // bit n: weekday n
  std::int32_t from_min{};      // half-open: from_min <= minute < to_min
  std::int32_t to_min{24 * 60};
  friend bool operator==(const WeekHours&, const WeekHours&) = default;
};

// Optional members "weekdays" ["mon", ...] and "hours" {"from": "14:00", "to": "17:00"}.
[[nodiscard]] WeekHours read_week_hours(ObjectReader& object);

[[nodiscard]] bool on_weekday(const WeekHours& hours, const StoreMoment& now);
[[nodiscard]] bool within_hours(const WeekHours& hours, const StoreMoment& now);

// Thousandths of a decimal as tills write it ("1", "0.350"); nothing for anything else, for more than three digits
// after the point that are not zero, and beyond a million.
[[nodiscard]] std::optional<std::int64_t> quantity_milli_of(std::string_view text);

// What each line of a sale comes to when the negative ones (discounts that the till tells as lines, returns within the
// sale) are spread over the others by largest remainder, over goods before delivery. None is below zero, and together
// they are the sum of all lines or, where that is negative, nothing.
[[nodiscard]] std::vector<std::int64_t> nets_of(const SaleRecorded& sale);

// The basket that a recorded sale was, line by line, with nets_of() them; one of delivery_category is a line of
// nothing, whose amount is the basket's delivery. A quantity nobody can read counts as one.
[[nodiscard]] Basket basket_of(const SaleRecorded& sale);

// What the lines come to that the till does not exclude: from 0 to all of them.
[[nodiscard]] std::int64_t eligible_of(const std::vector<SaleLine>& lines);

}  // namespace millpond::model
