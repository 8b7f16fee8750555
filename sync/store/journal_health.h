// SPDX-License-Identifier: Apache-2.0
// JournalHealth: what an operator should hear about a terminal's journal, as values. Not a log and not sentences.
#pragma once

#include "sync/base/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millpond::store {

// How full the budget or the disk is: the least valuable new work is refused first. What was accepted is never dropped.
enum class BudgetLevel : std::uint8_t {
  normal = 0,
  tight = 1,  // new members are refused with disk_full; sales go on
  full = 2,   // new sales too; what finishes accepted work (PrintFinished) is still taken
};

// What an operator should hear about. All zero and empty on a healthy terminal.
struct JournalHealth {
  BudgetLevel budget{};
  std::uint64_t file_bytes{};
  std::uint64_t used_bytes{};  // of them, pages that hold something
  std::uint64_t ring_bytes{};
  base::Epoch ring_cut_epoch;  // ring_bytes_max cut the retention short: a hub older than this is not refilled
  base::Seq ring_cut_through;
  std::uint64_t quarantined{};            // what changed on the disk and nobody has looked at: close_quarantine()
  std::vector<base::Epoch> damaged;       // epochs whose queue waits for quarantine_damage()
  std::vector<std::string> set_aside;     // damaged files, by name, beside the journal, that nobody has looked at
  std::optional<std::uint64_t> salvaged;  // facts taken over when this start had to salvage; says that it did
  bool healthy() const {
    return budget == BudgetLevel::normal && !ring_cut_through && quarantined == 0 && damaged.empty() &&
           set_aside.empty() && !salvaged;
  }
};

}  // namespace millpond::store
