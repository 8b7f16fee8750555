// SPDX-License-Identifier: Apache-2.0
// Siege: one hub and its terminals among people who show every coupon everywhere, while lines are cut, machines die and
// clocks are wrong. In rounds: some terminals lose their line at different moments and get it back together, then
// everything is sent and booked. What the cut cost is compared with what the hub had announced it would cost at the
// most, the hub's ledger with what happened, and no coupon may have been honoured for certain twice. Points are spent
// within leases meanwhile, also past their end and under numbers that turn out to be one person. What no protocol can
// heal does not happen here: disks that forget, a hub that does; copies of a disk only where they are asked for, and
// there every limit holds for each copy. The same options give the same history. One thread.
#pragma once

#include "tests/simulation/faults.h"

#include <cstdint>
#include <string>
#include <vector>

namespace millpond::simulation {

struct SiegeOptions {
  std::uint64_t seed{1};
  std::uint32_t terminals{5};
  std::uint32_t rounds{4};
  std::uint32_t actions_a_day{600};
  // The hub dies and requests get lost as well. Each time is an outage of its own, so that nobody compares costs.
  bool flickers{};
  bool clones{};  // of one terminal two go on with the same keys and the same life of the journal
  Bug bug{Bug::none};
};

struct SiegeReport {
  FaultCounts faults{};
  std::uint64_t coupons{};      // honoured
  std::uint64_t provisional{};  // uses
  std::uint64_t losses{};
  std::int64_t bound_minor{};       // of one outage, as the hub announced it
  std::int64_t worst_loss_minor{};  // of one round
  std::int64_t limit_minor{};       // of one terminal
  std::int64_t worst_at_minor{};    // of one terminal in one round
  std::uint64_t confirmed_twice{};  // but for what two copies of one disk both held
  std::uint64_t held_twice{};       // by two copies, and honoured by both
  std::uint64_t points_spent{};
  std::int64_t points_bound{};       // of one outage
  std::int64_t points_lost_worst{};  // of one round
  std::vector<std::string> violations;
};

[[nodiscard]] SiegeReport besiege(const SiegeOptions& options);

}  // namespace millpond::simulation
