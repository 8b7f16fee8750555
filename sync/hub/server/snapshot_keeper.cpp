// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/snapshot_keeper.h"

#include "sync/hub/server/log.h"

namespace millpond::hub {
namespace {

constexpr int nice_step =
    5;  // not the lowest: it takes the store's lock for a millisecond at a time, and others wait for that

}  // namespace

SnapshotKeeper::SnapshotKeeper(SnapshotShelf& shelf)
    : shelf_{shelf}, rounds_{{.pause_ms = pause_ms, .nice_step = nice_step}, [this](bool) { refresh(); }} {}

void SnapshotKeeper::refresh() {
  const auto made = shelf_.refresh();
  if (!made) {
    log_error("snapshot_failed", made.error());
  } else if (*made) {
    const auto newest = shelf_.newest();
    log(Level::info, "snapshot_made", {{"bytes", static_cast<std::int64_t>(newest ? newest->bytes : 0)}});
  }
}

}  // namespace millpond::hub
