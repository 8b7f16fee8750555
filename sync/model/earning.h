// SPDX-License-Identifier: Apache-2.0
// Earning: how many points a sale brings its member by a brand's points rules, and which line brought which. Not the
// ledger (lots.h): what is recorded here counts for ever, also when the rules change. Terminal and hub run this same
// code; what a terminal does not know is left out and named, and the hub may only add. Pure; integers only; no amount
// that fits its type overflows.
#pragma once

#include "sync/base/money.h"
#include "sync/model/points_rules.h"
#include "sync/model/sale_facts.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millpond::model {

// What the rules ask about the member and the visit; nothing where nobody knows.
struct EarningContext {
  std::optional<std::int64_t>
      tier_multiplier_basis_points;  // TierBenefits::multiplier_basis_points; 10,000: as everybody
  std::optional<bool> birthday;      // the occasion that the brand calls birthday is now
  std::optional<bool> first_purchase;
  std::optional<std::string> channel;  // by which this sale was made
};

struct EarnedLine {
  std::int64_t base_minor{};  // what a refund of the line takes from the base (PointsRefunded::base_minor of lots.h)
  std::int64_t points{};      // for people: shares by largest remainder, which add up
  friend bool operator==(const EarnedLine&, const EarnedLine&) = default;
};

// Why there are so many: bonus 0 is the base rule itself.
struct EarnedPart {
  std::uint32_t bonus{};
  std::int64_t points{};
  friend bool operator==(const EarnedPart&, const EarnedPart&) = default;
};

struct SaleEarning {
  std::int64_t qualifying_minor{};      // counts for tiers: all that may earn, whatever rule won
  std::uint32_t rule{};                 // id of the base rule that won; 0 when none counts any of its lines
  std::int64_t base_minor{};            // the base of that rule, which a refund is measured by
  std::int64_t points{};                // 0 to points_per_sale_max
  std::vector<EarnedLine> lines;        // as SaleRecorded::lines; one for a sale that told none
  std::vector<EarnedPart> parts;        // the base first, then bonuses by their order in the rules; add up to points
  std::vector<std::uint32_t> deferred;  // bonuses that nobody here can decide: "to be confirmed"
  friend bool operator==(const SaleEarning&, const SaleEarning&) = default;
};

// What of the sale may earn, line by line: eligible lines after discounts, before tax where the rules say so (the
// sale's tax is spread over its lines), at most what the till calls eligible, less what was tendered in points, coupons
// or gift cards. The tender reduces all lines alike, by largest remainder. Empty when nothing earns.
[[nodiscard]] std::vector<std::int64_t> earning_bases(const PointsRules& rules, const SaleRecorded& sale);

// Base rules compete, and the one that brings most points wins, ties to the lower id. Its points, the best bonus that
// is not additive and all that are additive make one product that is rounded down once, plus fixed extras. Nothing for
// a sale without a member, for training, in another currency than the programme's, or when nothing of it earns.
[[nodiscard]] std::optional<SaleEarning> earn(const PointsRules& rules, base::Currency currency,
                                              const SaleRecorded& sale, const EarningContext& context);

// What the hub may add when it rates a sale again: never less than nothing. To take points away it needs an adjustment
// with a reason.
[[nodiscard]] std::int64_t rerated_gain(std::int64_t recorded_points, std::int64_t points_now);

}  // namespace millpond::model
