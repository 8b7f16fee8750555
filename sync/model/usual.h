// SPDX-License-Identifier: Apache-2.0
// "The usual": what a member habitually orders, item by item with its modifiers, so that whoever serves gives the same
// service. Only exact items that were bought with exactly these modifiers: nothing is blended, nothing is concluded
// about health or anything else, and a member may hide it. Deterministic: the same lines give the same list on every
// machine. Pure.
#pragma once

#include "sync/base/clock.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace millpond::model {

// A line of the member's past sales, refunded ones left out. From SaleRecorded::lines and Stamp::local_date (missing:
// modifiers of a SaleLine).
struct OrderedLine {
  std::uint64_t sale{};  // any number that is this sale's alone
  base::LocalDate date;
  std::string sku;
  std::vector<std::string> modifiers;  // ids in any order: "less_ice", "sugar_30"
};

struct UsualItem {
  std::string sku;
  std::vector<std::string> modifiers;  // sorted
  std::int32_t times{};                // sales, not pieces
  std::int64_t weight{};
  friend bool operator==(const UsualItem&, const UsualItem&) = default;
};

// A sale of today weighs this much, one of usual_half_life_days ago half of it, and in between it falls in a straight
// line: halves of whole numbers are the same everywhere, and a logarithm is not.
inline constexpr std::int64_t usual_weight = 1 << 20;
inline constexpr std::int32_t usual_half_life_days = 30;
inline constexpr std::int32_t usual_times_min = 2;  // once is no habit
inline constexpr std::int32_t usual_window_days = 180;

// Weight of a sale that is so many days old; 0 outside of 0 .. usual_window_days - 1.
[[nodiscard]] std::int64_t usual_weight_at(std::int64_t age_days);

// At most items_max, heaviest first; of equal weight the more frequent, then the more recent, then by sku and
// modifiers. Nothing for a member who hides it. O(n log n).
[[nodiscard]] std::vector<UsualItem> usual_of(std::span<const OrderedLine> lines, base::LocalDate today, bool hidden,
                                              std::size_t items_max);

}  // namespace millpond::model
