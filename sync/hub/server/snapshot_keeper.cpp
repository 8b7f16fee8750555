// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/snapshot_keeper.h"

#include "sync/hub/server/log.h"

#include <chrono>
#include <sys/resource.h>
#include <unistd.h>

namespace millpond::hub {
namespace {

constexpr int nice_step =
    5;  // not the lowest: it takes the store's lock for a millisecond at a time, and others wait for that

}  // namespace

SnapshotKeeper::SnapshotKeeper(SnapshotShelf& shelf) : shelf_{shelf}, thread_{[this] { run(); }} {}

SnapshotKeeper::~SnapshotKeeper() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SnapshotKeeper::look() {
  {
    const std::lock_guard lock{mutex_};
    look_now_ = true;
  }
  changed_.notify_one();
}

void SnapshotKeeper::run() {
  // Of this thread only, as Linux has it. Refused, it would be an ordinary thread and nothing worse.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice_step));
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      changed_.wait_for(lock, std::chrono::milliseconds{pause_ms}, [this] { return stopping_ || look_now_; });
      if (stopping_) return;
      look_now_ = false;
    }
    const auto made = shelf_.refresh();
    if (!made) {
      log_error("snapshot_failed", made.error());
    } else if (*made) {
      const auto newest = shelf_.newest();
      log(Level::info, "snapshot_made", {{"bytes", static_cast<std::int64_t>(newest ? newest->bytes : 0)}});
    }
  }
}

}  // namespace millpond::hub
