// SPDX-License-Identifier: Apache-2.0
// What snapshots are made of, read in short steps between requests, and the tombstones that they make needless.
#include "sync/hub/core/sqlite_store.h"
#include "sync/sqlite/file.h"

#include <algorithm>

namespace millpond::hub {

base::Result<SnapshotStart> SqliteHubStore::snapshot_start() {
  const PatientGuard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_, sqlite::Begin::deferred));
  MILLPOND_TRY(const auto counters, load_counters(*database_));
  SnapshotStart start;
  start.head = {counters.generation, counters.hub_seq, counters.horizon};
  MILLPOND_TRY(auto row, database_->prepare("SELECT terminal, epoch, projected FROM epochs WHERE projected>0 "
                                            "ORDER BY terminal, lane"));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return start;
    const base::TerminalId terminal{static_cast<std::uint32_t>(row.integer(0))};
    start.marks.push_back({terminal, {{static_cast<std::uint32_t>(row.integer(1))}, {row.unsigned_integer(2)}}});
  }
}

base::Result<FeedSlice> SqliteHubStore::feed_slice(std::uint8_t after_kind, base::ByteView after_key,
                                                   std::uint64_t through, std::uint32_t rows_max) {
  const PatientGuard lock{lock_};
  FeedSlice slice;
  slice.last_kind = after_kind;
  slice.last_key.assign(after_key.begin(), after_key.end());
  // Looked at and left out here, not in SQL: a search for the next row that fits could take long.
  MILLPOND_TRY(auto row, database_->prepare("SELECT kind, key, body, hub_seq<=?3 AND deleted_ms=0 AND store=0 AND "
                                            "terminal=0 FROM feed WHERE (kind, key)>(?1, ?2) ORDER BY kind, key "
                                            "LIMIT ?4"));
  MILLPOND_TRY_DO(row.bind(after_kind, after_key, through, rows_max));
  std::uint32_t seen = 0;
  for (;; ++seen) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) break;
    slice.last_kind = static_cast<std::uint8_t>(row.integer(0));
    const auto key = row.bytes(1);
    slice.last_key.assign(key.begin(), key.end());
    if (row.integer(3) == 0) continue;
    const auto body = row.bytes(2);
    slice.rows.push_back({slice.last_kind, slice.last_key, false, {body.begin(), body.end()}});
  }
  slice.more = seen == rows_max;
  return slice;
}

base::Result<Purged> SqliteHubStore::purge_tombstones(std::uint64_t through, std::int64_t before_ms,
                                                      std::uint32_t rows_max) {
  const PatientGuard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(auto counters, load_counters(*database_));
  struct Old {
    std::uint8_t kind;
    base::Bytes key;
  };
  std::vector<Old> old;
  const auto horizon = counters.horizon;
  {
    MILLPOND_TRY(auto row, database_->prepare("SELECT kind, key, hub_seq FROM feed INDEXED BY feed_tombstones "
                                              "WHERE deleted_ms<>0 AND deleted_ms<?1 AND hub_seq<=?2 LIMIT ?3"));
    MILLPOND_TRY_DO(row.bind(before_ms, through, rows_max));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      const auto key = row.bytes(1);
      old.push_back({static_cast<std::uint8_t>(row.integer(0)), {key.begin(), key.end()}});
      counters.horizon = std::max(counters.horizon, row.unsigned_integer(2));
    }
  }
  MILLPOND_TRY(const auto newer, database_->query_integer("SELECT 1 FROM feed INDEXED BY feed_tombstones WHERE "
                                                          "deleted_ms<>0 AND deleted_ms<?1 AND hub_seq>?2 LIMIT 1",
                                                          before_ms, through));
  if (old.empty()) return Purged{0, newer.has_value()};
  for (const auto& [kind, key] : old) {
    MILLPOND_TRY_DO(database_->run("DELETE FROM feed WHERE kind=?1 AND key=?2", kind, key));
  }
  if (counters.horizon != horizon) MILLPOND_TRY_DO(save_counters(*database_, counters));
  MILLPOND_TRY_DO(transaction.commit());
  if (old.size() < rows_max) overwrite_old_pages();
  return Purged{old.size(), newer.has_value()};
}

void SqliteHubStore::overwrite_old_pages() {
  switch (durability_) {
    case HubDurability::safe:
      static_cast<void>(sqlite::overwrite_rollback_journal(vfs_, database_->path()));
      return;
    case HubDurability::wal:
      static_cast<void>(database_->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
      return;
    case HubDurability::none:
      return;
  }
}

}  // namespace millpond::hub
