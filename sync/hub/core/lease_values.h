// SPDX-License-Identifier: Apache-2.0
// Leases as they cross the HubStore port: what a brand lets terminals give out without asking, and what became of it.
// Values; pure.
#pragma once

#include "sync/model/leases.h"
#include "sync/model/rights.h"

#include <optional>
#include <vector>

namespace millpond::hub {

inline constexpr std::int64_t bounded_day_ms = 86'400'000;  // the hours over which what a terminal uses is bounded
inline constexpr std::int64_t lease_ms = model::lease_ms_max;
// For how long a sale is waited for that a lease was cut for: tills tell of a payment within seconds, or again.
inline constexpr std::int64_t asked_sale_ms = 10LL * 60'000;
inline constexpr std::int64_t lease_renewed_before_ms = 2LL * 86'400'000;  // its end
inline constexpr std::int64_t lease_again_after_ms = 3'600'000;            // one that came back unused

// Of one pool. Nothing is cut while cap or terminal_max is 0; what is out stays out until it ends.
struct LeaseTerms {
  model::LeaseKind kind{model::LeaseKind::points};
  std::uint64_t subject{};
  std::int64_t cap{};           // over all terminals
  std::int64_t terminal_max{};  // of one lease
  std::int64_t a_member_max{};  // of one lease; 0: no ceiling
  // That one terminal is given in 24 hours, but for what came back unused; 0: no bound.
  std::int64_t terminal_day_max{};
  std::int64_t least{};  // what one use takes at the most: a lease that has less left is due for the next
  friend bool operator==(const LeaseTerms&, const LeaseTerms&) = default;
};

// A terminal that is on the line, by the life that it says it lives.
struct LeaseAsk {
  base::TerminalId terminal;
  base::Epoch epoch;
};

// One sale of one member that the asking terminal's lease does not suffice for.
struct PointsQuestion {
  LeaseAsk from;
  std::uint64_t asked{};
  base::MemberId member;
  std::int64_t points{};
};

// As the hub's log tells that a lease was cut.
struct Cut {
  model::Lease lease;
  base::TerminalId terminal;
  std::int64_t cap{};     // of the pool, then
  std::uint64_t asked{};  // the question that it was cut for; 0: it was due
  base::MemberId member;  // whose sale that is
  std::int64_t held{};    // of their points
};

// How many shares of the usual size one terminal may have out by asking, before its facts say what became of them.
inline constexpr std::int64_t asked_shares_max = 4;

struct PointsAnswer {
  model::HubWord word{};  // confirmed, refused or unknown
  base::Code why{};       // of refused
  std::optional<model::Lease> lease;
  bool is_new{};  // cut by this question
};

struct LeaseStanding {
  model::Lease lease;
  base::TerminalId terminal;
  std::int64_t left{};         // may be given out by nobody else
  std::int64_t told{};         // used, by facts
  std::int64_t written_off{};  // counts as used, and no fact has said so
  bool given_up{};
  std::int64_t cut_ms{};
};

struct PoolStanding {
  model::LeaseKind kind{};
  std::uint64_t subject{};
  std::int64_t cap{};  // the highest that anything was ever cut under
  std::int64_t used{};
  std::int64_t outstanding{};
  std::int64_t excess{};  // used by facts that no lease covered
};

struct LostPoints {
  base::TerminalId terminal;
  std::uint64_t sales{};
  std::int64_t points{};  // that its members spent and did not have
};

struct LeaseBooks {
  std::vector<PoolStanding> pools;
  std::vector<LeaseStanding> leases;  // that have something left, or for whose facts the hub waits; by number
  std::vector<LostPoints> lost;       // by terminal
};

}  // namespace millpond::hub
