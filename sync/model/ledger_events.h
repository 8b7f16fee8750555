// SPDX-License-Identifier: Apache-2.0
// Ledger events: what a points ledger (lots.h) needs of the facts, each with the fact it is filled from. Not facts:
// nothing here is stored or sent. Amounts are minor units of the programme's currency. Pure values.
#pragma once

#include "sync/base/ids.h"
#include "sync/model/lot_terms.h"

#include <compare>
#include <cstdint>
#include <string>
#include <variant>

namespace millpond::model {

// Of Stamp: the fact. All zero names nothing.
struct EventKey {
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq seq;
  friend auto operator<=>(const EventKey&, const EventKey&) = default;
};

// Persisted: never renumber.
enum class LotSource : std::uint8_t { sale = 1, rerated = 2, campaign = 3, adjustment = 4, imported = 5 };

inline constexpr std::int64_t points_event_max = 1'000'000'000'000;  // as points_per_sale_max of rules.h

// Points came in. From PointsEarned: sale is the key of its SaleRecorded, times are lot_times() by the rules of
// Stamp::programme_version. Missing facts: points_granted (of a campaign, of an import) and points_rerated (more points
// for a sale by the hub; it names the sale, so that a refund takes those back too).
struct PointsGranted {
  EventKey sale;              // what a refund will name; nothing for points that no sale brought
  std::int64_t points{};      // 0 to points_event_max
  std::int64_t base_minor{};  // what they were computed from; 0: only a whole refund takes them back
  LotSource source{};
  LotTimes times;
  friend auto operator<=>(const PointsGranted&, const PointsGranted&) = default;
};

// Points paid for a sale. From PointsSpent and its SaleRecorded.
struct PointsPaid {
  EventKey sale;
  std::int64_t points{};      // 0 to points_event_max
  std::int64_t sale_minor{};  // SaleRecorded::total_minor, for partial refunds
  friend auto operator<=>(const PointsPaid&, const PointsPaid&) = default;
};

// A part of a sale came back. From SaleRefunded of sale_facts.h, by refund.h. Amounts are of this refund alone: refunds
// of one sale add up, whoever tells them.
struct PointsRefunded {
  EventKey sale;
  std::int64_t base_minor{};      // of what earned: EarnedLine::base_minor of the lines that came back (earning.h)
  std::int64_t sale_minor{};      // of what was paid, in whatever tender
  bool whole{};                   // nothing of the sale is left
  std::int64_t grace_until_ms{};  // grace_until_ms() of lot_terms.h
  friend auto operator<=>(const PointsRefunded&, const PointsRefunded&) = default;
};

// By a person, or by the hub that rated a sale too high. Missing fact: points_adjusted, with ActApproved for the
// person.
struct PointsAdjusted {
  std::int64_t points{};  // above zero a lot, below it from lots, then debt; -points_event_max to the max
  std::string reason;     // without one it is refused
  std::int64_t expires_at_ms{never_ms};  // of the lot
  friend auto operator<=>(const PointsAdjusted&, const PointsAdjusted&) = default;
};

using LedgerBody = std::variant<PointsGranted, PointsPaid, PointsRefunded, PointsAdjusted>;

struct LedgerEvent {
  std::int64_t occurred_ms{};  // corrected: Stamp::occurred_at_ms less what the terminal's clock was measured to be off
  EventKey key;
  LedgerBody body;
  friend auto operator<=>(const LedgerEvent&, const LedgerEvent&) = default;
};

}  // namespace millpond::model
