// SPDX-License-Identifier: Apache-2.0
// Opening: settings, lock, schema, owner, epoch.
#include "sync/sqlite/migrate.h"
#include "sync/store/action_transaction.h"
#include "sync/store/schema.h"
#include "sync/wire/canonical.h"

namespace millpond::store {
namespace {

// The values of JournalOptions that a value in `meta` must not contradict.
bool differs(const std::optional<std::string>& stored, const std::string& now) {
  return stored && !stored->empty() && !now.empty() && *stored != now;
}

}  // namespace

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
  MILLPOND_TRY(db_, sqlite::Connection::open({.path = options_.path, .vfs = options_.vfs}));
  MILLPOND_TRY_DO(configure());
  MILLPOND_TRY_DO(sqlite::migrate(*db_, journal_schema));
  MILLPOND_TRY_DO(check_owner());
  MILLPOND_TRY_DO(load());
  MILLPOND_TRY_DO(check_last_link());
  incarnation_ = static_cast<std::uint16_t>(rng_.next());
  if (options_.machine.inode == 0 && options_.vfs.empty()) options_.machine.inode = this_machine(options_.path).inode;
  MILLPOND_TRY(const auto reason, reason_for_new_epoch());
  if (reason) return begin_epoch(*reason);
  return write([this] { return remember_machine(); });
}

base::Result<> SqliteJournal::configure() {
  const bool safe = options_.durability == Durability::safe;
  // Exclusive before the journal mode: WAL then needs no shared memory and no second connection can meet its reset bug.
  // EXTRA before it as well: the change to WAL is itself a transaction, whose rollback journal must not come back from
  // a folder that was not synced. Under WAL, EXTRA is FULL.
  MILLPOND_TRY_DO(
      db_->execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = EXTRA; PRAGMA page_size = 4096;"
                   "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;"
                   "PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON"));
  MILLPOND_TRY(const auto mode, db_->query_text(safe ? "PRAGMA journal_mode = PERSIST" : "PRAGMA journal_mode = WAL"));
  if (mode != (safe ? "persist" : "wal")) {
    return base::Error{base::Code::internal, "set journal mode", mode.value_or("none"), options_.path.string()};
  }
  MILLPOND_TRY_DO(db_->execute("PRAGMA journal_size_limit = 4194304"));
  // The exclusive lock is only taken at the first write; taking it now tells a second service at once.
  MILLPOND_TRY_DO(db_->execute("BEGIN EXCLUSIVE; COMMIT"));
  if (options_.vfs.empty()) {
    std::error_code ignored;  // stricter than needed already, or a file system without modes
    std::filesystem::permissions(options_.path,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
  }
  MILLPOND_TRY(const auto check, db_->query_text("PRAGMA quick_check(1)"));
  if (check == "ok") return {};
  return base::Error{base::Code::store_corrupt, "check file", check.value_or("no answer"), options_.path.string()};
}

base::Result<> SqliteJournal::put_meta(std::string_view name, std::int64_t value) {
  return db_->run("INSERT INTO meta(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                  name, value);
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
  if (*stored_brand == brand && stored_terminal == options_.owner.terminal.value) return {};
  return base::Error{
      base::Code::config_invalid, "check owner",
      "the journal of terminal " + std::to_string(stored_terminal.value_or(0)) + " of brand " + *stored_brand,
      "give terminal " + std::to_string(options_.owner.terminal.value) + " another file than " +
          options_.path.string()};
}

base::Result<> SqliteJournal::load() {
  stale_ = true;
  std::vector<EpochState> epochs;
  {
    MILLPOND_TRY(auto query,
                 db_->prepare("SELECT ordinal, epoch, base, acked, acked_chain FROM epochs ORDER BY ordinal"));
    for (;;) {
      MILLPOND_TRY(const bool row, query.step());
      if (!row) break;
      EpochState epoch{query.integer(0),
                       {static_cast<std::uint32_t>(query.integer(1))},
                       query.unsigned_integer(2),
                       {query.unsigned_integer(3)},
                       {},
                       {}};
      MILLPOND_TRY(epoch.acked_chain, query.array<32>(4));
      if (!epochs.empty()) epochs.back().head = {epoch.base - epochs.back().base};
      epochs.push_back(epoch);
    }
  }
  epochs_ = std::move(epochs);
  MILLPOND_TRY(const auto counter, db_->query_integer("SELECT value FROM meta WHERE name = 'id_counter'"));
  growth_ = {{}, {}, static_cast<std::uint32_t>(counter.value_or(0))};
  if (!epochs_.empty()) {
    auto& live = epochs_.back();
    MILLPOND_TRY(const auto last,
                 db_->query_integer("SELECT max(position) FROM outbox WHERE position > ?1", live.base));
    live.head = last ? base::Seq{static_cast<std::uint64_t>(*last) - live.base} : live.acked;
    growth_.head = live.head;
    MILLPOND_TRY(growth_.chain, chain_at(live, live.head));
  }
  stale_ = false;
  return {};
}

// The newest fact must follow from the one before it: a file that was cut or edited at its end must not grow further.
base::Result<> SqliteJournal::check_last_link() {
  if (epochs_.empty() || epochs_.back().head == epochs_.back().acked) return {};
  const auto& live = epochs_.back();
  return read_outbox(live, live.head, live.head, 1, wire::up_body_bytes_max)
             ? base::Result<>{}
             : base::Error{
                   base::Code::chain_broken, "check chain", "the newest fact does not follow from the one before it",
                   "set " + options_.path.string() + " aside and keep it: `millpond verify` shows where it breaks"};
}

base::Result<std::optional<model::EpochReason>> SqliteJournal::reason_for_new_epoch() {
  using Reason = std::optional<model::EpochReason>;
  if (epochs_.empty()) return Reason{model::EpochReason::first_start};
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
  EpochState next;
  model::EpochBegun begun{reason, {}, {}};
  if (!epochs_.empty()) {
    const auto& last = epochs_.back();
    next.ordinal = last.ordinal + 1;
    next.base = last.position(growth_.head);
    begun.previous = last.epoch;
    begun.previous_head = growth_.head;
  }
  while (!next.epoch || find_epoch(next.epoch) != nullptr) next.epoch = {static_cast<std::uint32_t>(rng_.next())};
  next.acked_chain = wire::chain_start(options_.owner.brand, options_.owner.terminal, next.epoch);
  if (!epochs_.empty()) epochs_.back().head = growth_.head;
  epochs_.push_back(next);
  growth_.head = {};
  growth_.chain = next.acked_chain;
  return write([&]() -> base::Result<> {
    MILLPOND_TRY_DO(db_->run("INSERT INTO epochs(ordinal, epoch, base, acked, acked_chain) VALUES(?1, ?2, ?3, 0, ?4)",
                             next.ordinal, next.epoch, next.base, next.acked_chain));
    MILLPOND_TRY_DO(remember_machine());
    ActionTransaction transaction{*this, ActionTransaction::Access::write};
    MILLPOND_TRY(const auto seq, transaction.append(begun, clock_.wall_ms(), 0, 0, {}, {}));
    epochs_.back().head = seq;
    return {};
  });
}

}  // namespace millpond::store
