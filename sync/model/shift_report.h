// SPDX-License-Identifier: Apache-2.0
// Shift report: what each cashier did in a shift, and where that differs from what the till says. It accuses nobody: a
// difference is listed with both numbers. A fold over events in any order. Not sales history: sums and counts only.
// Pure; integers only.
#pragma once

#include "sync/base/ids.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace millpond::model {

enum class ShiftDeed : std::uint8_t {
  sale = 1,           // SaleRecorded; amount: net of discounts (missing: cashier)
  refund = 2,         // missing fact sale_refunded; amount: positive
  coupon = 3,         // a coupon used; amount: its value, funder: who pays for it
  points_earned = 4,  // PointsEarned; amount: points
  points_spent = 5,   // PointsSpent; amount: points
  manual_lookup = 6,  // ActApproved of Act::manual_lookup
  gesture = 7,        // missing fact gesture_made; amount: cost
  override_ = 8,      // ActApproved of any other act; the cashier is who asked
};

struct ShiftEvent {
  base::StaffId cashier;  // 0: the till did not say
  ShiftDeed deed{};
  std::int64_t amount{};
  std::uint32_t funder{};
};

// A count and a sum.
struct ShiftTally {
  std::int64_t count{};
  std::int64_t sum{};
  friend bool operator==(const ShiftTally&, const ShiftTally&) = default;
};

struct FunderTally {
  std::uint32_t funder{};
  ShiftTally coupons;
  friend bool operator==(const FunderTally&, const FunderTally&) = default;
};

struct ShiftRow {
  base::StaffId cashier;
  ShiftTally sales;
  ShiftTally refunds;
  std::vector<FunderTally> coupons;  // by funder
  ShiftTally points_earned;
  ShiftTally points_spent;
  ShiftTally gestures;
  std::int64_t manual_lookups{};
  std::int64_t overrides{};
  friend bool operator==(const ShiftRow&, const ShiftRow&) = default;
};

// By cashier; those that did anything.
[[nodiscard]] std::vector<ShiftRow> shift_report(std::span<const ShiftEvent> events);

// What the till closed with (missing: from POST /v1/shift of the gateway).
struct TillShift {
  base::StaffId cashier;
  ShiftTally sales;
  ShiftTally refunds;
  ShiftTally coupons;  // all funders
  ShiftTally points_spent;
};

enum class ShiftItem : std::uint8_t { sales = 1, refunds = 2, coupons = 3, points_spent = 4 };

struct ShiftDifference {
  base::StaffId cashier;
  ShiftItem item{};
  ShiftTally ours;
  ShiftTally till;
  friend bool operator==(const ShiftDifference&, const ShiftDifference&) = default;
};

// By cashier, then item; a cashier whom only one side knows is compared with nothing. Rows of one cashier in the till's
// list add up. Empty when both say the same.
[[nodiscard]] std::vector<ShiftDifference> shift_differences(std::span<const ShiftRow> ours,
                                                             std::span<const TillShift> till);

}  // namespace millpond::model
