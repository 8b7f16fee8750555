// SPDX-License-Identifier: Apache-2.0
// The file of a replica: opening it, putting it aside, putting another in its place. The order of steps is what makes a
// crash between any two harmless: a database must never meet the log of another one, because SQLite would write that
// log's pages into it. Inside `store` only; the caller holds the replica's lock and has no connection open, except
// where one is handed in. Errors of every call: those of sqlite.
#pragma once

#include "sync/snapshot/place.h"
#include "sync/sqlite/connection.h"

#include <memory>

namespace millpond::store {

enum class Trust : std::uint8_t { check_pages, checked_before };

// Opens or creates. Errors: store_corrupt, store_newer.
[[nodiscard]] base::Result<std::unique_ptr<sqlite::Connection>> connect_replica(const snapshot::Place& place,
                                                                                Trust trust);
// Keeps the last damaged file for a person to look at, for a time: it names people whom this machine is told to forget.
[[nodiscard]] base::Result<> set_replica_aside(const snapshot::Place& place);
inline constexpr std::int64_t replica_aside_ms = 30LL * 86'400'000;  // as store/silence.h, in the hub's time
// Takes away a file that was set aside so long ago. The first call after it was notes the hub's time beside it.
[[nodiscard]] base::Result<> tend_replica_aside(const snapshot::Place& place, std::int64_t hub_ms);
[[nodiscard]] base::Result<> remove_replica_aside(const snapshot::Place& place);
[[nodiscard]] base::Result<> remove_replica(const snapshot::Place& place);
// Takes the incoming file in. The log must have been written back into the database, which must be closed.
[[nodiscard]] base::Result<> swap_replica_in(const snapshot::Place& place);
// Moves everything in the log into the database and syncs it.
[[nodiscard]] base::Result<> write_log_back(sqlite::Connection& db);

}  // namespace millpond::store
