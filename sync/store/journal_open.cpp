// SPDX-License-Identifier: Apache-2.0
// Opening: settings, lock, schema, owner, epoch.
#include "sync/sqlite/file.h"
#include "sync/sqlite/migrate.h"
#include "sync/sqlite/salvage.h"
#include "sync/store/action_transaction.h"
#include "sync/store/salvage.h"
#include "sync/store/schema.h"
#include "sync/wire/canonical.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace millpond::store {
namespace {

// A log that is written over syncs in two thirds of the time of one that grows, because the file's size stays: 77 us
// against 116 us on one disk. So it is laid out at the start, and goes back to its beginning before that space ends.
constexpr std::uint64_t log_pages = 256;  // then they are copied into the database; a megabyte to write at each start
constexpr std::uint64_t log_bytes = 32 + (log_pages + 64) * (24 + 4'096);

// The values of JournalOptions that a value in `meta` must not contradict.
bool differs(const std::optional<std::string>& stored, const std::string& now) {
  return stored && !stored->empty() && !now.empty() && *stored != now;
}

// What the steps make of an empty file.
base::Result<std::unique_ptr<sqlite::Connection>> make_schema() {
  MILLPOND_TRY(auto made, sqlite::Connection::open({.path = ":memory:"}));
  MILLPOND_TRY_DO(sqlite::migrate(*made, journal_schema));
  return made;
}

base::Result<std::string> make_schema_words() {
  MILLPOND_TRY(const auto made, make_schema());
  return sqlite::schema_words(*made);
}

// Of every file that the steps made.
const base::Result<std::string>& expected_schema_words() {
  static const auto words = make_schema_words();
  return words;
}

// To the letter; of a later release's schema we know only what must be there for us.
base::Result<bool> schema_holds(sqlite::Connection& db, bool of_later_release) {
  if (of_later_release) {
    MILLPOND_TRY(const auto made, make_schema());
    return sqlite::has_columns(db, *made);
  }
  MILLPOND_TRY(const auto expected, expected_schema_words());
  const auto found = sqlite::schema_words(db);
  return found && *found == expected;
}

}  // namespace

// Zeros behind what the log holds are no frames, so they say nothing to whoever recovers from it.
base::Result<> lay_out_log(const std::filesystem::path& database, const std::string& vfs) {
  auto path = database;
  path += "-wal";
  MILLPOND_TRY_DO(sqlite::write_again(vfs, path));
  MILLPOND_TRY(const auto file, sqlite::File::open(vfs, path, sqlite::FileUse::write));
  MILLPOND_TRY(const auto size, file->size());
  if (size >= log_bytes) return {};
  MILLPOND_TRY_DO(file->write(size, base::Bytes(log_bytes - size)));
  return file->sync();
}

base::Result<std::unique_ptr<Journal>> Journal::open(JournalOptions options, const base::Clock& clock, base::Rng& rng) {
  auto journal = std::make_unique<SqliteJournal>(std::move(options), clock, rng);
  auto started = journal->start();
  if (!started) {
    auto error = std::move(started).error();
    error.operation = "open journal: " + error.operation;
    return error;
  }
  return std::unique_ptr<Journal>{std::move(journal)};
}

base::Result<> SqliteJournal::start() {
  auto started = start_once();
  // A length that was changed on the disk can read as more than any row of ours holds.
  const auto damaged = [](base::Code code) {
    return code == base::Code::store_corrupt || code == base::Code::too_large;
  };
  if (started || !damaged(started.error().code) || !options_.repair) return started;
  MILLPOND_TRY_DO(salvage());
  return start_once();
}

base::Result<> SqliteJournal::start_once() {
  MILLPOND_TRY_DO(finish_salvage(options_));
  MILLPOND_TRY(db_, sqlite::Connection::open({.path = options_.path, .vfs = options_.vfs}));
  MILLPOND_TRY_DO(configure(*db_, options_.durability, options_.cache_kib));
  MILLPOND_TRY_DO(end_rollback_journal());
  if (options_.durability == Durability::wal) MILLPOND_TRY_DO(lay_out_log(options_.path, options_.vfs));
  MILLPOND_TRY_DO(check_file());
  MILLPOND_TRY_DO(check_owner());
  MILLPOND_TRY_DO(load());
  MILLPOND_TRY_DO(find_gaps());
  MILLPOND_TRY_DO(overwrite_log_when_due());
  incarnation_ = static_cast<std::uint16_t>(rng_.next());
  if (options_.machine.inode == 0 && options_.vfs.empty()) options_.machine.inode = this_machine(options_.path).inode;
  MILLPOND_TRY_DO(measure());
  MILLPOND_TRY(const auto reason, reason_for_new_epoch());
  if (reason) return begin_epoch(*reason);
  return write([this] { return remember_machine(); });
}

base::Result<> SqliteJournal::end_rollback_journal() {
  if (options_.durability == Durability::wal) return {};
  MILLPOND_TRY_DO(db_->execute("BEGIN EXCLUSIVE; COMMIT"));  // what must be undone is undone first
  return sqlite::end_rollback_journal(options_.vfs, options_.path);
}

base::Result<> configure(sqlite::Connection& db, Durability durability, std::uint32_t cache_kib) {
  constexpr std::int64_t incremental = 2;
  const bool safe = durability == Durability::safe;
  // Exclusive before the journal mode: WAL then needs no shared memory and no second connection can meet its reset bug.
  // EXTRA before it as well: the change to WAL is itself a transaction, whose rollback journal must not come back from
  // a folder that was not synced. Under WAL, EXTRA is FULL.
  MILLPOND_TRY_DO(
      db.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = EXTRA; PRAGMA page_size = 4096;"
                 "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -" +
                 std::to_string(cache_kib) +
                 "; PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON"));
  // Setting what is set already would be a transaction of its own, before the log of the last life has met its end.
  MILLPOND_TRY(const auto vacuum, db.query_integer("PRAGMA auto_vacuum"));
  if (vacuum.value_or(0) != incremental) MILLPOND_TRY_DO(db.execute("PRAGMA auto_vacuum = INCREMENTAL"));
  MILLPOND_TRY(const auto mode, db.query_text(safe ? "PRAGMA journal_mode = PERSIST" : "PRAGMA journal_mode = WAL"));
  if (mode != (safe ? "persist" : "wal")) {
    return base::Error{base::Code::internal, "set journal mode", mode.value_or("none"), db.path().string()};
  }
  MILLPOND_TRY_DO(db.execute("PRAGMA journal_size_limit = " + std::to_string(rollback_journal_bytes_max) +
                             "; PRAGMA wal_autocheckpoint = " + std::to_string(log_pages)));
  // The exclusive lock is only taken at the first write; taking it now tells a second service at once.
  return db.execute("BEGIN EXCLUSIVE; COMMIT");
}

