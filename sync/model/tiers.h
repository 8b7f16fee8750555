// SPDX-License-Identifier: Apache-2.0
// Tiers: which tier a member has had, and when, from what was bought and given back: never from the balance that can be
// spent, so spending points demotes nobody. Up at once, down only at a period's end. Not benefits (tier_benefits.h). A
// fold that sorts by (occurred, key), so that the order of delivery does not matter; late events change history, and
// what was granted for it stays (each benefit has a cause). Pure; any thread.
#pragma once

#include "sync/base/clock.h"
#include "sync/model/ledger_events.h"
#include "sync/model/tier_rules.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace millpond::model {

// What counts towards a tier. From PointsEarned (base_minor, one visit) and its Stamp, and for a refund from the
// missing fact sale_refunded: minus its base, minus a visit when nothing of the sale is left, on the date of the sale.
struct QualifyingEvent {
  std::int64_t occurred_ms{};  // corrected
  EventKey key;
  base::LocalDate happened;   // Stamp::local_date: when a tier may be reached by it
  base::LocalDate counts_on;  // the sale's date: whose window it is in
  std::int64_t amount_minor{};
  std::int32_t visits{};
  friend bool operator==(const QualifyingEvent&, const QualifyingEvent&) = default;
};

struct TierSpan {
  std::size_t level{};  // index into TierRules::levels
  base::LocalDate from;
  std::optional<base::LocalDate> until;  // the first day without it; nothing: it goes on
  bool risen{};                          // entered from below, not by a downgrade nor by joining
  friend bool operator==(const TierSpan&, const TierSpan&) = default;
};

struct TierState {
  std::vector<TierSpan> history;  // adjoining, at least one
  std::size_t level{};
  std::optional<base::LocalDate> holds_through;  // when a downgrade is looked at; nothing in the lowest tier
  std::int64_t qualifying{};                     // in the window that ends today; minor units or visits
  std::optional<std::size_t> next;               // nothing at the top
  std::int64_t missing{};                        // up to the next
  friend bool operator==(const TierState&, const TierState&) = default;
};

// How a member who joined on a date stands on another, which is not earlier. Events after today are not looked at; one
// key counts once. O(events * days with events in a window).
[[nodiscard]] TierState tier_state(const TierRules& rules, std::span<const QualifyingEvent> events,
                                   base::LocalDate joined, base::LocalDate today);

// The index of the highest tier whose threshold is reached.
[[nodiscard]] std::size_t level_for(const TierRules& rules, std::int64_t qualifying);

// The tier on a date; nothing before the member joined.
[[nodiscard]] std::optional<std::size_t> level_on(const TierState& state, base::LocalDate date);

}  // namespace millpond::model
