// SPDX-License-Identifier: Apache-2.0
// Figures of what the programme costs and how well it does: breakage, gestures, losses, partners' shares, satisfaction,
// complaints, our own errors. Folds over events in any order. Pure; integers only.
#pragma once

#include "sync/model/figures_sales.h"

#include <optional>
#include <span>
#include <vector>

namespace millpond::model {

inline constexpr FigureFormula formula_breakage{
    "breakage", "points expired unspent / (points granted - points reversed), of lots granted in the period"};
struct Breakage {
  Ratio expired;        // points / points
  std::int64_t open{};  // neither spent nor expired yet: the figure can still rise by these
  friend bool operator==(const Breakage&, const Breakage&) = default;
};
// A lot belongs to the day of its first grant. More taken from a lot than it had counts as what it had.
[[nodiscard]] Breakage breakage(std::span<const PointsEvent> points, const Period& period);

inline constexpr FigureFormula formula_gesture_cost{"gesture_cost", "cost of gestures / net sales of the period"};
[[nodiscard]] Ratio gesture_cost(std::span<const GestureEvent> gestures, const NetSales& sales, const Period& period);

inline constexpr FigureFormula formula_loss{
    "offline_loss", "value of coupons over-redeemed and of points overdrawn, by terminal that was heard second"};
struct TerminalLoss {
  base::TerminalId terminal;
  std::int64_t coupons_minor{};
  std::int64_t points_minor{};
  std::int64_t cases{};
  friend bool operator==(const TerminalLoss&, const TerminalLoss&) = default;
};
// By terminal; terminals with losses only.
[[nodiscard]] std::vector<TerminalLoss> offline_loss(std::span<const LossEvent> losses, const Period& period);

inline constexpr FigureFormula formula_settlement{
    "settlement",
    "sum over coupons used of value * share of the funder, spread by largest remainder; own shares left out"};
struct Settlement {
  std::uint32_t funder{};    // pays
  std::uint32_t acceptor{};  // is paid
  std::int64_t amount_minor{};
  std::int64_t coupons{};
  friend bool operator==(const Settlement&, const Settlement&) = default;
};
// By funder and acceptor. A coupon counts once; one without shares is the acceptor's own.
[[nodiscard]] std::vector<Settlement> settlements(std::span<const PartnerUseEvent> uses, const Period& period);

inline constexpr FigureFormula formula_satisfaction{"satisfaction",
                                                    "sum of scores / ratings; ratings of 4 and 5 / ratings"};
struct Satisfaction {
  Ratio mean;
  Ratio content;
  friend bool operator==(const Satisfaction&, const Satisfaction&) = default;
};
// Scores outside 1 to 5 are no ratings.
[[nodiscard]] Satisfaction satisfaction(std::span<const RatingEvent> ratings, const Period& period);

inline constexpr FigureFormula formula_complaints{"complaints", "complaints / sales of members"};
[[nodiscard]] Ratio complaints(std::span<const ComplaintEvent> complaints, const NetSales& sales, const Period& period);

inline constexpr FigureFormula formula_points_errors{"points_errors",
                                                     "adjustments for an error of ours / sales of members"};
[[nodiscard]] Ratio points_errors(std::span<const AdjustmentEvent> adjustments, const NetSales& sales,
                                  const Period& period);

}  // namespace millpond::model
