// SPDX-License-Identifier: Apache-2.0
// The embedded engine: a HubStore in one SQLite file.
#pragma once

#include "sync/hub/core/hub_store.h"
#include "sync/hub/core/sqlite_open.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace millpond::hub {

// What is left of a commit.
enum class HubDurability : std::uint8_t {
  safe,  // everything, after a power cut on any disk that honours flushes: PERSIST, EXTRA; as a terminal's journal
  wal,   // the same only where a power cut leaves sectors whole that were not being written; a quarter of the syncs
  none,  // nothing: for copies that are thrown away, and tests that cut no power
};

struct SqliteHubOptions {
  std::filesystem::path path;
  std::string vfs{};               // SQLite VFS by name; tests and simulations inject faults through it
  std::uint64_t generation{};      // for a new file; not 0
  std::uint64_t page_count_max{};  // a quota for tests; 0: none
  HubDurability durability{HubDurability::safe};
};

// Opens or creates, whatever durability the file had before; exclusive. Errors: store_locked (another hub),
// store_corrupt, store_newer, disk_full, permission_denied.
[[nodiscard]] base::Result<std::unique_ptr<HubStore>> open_sqlite_store(const SqliteHubOptions& options);

}  // namespace millpond::hub
