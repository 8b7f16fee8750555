// SPDX-License-Identifier: Apache-2.0
// SnapshotShelf: the snapshots that a hub serves: two files beside its database, the newest one and the one before it,
// because downloads of that may still run. Makes a new one when the feed has moved far, and then forgets tombstones
// that only cursors below every kept snapshot would need. Not the thread that does so, and not HTTP.
//
// Any thread; refresh() by one at a time. Files are reached through an SQLite VFS, so that simulated disks meet them.
// A file is on the shelf only when it is durable, and is checked against its hash when a shelf is opened and every hour
// after: terminals would fetch a damaged one again and again.
#pragma once

#include "sync/hub/core/hub_core.h"

#include <array>
#include <mutex>

namespace millpond::hub {

struct ShelfOptions {
  std::filesystem::path folder;                  // of the files; exists
  std::string vfs{};                             // SQLite VFS by name; empty: the system's
  std::uint64_t rows_min{20'000};                // shorter feeds are read page by page
  std::uint64_t moved_min{50'000};               // numbers of the feed after which a new one is made at the earliest,
  std::uint32_t moved_percent{20};               // and what part of the feed has to be new
  std::int64_t tombstone_ms{35LL * 86'400'000};  // how long tombstones are kept: longer than terminals stay away
  std::int64_t verify_ms{3'600'000};             // after which refresh() reads the kept files again
};

inline constexpr std::size_t snapshot_piece_bytes_max = 4U << 20;

class SnapshotShelf {
 public:
  // Takes up what an earlier run left; what is damaged or of another generation is not taken up. Reads both files.
  [[nodiscard]] static base::Result<std::unique_ptr<SnapshotShelf>> open(HubCore& core, const base::Clock& clock,
                                                                         ShelfOptions options);

  // Makes a new snapshot when one is due, and says whether it did. Blocks for seconds a million rows. Errors: those of
  // HubCore::write_snapshot(); the shelf stays as it was, and the next call tries again.
  [[nodiscard]] base::Result<bool> refresh();

  // What to fetch; nothing while there is none of the present generation.
  [[nodiscard]] std::optional<wire::SnapshotManifest> newest() const;
  // Bytes of a kept file, at most snapshot_piece_bytes_max and never past its end. Errors: not_found (no such file, any
  // more), bad_input (it ends before), disk_error.
  [[nodiscard]] base::Result<base::Bytes> read(const base::Hash& hash, std::uint64_t offset, std::uint64_t bytes) const;
  // The length of a kept file. Error: not_found.
  [[nodiscard]] base::Result<std::uint64_t> bytes_of(const base::Hash& hash) const;

 private:
  static constexpr std::size_t slots = 2;
  SnapshotShelf(HubCore& core, const base::Clock& clock, ShelfOptions options)
      : core_{core}, clock_{clock}, options_{std::move(options)}, verified_ms_{clock.monotonic_ms()} {}

  [[nodiscard]] std::filesystem::path file_of(std::size_t slot, const char* suffix) const;
  void verify_kept();
  base::Result<> take_up(std::size_t slot, std::uint64_t generation);
  [[nodiscard]] std::optional<std::size_t> newest_slot() const;  // with mutex_ held
  base::Result<bool> due();
  base::Result<> make();
  void offer();
  base::Result<> forget_tombstones();

  HubCore& core_;
  const base::Clock& clock_;
  const ShelfOptions options_;
  std::int64_t verified_ms_{};  // monotonic; of refresh()
  mutable std::mutex mutex_;
  std::array<std::optional<wire::SnapshotManifest>, slots> kept_;  // guarded by mutex_
  bool tombstones_wait_{};                                         // guarded by mutex_
};

}  // namespace millpond::hub
