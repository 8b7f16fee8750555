// SPDX-License-Identifier: Apache-2.0
// World: one simulation from a seed: a hub, terminals, the network between them and everything that goes wrong, then a
// time in which nothing does, then the checks. The same options give the same history. One thread.
#pragma once

#include "tests/simulation/faults.h"

#include <cstdint>
#include <string>
#include <vector>

namespace millpond::simulation {

struct Options {
  std::uint64_t seed{1};
  std::uint32_t terminals{3};
  std::int64_t hours{48};            // of business
  std::uint32_t actions_a_day{200};  // sales and enrolments of one terminal
  Bug bug{Bug::none};
  bool old_backup{};   // a backup of the hub is kept from early on and put back at three quarters; else in some worlds
  bool lying_disks{};  // of terminals, every other life: what is lost is counted, and no violation
  FaultSet off{};      // faults that do not happen
};

struct Report {
  std::uint64_t seed{};
  FaultCounts faults{};
  std::uint64_t terminal_hours{};
  std::uint64_t commits{};  // actions that people were told of
  std::uint64_t facts_told{};
  std::uint64_t sales_told{};
  std::uint64_t facts_held{};       // by the hub in the end
  std::uint64_t points_spent{};     // in them
  std::uint64_t rated_by_hub{};     // sales that their terminal told without a programme
  std::uint64_t facts_projected{};  // more after a restored hub did its work again
  std::uint64_t facts_forgotten{};  // told, and gone with the only disk that held them
  std::uint64_t lies{};             // power cuts on a disk that had lied about its syncs
  std::uint64_t lost{};
  std::uint64_t applied_twice{};
  std::uint64_t steps{};            // things done on the timeline
  std::int64_t oldest_backup_ms{};  // age of the oldest backup that a hub was put back to
  std::int64_t healed_after_ms{};   // of virtual time, until everything agreed
  std::vector<std::string> violations;
  [[nodiscard]] bool holds() const { return violations.empty() && lost == 0 && applied_twice == 0; }
};

[[nodiscard]] Report simulate(const Options& options);

}  // namespace millpond::simulation
