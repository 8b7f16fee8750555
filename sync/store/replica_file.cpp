// SPDX-License-Identifier: Apache-2.0
#include "sync/store/replica_file.h"

#include "sync/snapshot/tables.h"
#include "sync/sqlite/file.h"
#include "sync/sqlite/migrate.h"

namespace millpond::store {
namespace {

// Durable even where a name is gone already, because SQLite removes its logs without a sync of the folder.
base::Result<> remove_logs(const snapshot::Place& place) {
  MILLPOND_TRY_DO(sqlite::remove_file(place.vfs, place.beside("-wal")));
  return sqlite::remove_file(place.vfs, place.beside("-journal"));
}

// Where there is no database, its logs are of one that was put away: the new one must not meet them.
base::Result<> remove_orphaned_logs(const snapshot::Place& place) {
  MILLPOND_TRY(const bool database, sqlite::file_exists(place.vfs, place.replica));
  if (database) return {};
  MILLPOND_TRY(const bool wal, sqlite::file_exists(place.vfs, place.beside("-wal")));
  MILLPOND_TRY(const bool journal, sqlite::file_exists(place.vfs, place.beside("-journal")));
  return wal || journal ? remove_logs(place) : base::Result<>{};
}

// When a damaged file was set aside: eight bytes of the hub's time, beside it because no database lives as long.
std::filesystem::path aside_since(const snapshot::Place& place) { return place.beside(".damaged-since"); }

constexpr std::size_t time_bytes = 8;

base::Result<std::int64_t> read_aside_since(const snapshot::Place& place) {
  MILLPOND_TRY(const bool noted, sqlite::file_exists(place.vfs, aside_since(place)));
  if (!noted) return std::int64_t{0};
  MILLPOND_TRY(const auto file, sqlite::File::open(place.vfs, aside_since(place), sqlite::FileUse::read));
  base::Bytes bytes(time_bytes);
  if (!file->read(0, bytes)) return std::int64_t{0};
  return static_cast<std::int64_t>(base::read_big_endian(bytes));
}

base::Result<> note_aside_since(const snapshot::Place& place, std::int64_t hub_ms) {
  base::Bytes bytes;
  base::append_big_endian(bytes, static_cast<std::uint64_t>(hub_ms), time_bytes);
  MILLPOND_TRY(const auto file, sqlite::File::open(place.vfs, aside_since(place), sqlite::FileUse::write));
  MILLPOND_TRY_DO(file->write(0, bytes));
  return file->sync();
}

}  // namespace

base::Result<std::unique_ptr<sqlite::Connection>> connect_replica(const snapshot::Place& place, Trust trust) {
  MILLPOND_TRY_DO(remove_orphaned_logs(place));
  MILLPOND_TRY(auto db, sqlite::Connection::open({.path = place.replica, .vfs = place.vfs}));
  // What is deleted is overwritten at once: a page that was split or freed later keeps what no delete finds any more.
  // EXTRA until the file is in WAL mode: the switch leaves a rollback journal behind that must not come back.
  MILLPOND_TRY_DO(
      db->execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = EXTRA; PRAGMA page_size = 4096; PRAGMA "
                  "auto_vacuum = INCREMENTAL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; "
                  "PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON"));
  MILLPOND_TRY(const auto mode, db->query_text("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return base::Error{base::Code::internal, "open replica", mode.value_or("none"), place.replica.string()};
  }
  MILLPOND_TRY_DO(
      db->execute("PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304; BEGIN EXCLUSIVE; COMMIT"));
  MILLPOND_TRY_DO(sqlite::migrate(*db, snapshot::schema));
  if (trust == Trust::check_pages) MILLPOND_TRY_DO(snapshot::check_file(*db));
  return db;
}

base::Result<> set_replica_aside(const snapshot::Place& place) {
  MILLPOND_TRY(const bool exists, sqlite::file_exists(place.vfs, place.replica));
  MILLPOND_TRY(const bool one_before, sqlite::file_exists(place.vfs, aside_since(place)));
  if (exists && one_before) MILLPOND_TRY_DO(sqlite::remove_file(place.vfs, aside_since(place)));
  if (exists) MILLPOND_TRY_DO(sqlite::rename_file(place.vfs, place.replica, place.damaged()));
  return remove_logs(place);
}

base::Result<> tend_replica_aside(const snapshot::Place& place, std::int64_t hub_ms) {
  MILLPOND_TRY(const bool exists, sqlite::file_exists(place.vfs, place.damaged()));
  if (!exists) return {};
  MILLPOND_TRY(const auto since_ms, read_aside_since(place));
  // Nothing sensible there: it counts from now on.
  if (since_ms <= 0 || since_ms > hub_ms) return note_aside_since(place, hub_ms);
  return hub_ms - since_ms < replica_aside_ms ? base::Result<>{} : remove_replica_aside(place);
}

base::Result<> remove_replica_aside(const snapshot::Place& place) {
  MILLPOND_TRY_DO(sqlite::remove_file(place.vfs, place.damaged()));
  return sqlite::remove_file(place.vfs, aside_since(place));
}

base::Result<> remove_replica(const snapshot::Place& place) {
  MILLPOND_TRY_DO(sqlite::remove_file(place.vfs, place.replica));
  return remove_logs(place);
}

base::Result<> swap_replica_in(const snapshot::Place& place) {
  MILLPOND_TRY_DO(remove_logs(place));
  return sqlite::rename_file(place.vfs, place.incoming(), place.replica);
}

base::Result<> write_log_back(sqlite::Connection& db) {
  MILLPOND_TRY(const auto busy, db.query_integer("PRAGMA wal_checkpoint(TRUNCATE)"));
  if (busy == 0) return {};
  return base::Error{base::Code::store_locked, "write the log back", "a reader is in the way", db.path().string()};
}

}  // namespace millpond::store
