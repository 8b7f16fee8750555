// SPDX-License-Identifier: Apache-2.0
// Staged: a snapshot that was checked and unpacked beside the replica, and is not in use yet. The replica in use goes
// on serving. What belongs to the journal is read here and stored there first; then Replica::adopt() swaps the file in.
// One thread; owns the incoming file and removes it unless it was adopted.
#pragma once

#include "sync/base/result.h"
#include "sync/snapshot/download.h"

#include <atomic>
#include <memory>
#include <vector>

namespace millpond::snapshot {

class Staged {
 public:
  // Checks the hash, unpacks never more than the manifest says, opens the result and checks its tables, its pages and
  // its state against the manifest. Blocks for about a second a million rows, or until another thread sets `cancelled`
  // (nullptr: nobody does; outlives the result). Errors: bad_input when the bytes are not what the manifest says (the
  // download is removed: ask for a new manifest), disk_full, disk_error and cancelled (the download stays: try again
  // later), store_newer.
  [[nodiscard]] static base::Result<std::unique_ptr<Staged>> open(std::unique_ptr<Download> download,
                                                                  const std::atomic<bool>* cancelled = nullptr);
  virtual ~Staged() = default;

  // Programme and issuer rows. They must be in the journal before the snapshot is adopted.
  [[nodiscard]] virtual base::Result<std::vector<wire::DownRow>> documents() = 0;
  // The newest epoch of the terminal that the rows include anything of, and through where; zeros for none.
  [[nodiscard]] virtual base::Result<base::EpochMark> includes(base::TerminalId terminal) = 0;
  [[nodiscard]] virtual const wire::SnapshotManifest& manifest() const = 0;
  [[nodiscard]] virtual const Place& place() const = 0;

  // For Replica::adopt(). Makes the file a replica whose member rows include this terminal's facts through the
  // position, durably, and closes it.
  [[nodiscard]] virtual base::Result<> settle(std::uint64_t as_of_position) = 0;
  // The file has another name now and is no longer this object's; the download is removed.
  virtual void adopted() = 0;
};

}  // namespace millpond::snapshot
