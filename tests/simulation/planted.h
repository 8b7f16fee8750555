// SPDX-License-Identifier: Apache-2.0
// Wrappers between the executor and the real stores: they plant the bugs that concern a store, and watch what the
// product does with it. Without a planted bug they change nothing.
#pragma once

#include "sync/store/journal.h"
#include "sync/store/replica.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/oracle.h"
#include "tests/support/crash_vfs.h"

#include <memory>
#include <vector>

namespace millpond::simulation {

// What the last action of a journal appended, whether or not its commit is known.
using Recorder = std::vector<model::FactBody>;

// Tells the oracle of every release, and the recorder of every fact; plants the bugs of commits, releases, rewinds and
// local points.
[[nodiscard]] std::unique_ptr<store::Journal> watch(std::unique_ptr<store::Journal> journal, base::TerminalId terminal,
                                                    tests::CrashDisk& disk, Oracle& oracle, Recorder& recorder,
                                                    Bug bug);

// Tells the oracle when the cursor goes back within a generation, and, on a disk that keeps sectors whole, when the
// replica differs from the hub's checkpoint: on a disk that garbles them the product mends that by fetching it again.
// Plants the bugs of pages and snapshots.
[[nodiscard]] std::unique_ptr<store::Replica> watch(std::unique_ptr<store::Replica> replica, tests::CrashDisk& disk,
                                                    Oracle& oracle, Bug bug, bool sectors_whole);

}  // namespace millpond::simulation
