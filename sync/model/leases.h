// SPDX-License-Identifier: Apache-2.0
// Leases: how much of something limited a terminal may give out without asking: points of members, a campaign's budget,
// a game's stock. The hub cuts them out of a pool, and used + outstanding never exceeds the pool's cap, whoever is
// offline for however long. A terminal that is silent keeps its share from everybody else until it reports, returns it,
// begins a new epoch, or an operator writes it off. Terminal and hub run this same code. Pure: no clock, no I/O.
#pragma once

#include "sync/base/error.h"
#include "sync/base/ids.h"
#include "sync/model/strength.h"

#include <cstdint>
#include <map>
#include <optional>

namespace millpond::model {

enum class LeaseKind : std::uint8_t {  // persisted
  points = 1,
  campaign_budget = 2,  // face values of its coupons, in minor units
  game_stock = 3,
  campaign_count = 4,  // how often a campaign gives
};

// A terminal believes no later end: a stolen one must be worthless after that, whatever year the hub had for an hour.
inline constexpr std::int64_t lease_ms_max = 7LL * 86'400'000;

// A row of the hub for one terminal.
struct Lease {
  base::LeaseId id;
  LeaseKind kind{};
  std::uint64_t subject{};      // the campaign, the prize; 0 for points
  base::Epoch epoch;            // the terminal's life it was cut for; another one may not use it
  std::int64_t amount{};        // points, minor units, pieces
  std::int64_t a_member_max{};  // 0: no ceiling for one member
  std::int64_t expires_ms{};    // hub time
  // Of one that was cut for a sale: whose, how many of their points nobody else is given meanwhile, and until when that
  // sale is waited for (hub time). What is not used by then goes back.
  base::MemberId asked_by{};
  std::int64_t asked_points{};
  std::int64_t asked_until_ms{};
  friend bool operator==(const Lease&, const Lease&) = default;
};

// --- at a terminal

struct LeaseUse {
  std::int64_t used{};
  std::int64_t used_by_member{};
};

struct LeaseCase {
  Lease lease;
  LeaseUse use;
  std::int64_t wanted{};  // positive
  base::Epoch live_epoch;
  bool value_suspended{};
  std::optional<std::int64_t> hub_now_ms;  // nothing when no clock can be trusted
};

// What of the lease may be used now; 0 when nothing.
[[nodiscard]] std::int64_t usable(const LeaseCase& of);

struct SpendCase {
  std::int64_t points{};   // positive
  std::int64_t balance{};  // that may be spent: the hub's word and what is pending here
  Strength strength{};
  std::int64_t floor_points{spend_floor_points};
  std::optional<LeaseCase> lease;  // of kind points, `wanted` is taken from `points`
};

// Nothing when the points may be spent offline. Errors in order: value_suspended, identity_too_weak, points_short,
// points_cap.
[[nodiscard]] std::optional<base::Code> why_not_spend(const SpendCase& of);

// --- at the hub

// The shares of one pool. What was used by facts that no lease covers is in `used` alone.
class LeasePool {
 public:
  // What a fact has told is gone for good of a budget or a stock. Of points the hub has booked it off a balance by
  // then: such a pool bounds what nobody knows of yet, and is full again once everything was told.
  enum class Refill : std::uint8_t { never, when_told };

  struct Share {
    base::TerminalId terminal;
    base::Epoch epoch;
    std::int64_t left{};
    std::int64_t written_off{};  // counted as used before any fact said so
    bool given_up{};             // by an operator
    friend bool operator==(const Share&, const Share&) = default;
  };

  explicit LeasePool(std::int64_t cap, Refill refill = Refill::never, std::int64_t used = 0)
      : cap_{cap}, refill_{refill}, used_{used} {}
  // A share as it was stored; the calls below need those that they are about, and free() all that have something left.
  void hold(base::LeaseId lease, const Share& share) { shares_[lease] = share; }
  // As it is now; null without one.
  [[nodiscard]] const Share* share(base::LeaseId lease) const;

  // What can be cut out now.
  [[nodiscard]] std::int64_t free() const;
  // Cuts out at most `wanted`; nothing when nothing is free.
  [[nodiscard]] std::optional<Lease> cut(Lease wanted, base::TerminalId terminal);
  // A fact used some of a lease. More than the lease had is taken from the pool all the same, because it happened;
  // returns how much too much it was, for the terminal's flag.
  [[nodiscard]] std::int64_t use(base::LeaseId lease, std::int64_t amount);
  void use_unleased(std::int64_t amount);
  // The rest of a lease is free again. Only a fact of its own terminal says so, because only its log knows the order.
  void give_back(base::LeaseId lease);
  // A new life of a terminal: whatever its older leases had left counts as spent. What they did use still arrives, and
  // is not counted again.
  void begin_epoch(base::TerminalId terminal, base::Epoch live);
  // What the lease had left counts as spent.
  void write_off(base::LeaseId lease);
  // An operator decides that what a lost terminal had is gone: nobody waits for its facts any more, and of points the
  // pool is full again.
  void give_up(base::LeaseId lease);
  void set_cap(std::int64_t cap) { cap_ = cap; }  // below what is out, nothing is free until enough came back

  [[nodiscard]] std::int64_t used() const { return used_; }
  [[nodiscard]] std::int64_t outstanding() const;
  [[nodiscard]] std::int64_t cap() const { return cap_; }

 private:
  std::int64_t cap_;
  Refill refill_;
  std::int64_t used_{};
  std::map<base::LeaseId, Share> shares_;
};

}  // namespace millpond::model