base::Result<> SqliteJournal::check_file() {
  if (options_.vfs.empty()) {
    std::error_code ignored;  // stricter than needed already, or a file system without modes
    std::filesystem::permissions(options_.path,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
  }
  // Not the quick check: pages of an earlier day part an index from its table and a table from its order, which only
  // the whole one sees. It took 1.3 to 1.7 times as long over 400,000 facts, 0.45 s.
  MILLPOND_TRY(const auto check, db_->query_text("PRAGMA integrity_check(1)"));
  if (check.value_or("") != "ok") {  // g++ 12 at -O2 takes != on the optional for an uninitialised read
    return base::Error{base::Code::store_corrupt, "check file", check.value_or("no answer"), options_.path.string()};
  }
  auto migrated = sqlite::migrate(*db_, journal_schema);
  // Our own SQL does not fail on our own tables: a schema or version that does not fit was changed on the disk.
  if (!migrated && migrated.error().code == base::Code::internal) {
    auto error = std::move(migrated).error();
    error.code = base::Code::store_corrupt;
    return error;
  }
  MILLPOND_TRY_DO(std::move(migrated));
  MILLPOND_TRY(const auto version, db_->query_integer("PRAGMA user_version"));
  // A schema whose words changed and still parse passes SQLite's check.
  const bool later = version != static_cast<std::int64_t>(journal_schema.size());
  MILLPOND_TRY(const bool holds, schema_holds(*db_, later));
  if (holds) return {};
  return base::Error{base::Code::store_corrupt, "check file", "the schema changed on the disk", options_.path.string()};
}

base::Result<> SqliteJournal::check_owner() {
  const auto brand = base::to_hex(options_.owner.brand.bytes);
  MILLPOND_TRY(const auto stored_brand, db_->query_text("SELECT value FROM meta WHERE name = 'brand'"));
  MILLPOND_TRY(const auto stored_terminal, db_->query_integer("SELECT value FROM meta WHERE name = 'terminal'"));
  if (!stored_brand) {
    return write([&]() -> base::Result<> {
      MILLPOND_TRY_DO(db_->run("INSERT INTO meta(name, value) VALUES('brand', ?1)", brand));
      return put_meta("terminal", options_.owner.terminal.value);
    });
  }
  const bool same_terminal = stored_terminal == options_.owner.terminal.value;
  if (*stored_brand == brand && same_terminal) return {};
  // A brand is named by a hash: another one's differs nearly everywhere, and what differs in one byte has changed here.
  const bool changed_here = stored_brand->size() == brand.size() && same_terminal &&
                            std::inner_product(brand.begin(), brand.end(), stored_brand->begin(), 0, std::plus<>{},
                                               std::not_equal_to<>{}) == 1;
  if (changed_here) {
    return write([&] { return db_->run("UPDATE meta SET value = ?1 WHERE name = 'brand'", brand); });
  }
  return base::Error{
      base::Code::config_invalid, "check owner",
      "the journal of terminal " + std::to_string(stored_terminal.value_or(0)) + " of brand " + *stored_brand,
      "give terminal " + std::to_string(options_.owner.terminal.value) + " another file than " +
          options_.path.string()};
}

// The newest fact must follow from the one before it: a chain that was cut or edited at its end must not grow further.
base::Result<bool> SqliteJournal::last_link_holds() {
  const auto& live = epochs_.back();
  if (live.head == live.acked) return live.acked_chain != base::Hash{};
  const auto last = read_outbox(live, live.head, live.head, 1, wire::up_body_bytes_max);
  if (last) return true;
  if (last.error().code != base::Code::chain_broken) return last.error();
  return false;
}

base::Result<std::optional<model::EpochReason>> SqliteJournal::reason_for_new_epoch() {
  using Reason = std::optional<model::EpochReason>;
  MILLPOND_TRY(const auto salvaged, meta("begin_reason"));
  if (salvaged != 0) return Reason{static_cast<model::EpochReason>(salvaged)};
  if (epochs_.empty()) return Reason{model::EpochReason::first_start};
  MILLPOND_TRY(const bool holds, last_link_holds());
  if (!holds) return Reason{model::EpochReason::damaged};
  MILLPOND_TRY(const auto machine, db_->query_text("SELECT value FROM meta WHERE name = 'machine_id'"));
  if (differs(machine, options_.machine.machine_id)) return Reason{model::EpochReason::machine_changed};
  MILLPOND_TRY(const auto disk, db_->query_text("SELECT value FROM meta WHERE name = 'disk_id'"));
  MILLPOND_TRY(const auto inode, db_->query_integer("SELECT value FROM meta WHERE name = 'inode'"));
  const auto now = static_cast<std::int64_t>(options_.machine.inode);
  const bool moved = inode.value_or(0) != 0 && now != 0 && *inode != now;
  if (moved || differs(disk, options_.machine.disk_id)) return Reason{model::EpochReason::disk_changed};
  return Reason{};
}

base::Result<> SqliteJournal::remember_machine() {
  const auto put_text = [this](std::string_view name, const std::string& value) -> base::Result<> {
    if (value.empty()) return {};
    return db_->run(
        "INSERT INTO meta(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value "
        "WHERE value <> excluded.value",
        name, value);
  };
  MILLPOND_TRY_DO(put_text("machine_id", options_.machine.machine_id));
  MILLPOND_TRY_DO(put_text("disk_id", options_.machine.disk_id));
  if (options_.machine.inode == 0) return {};
  return db_->run(
      "INSERT INTO meta(name, value) VALUES('inode', ?1) ON CONFLICT(name) DO UPDATE SET value = excluded.value "
      "WHERE value <> excluded.value",
      options_.machine.inode);
}

base::Result<> SqliteJournal::begin_epoch(model::EpochReason reason) {
  model::EpochBegun begun{reason, {}, {}};
  if (!epochs_.empty()) {
    begun.previous = epochs_.back().epoch;
    begun.previous_head = growth_.head;
  }
  return write([&]() -> base::Result<> {
    MILLPOND_TRY_DO(enter_epoch(begun));
    MILLPOND_TRY_DO(settle());  // so that only a salvaged file has no mark
    MILLPOND_TRY_DO(db_->run("DELETE FROM meta WHERE name IN ('begin_reason', 'begin_base')"));
    return remember_machine();
  });
}

base::Result<> SqliteJournal::enter_epoch(const model::EpochBegun& begun) {
  EpochState next;
  if (!epochs_.empty()) {
    auto& last = epochs_.back();
    last.head = growth_.head;
    last.ended = true;
    MILLPOND_TRY_DO(put_epoch(*db_, last));
    next.ordinal = last.ordinal + 1;
    next.base = last.position(last.head);
  }
  MILLPOND_TRY(const auto base, meta("begin_base"));
  next.base = std::max(next.base, static_cast<std::uint64_t>(base));
  while (!next.epoch || find_epoch(next.epoch) != nullptr) next.epoch = {static_cast<std::uint32_t>(rng_.next())};
  next.acked_chain = wire::chain_start(options_.owner.brand, options_.owner.terminal, next.epoch);
  MILLPOND_TRY_DO(put_epoch(*db_, next));
  epochs_.push_back(next);
  growth_.head = {};
  growth_.chain = next.acked_chain;
  ActionTransaction transaction{*this, ActionTransaction::Access::write};
  MILLPOND_TRY(epochs_.back().head, transaction.append(begun, clock_.wall_ms(), 0, 0, {}, {}));
  return transaction.finish();
}

}  // namespace millpond::store
