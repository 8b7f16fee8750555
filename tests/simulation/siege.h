// SPDX-License-Identifier: Apache-2.0
// Siege: one hub and its terminals among people who show every coupon everywhere, while lines are cut, machines die and
// clocks are wrong. In rounds: some terminals lose their line at different moments and get it back together, then
// everything is sent and booked. What the cut cost is compared with what the hub had announced it would cost at the
// most, the hub's ledger with what happened, and no coupon may have been honoured for certain twice. What no protocol
// can heal does not happen here: copies of disks, disks that forget, a hub that does. The same options give the same
// history. One thread.
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
  std::uint64_t confirmed_twice{};
  std::vector<std::string> violations;
};

[[nodiscard]] SiegeReport besiege(const SiegeOptions& options);

}  // namespace millpond::simulation
