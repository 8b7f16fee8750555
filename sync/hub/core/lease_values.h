// SPDX-License-Identifier: Apache-2.0
// Leases as they cross the HubStore port: what a brand lets terminals give out without asking, and what became of it.
// Values; pure.
#pragma once

#include "sync/model/leases.h"

#include <vector>

namespace millpond::hub {

inline constexpr std::int64_t lease_ms = 7LL * 86'400'000;
inline constexpr std::int64_t lease_renewed_before_ms = 2LL * 86'400'000;  // its end

// Of one pool. Nothing is cut while cap or terminal_max is 0; what is out stays out until it ends.
struct LeaseTerms {
  model::LeaseKind kind{model::LeaseKind::points};
  std::uint64_t subject{};
  std::int64_t cap{};           // over all terminals
  std::int64_t terminal_max{};  // of one lease
  std::int64_t a_member_max{};  // of one lease; 0: no ceiling
  friend bool operator==(const LeaseTerms&, const LeaseTerms&) = default;
};

// A terminal that is on the line, by the life that it says it lives.
struct LeaseAsk {
  base::TerminalId terminal;
  base::Epoch epoch;
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
