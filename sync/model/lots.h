// SPDX-License-Identifier: Apache-2.0
// Lots: a member's points as the portions they came in. What was granted stays what it was; spending, refunds and
// adjustments move what remains of it, and every movement says which lot. Not a store: a Ledger is a value that a fold
// over events makes, one per member (a person with several numbers has several, and shows the sum). Pure; any thread.
//
// Order: a ledger depends on the order in which things happened, so fold_ledger() sorts by (occurred, key) and the
// order of delivery does not matter. Within a sale it does not depend on order at all: refunds add up, and what is
// granted or paid under a sale whose refund was heard first is settled at once.
//
// Debt exists only while no lot that is still good has anything left: what comes in repays it first, whether earned
// or given back, so that a sale and its refund cancel out in either order.
#pragma once

#include "sync/model/ledger_events.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace millpond::model {

struct LotId {
  EventKey event;        // that granted it
  std::uint32_t part{};  // 0: the grant; others: points given back that live longer than the lot they were of
  friend auto operator<=>(const LotId&, const LotId&) = default;
};

struct Lot {
  LotId id;
  LotSource source{};
  std::int64_t occurred_ms{};
  std::int64_t granted{};
  std::int64_t remaining{};  // 0 to granted
  LotTimes times;
  friend bool operator==(const Lot&, const Lot&) = default;
};

struct LotShare {
  LotId lot;
  std::int64_t points{};
  friend bool operator==(const LotShare&, const LotShare&) = default;
};

enum class LedgerRefusal : std::uint8_t {
  none,
  out_of_order,     // happened before what was applied: fold again
  told_before,      // the same key and content
  conflicting_key,  // the same key, other content: a fork, never merged
  out_of_range,     // negative, or beyond points_event_max
  no_reason,        // an adjustment nobody answers for
};

// What one event did; nothing when it was refused.
struct Movement {
  std::vector<LotShare> given;  // into lots
  std::vector<LotShare> taken;  // out of lots, in the order in which they paid
  std::int64_t debt_made{};
  std::int64_t debt_repaid{};
  std::int64_t uncovered{};  // paid without having been there: the hub books it as loss of the terminal that took it
  LedgerRefusal refusal{};
  friend bool operator==(const Movement&, const Movement&) = default;
};

// What a sale did to points, kept for its refunds.
struct SaleGrant {
  LotId lot;
  std::int64_t points{};
  std::int64_t base_minor{};
  std::int64_t reversed{};
  friend bool operator==(const SaleGrant&, const SaleGrant&) = default;
};
struct SalePayment {
  std::int64_t points{};
  std::int64_t uncovered{};
  std::int64_t sale_minor{};
  std::int64_t returned{};
  std::vector<LotShare> paid_by;  // less what was given back
  friend bool operator==(const SalePayment&, const SalePayment&) = default;
};
struct SalePoints {
  std::vector<SaleGrant> grants;
  std::vector<SalePayment> payments;
  std::int64_t refunded_base_minor{};
  std::int64_t refunded_sale_minor{};
  bool refunded_whole{};
  std::int64_t grace_until_ms{};  // the latest
  friend bool operator==(const SalePoints&, const SalePoints&) = default;
};

struct Ledger {
  std::vector<Lot> lots;  // by earliest expiry, then oldest, then id: the order in which they pay
  std::int64_t debt{};
  std::map<EventKey, SalePoints> sales;
  std::map<EventKey, LedgerEvent> applied;
  std::set<EventKey> conflicts;  // keys told with different contents
  std::int64_t last_occurred_ms{};
  EventKey last_key;
  friend bool operator==(const Ledger&, const Ledger&) = default;
};

// Applies one event that happened after all that were applied. O(lots).
Movement apply(Ledger& ledger, const LedgerEvent& event);

// Any order, repetitions welcome. Of several contents under one key the first by (occurred, content) counts.
[[nodiscard]] Ledger fold_ledger(std::vector<LedgerEvent> events);

// How many of `points` all refunds of a sale take back: floor(points * refunded / base), and all of them once refunded
// has reached base or the sale is whole again. Without a base only the latter. Less what was taken back already is what
// a refund takes now: never today's rule.
[[nodiscard]] std::int64_t points_back(std::int64_t points, std::int64_t refunded_minor, std::int64_t base_minor,
                                       bool whole);

// --- what it comes to, at a moment not before the last event

struct PointsBalance {
  std::int64_t active{};
  std::int64_t pending{};
  std::int64_t debt{};
  [[nodiscard]] std::int64_t balance() const { return active - debt; }  // below zero while there is debt
  friend bool operator==(const PointsBalance&, const PointsBalance&) = default;
};
[[nodiscard]] PointsBalance balance_at(const Ledger& ledger, std::int64_t now_ms);

struct NextExpiry {
  std::int64_t at_ms{};
  std::int64_t points{};
  friend bool operator==(const NextExpiry&, const NextExpiry&) = default;
};
// The next moment at which points expire, pending ones too, and how many; nothing when none will.
[[nodiscard]] std::optional<NextExpiry> next_expiry(const Ledger& ledger, std::int64_t now_ms);

// Breakage: points of lots that expire in [from, to) and were not used, as known now: a refund of their sale that comes
// later takes from them before it takes from anything else.
[[nodiscard]] std::int64_t expired_between(const Ledger& ledger, std::int64_t from_ms, std::int64_t to_ms);

// Sales of which only refunds are known, ascending.
[[nodiscard]] std::vector<EventKey> pending_claims(const Ledger& ledger);

}  // namespace millpond::model
