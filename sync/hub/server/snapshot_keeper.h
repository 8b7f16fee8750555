// SPDX-License-Identifier: Apache-2.0
// SnapshotKeeper: the thread that keeps the shelf fresh. It yields the processor to everybody else, looks a minute
// after it last looked, and logs what it made; trouble is logged and tried again.
#pragma once

#include "sync/hub/core/snapshot_shelf.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace millpond::hub {

class SnapshotKeeper {
 public:
  static constexpr std::int64_t pause_ms = 60'000;

  // Looks at once. The shelf is borrowed and outlives it.
  explicit SnapshotKeeper(SnapshotShelf& shelf);
  ~SnapshotKeeper();  // ends after the snapshot in the making
  SnapshotKeeper(const SnapshotKeeper&) = delete;
  SnapshotKeeper& operator=(const SnapshotKeeper&) = delete;

  void look();  // now; any thread, never blocks

 private:
  void run();

  SnapshotShelf& shelf_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_{};      // guarded by mutex_
  bool look_now_{true};  // guarded by mutex_
  std::thread thread_;
};

}  // namespace millpond::hub
