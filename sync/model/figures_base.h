// SPDX-License-Identifier: Apache-2.0
// What all figures share: the formula that is printed beside each, ratios as two integers, the days that a figure
// speaks of, and how complete it is. A figure never divides: whoever prints a ratio sees both numbers. Pure.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/ids.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace millpond::model {

// Stable name and formula, as consoles print it: `text` has the figure's name for people, the formula is the same in
// every language.
struct FigureFormula {
  std::string_view id;
  std::string_view formula;
};

// Every figure that there is, by id; ids are unique.
[[nodiscard]] std::span<const FigureFormula> all_formulas();

// A denominator of 0: there is nothing to speak of.
struct Ratio {
  std::int64_t numerator{};
  std::int64_t denominator{};
  friend bool operator==(const Ratio&, const Ratio&) = default;
};

// floor(10,000 * numerator / denominator); nothing for a denominator or a numerator below what divides.
[[nodiscard]] std::optional<std::int64_t> in_basis_points(const Ratio& ratio);

// Days at the stores, half-open.
struct Period {
  base::LocalDate from;
  base::LocalDate to;
  [[nodiscard]] bool contains(base::LocalDate date) const { return from <= date && date < to; }
};

// A ratio over a cohort whose members were given some days. The denominator is everybody of the cohort from its first
// day on and never shrinks; as long as the days of the last one are not over the figure can only rise, and is not ripe.
struct CohortRate {
  Ratio ratio;
  bool ripe{};
  friend bool operator==(const CohortRate&, const CohortRate&) = default;
};

// Whether events of the `days` after the last date of the period are all known when every date before `complete_to` is.
[[nodiscard]] bool is_ripe(const Period& period, std::int32_t days, base::LocalDate complete_to);

// Through when the hub has everything of a terminal: occurrence of its last fact, or of its last word that it has no
// others. From the lane's watermark and Stamp::occurred_at_ms.
struct TerminalReach {
  base::TerminalId terminal;
  std::int64_t through_ms{};
};

inline constexpr FigureFormula formula_complete_to{
    "complete_to", "min(through) of terminals with through >= now - tolerance; behind = the other terminals"};

// "complete to HH:MM, n terminals behind".
struct Completeness {
  std::int64_t complete_to_ms{};  // of those that keep up; now when there are none
  std::int32_t behind{};
  std::optional<std::int64_t> oldest_ms;  // through when the one that is farthest behind was heard
  friend bool operator==(const Completeness&, const Completeness&) = default;
};

// Terminals that an operator has given up or revoked are not to be among them.
[[nodiscard]] Completeness completeness(std::span<const TerminalReach> terminals, std::int64_t now_ms,
                                        std::int64_t tolerance_ms);

// The nearest number that fits: a sum of a year's sales fits, one of broken events may not.
[[nodiscard]] std::int64_t add_within_bounds(std::int64_t sum, std::int64_t more);

}  // namespace millpond::model
