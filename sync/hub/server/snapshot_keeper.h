// SPDX-License-Identifier: Apache-2.0
// SnapshotKeeper: the thread that keeps the shelf fresh. It yields the processor to everybody else, looks a minute
// after it last looked, and logs what it made; trouble is logged and tried again.
#pragma once

#include "sync/hub/core/snapshot_shelf.h"
#include "sync/hub/server/rounds.h"

namespace millpond::hub {

class SnapshotKeeper {
 public:
  static constexpr std::int64_t pause_ms = 60'000;

  // Looks at once. The shelf is borrowed and outlives it.
  explicit SnapshotKeeper(SnapshotShelf& shelf);
  // Its end waits for the snapshot in the making.

  void look() { rounds_.wake(); }  // now; any thread, never blocks

 private:
  void refresh();

  SnapshotShelf& shelf_;
  Rounds rounds_;
};

}  // namespace millpond::hub
