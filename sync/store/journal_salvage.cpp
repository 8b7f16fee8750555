// SPDX-License-Identifier: Apache-2.0
#include "sync/sqlite/file.h"
#include "sync/sqlite/leaf_scan.h"
#include "sync/sqlite/migrate.h"
#include "sync/sqlite/salvage.h"
#include "sync/store/salvage.h"
#include "sync/store/schema.h"
#include "sync/store/sqlite_journal.h"
#include "sync/wire/canonical.h"

#include <algorithm>
#include <map>

namespace millpond::store {
namespace {

constexpr std::uint64_t position_margin = 1ULL << 20;  // over what was found: the lost end of a queue may have gone on
constexpr std::int64_t counter_margin = 4'096;

std::filesystem::path beside(const std::filesystem::path& path, const std::string& suffix) {
  auto other = path;
  other += suffix;
  return other;
}

std::filesystem::path new_file(const JournalOptions& options) { return beside(options.path, ".salvage"); }

base::Result<std::uint64_t> number_aside(const JournalOptions& options) {
  for (std::uint64_t number = 1;; ++number) {
    MILLPOND_TRY(const bool taken,
                 sqlite::file_exists(options.vfs, beside(options.path, ".damaged-" + std::to_string(number))));
    if (!taken) return number;
  }
}

// An epoch as its facts show it, whatever its row says.
struct Found {
  std::uint64_t base{};
  std::uint64_t first_queued{~std::uint64_t{0}};
  std::uint64_t last_queued{};
  std::uint64_t last_acked{};
  base::Hash ring_head{};
};

// Judges what was copied and makes it a journal again.
class Rebuild {
 public:
  Rebuild(sqlite::Connection& db, const JournalOptions& options) : db_{db}, options_{options} {}

  base::Result<std::uint64_t> run(std::uint64_t number);

 private:
  base::Result<> judge_outbox();
  base::Result<> judge_payloads();
  base::Result<> judge_ring();
  base::Result<> find_strays(const std::filesystem::path& file);
  base::Result<> rebuild_epochs();
  base::Result<> rebuild_meta(std::uint64_t number);
  base::Result<> set_apart(std::uint64_t position, std::string_view kind, base::ByteView content) {
    return db_.run("INSERT INTO quarantine(position, kind, content) VALUES(?1, ?2, ?3)", position, kind, content);
  }
  base::Result<> drop(const char* sql, const std::vector<std::uint64_t>& keys) {
    for (const auto key : keys) MILLPOND_TRY_DO(db_.run(sql, key));
    return {};
  }

  sqlite::Connection& db_;
  const JournalOptions& options_;
  std::map<base::Epoch, Found> found_;
  std::vector<EpochState> epochs_;
  std::uint64_t facts_{};
};

base::Result<> Rebuild::judge_outbox() {
  std::vector<std::uint64_t> changed;
  MILLPOND_TRY(auto query, db_.prepare("SELECT position, canonical, sum FROM outbox ORDER BY position"));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    const auto position = query.unsigned_integer(0);
    if (sum_of(query.bytes(1)) != query.unsigned_integer(2)) {
      changed.push_back(position);
      MILLPOND_TRY_DO(set_apart(position, "fact", query.bytes(1)));
      continue;
    }
    ++facts_;
    const auto fact = wire::decode_fact(query.bytes(1));
    if (!fact || fact->stamp.seq.value > position) continue;
    auto& epoch = found_[fact->stamp.epoch];
    epoch.base = position - fact->stamp.seq.value;
    epoch.first_queued = std::min(epoch.first_queued, position);
    epoch.last_queued = std::max(epoch.last_queued, position);
  }
  return drop("DELETE FROM outbox WHERE position = ?1", changed);
}

base::Result<> Rebuild::judge_payloads() {
  std::vector<std::uint64_t> changed;
  MILLPOND_TRY(auto query, db_.prepare("SELECT position, salt, box, sum FROM payloads"));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    if (sum_of(query.bytes(1), query.bytes(2)) == query.unsigned_integer(3)) continue;
    changed.push_back(query.unsigned_integer(0));
    MILLPOND_TRY_DO(set_apart(changed.back(), "payload", query.bytes(2)));
  }
  return drop("DELETE FROM payloads WHERE position = ?1", changed);
}

base::Result<> Rebuild::judge_ring() {
  std::vector<std::uint64_t> changed;
  MILLPOND_TRY(auto query, db_.prepare("SELECT first_position, batch FROM ring ORDER BY first_position"));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    const auto first = query.unsigned_integer(0);
    const auto batch = wire::decode_up_request(query.bytes(1));
    if (!batch || !check_batch_chain(*batch) || batch->first_seq.value > first) {
      changed.push_back(first);
      MILLPOND_TRY_DO(set_apart(first, "batch", query.bytes(1)));
      continue;
    }
    facts_ += batch->rows.size();
    auto& epoch = found_[batch->epoch];
    epoch.base = first - batch->first_seq.value;
    epoch.last_acked = first + batch->rows.size() - 1;
    epoch.ring_head = batch->chain_head;
  }
  return drop("DELETE FROM ring WHERE first_position = ?1", changed);
}

// Facts that no tree leads to any more. Pages that were given back still hold old ones: only what an epoch's row says
// is still queued counts.
base::Result<> Rebuild::find_strays(const std::filesystem::path& file) {
  return sqlite::scan_leaves(options_.vfs, file, 5, [this](const sqlite::LeafRow& row) -> base::Result<> {
    const auto* const canonical = std::get_if<base::Bytes>(&row.values[1]);
    const auto* const chain = std::get_if<base::Bytes>(&row.values[2]);
    const auto* const sum = std::get_if<std::int64_t>(&row.values[3]);
    if (canonical == nullptr || chain == nullptr || sum == nullptr || chain->size() != 32) return {};
    if (sum_of(*canonical) != static_cast<std::uint64_t>(*sum)) return {};
    const auto fact = wire::decode_fact(*canonical);
    if (!fact) return {};
    const auto epoch = std::ranges::find(epochs_, fact->stamp.epoch, &EpochState::epoch);
    if (epoch == epochs_.end() || fact->stamp.seq <= epoch->acked) return {};
    if (epoch->ended && fact->stamp.seq > epoch->head) return {};
    const auto* const notes = std::get_if<base::Bytes>(&row.values[4]);
    return db_.run("INSERT OR IGNORE INTO outbox(position, canonical, chain, sum, notes) VALUES(?1, ?2, ?3, ?4, ?5)",
                   epoch->position(fact->stamp.seq), *canonical, *chain, *sum,
                   notes == nullptr ? std::nullopt : std::optional{*notes});
  });
}

// Rows that hold are taken at their word; of the others everything follows from the facts, but for the link that leads
// to the first queued one when the ring does not end there. Every epoch has ended: the next start begins a new one.
base::Result<> Rebuild::rebuild_epochs() {
  for (const auto& [id, facts] : found_) {
    const auto known = std::ranges::find(epochs_, id, &EpochState::epoch);
    if (known != epochs_.end()) continue;
    EpochState epoch;
    epoch.epoch = id;
    epoch.base = facts.base;
    const auto before_queue = facts.last_queued == 0 ? facts.last_acked : facts.first_queued - 1;
    epoch.acked = {before_queue - facts.base};
    if (before_queue == facts.last_acked) epoch.acked_chain = facts.ring_head;
    epochs_.push_back(epoch);
  }
  std::ranges::sort(epochs_, {}, &EpochState::base);
  MILLPOND_TRY_DO(db_.execute("DELETE FROM epochs"));
  std::int64_t ordinal = 0;
  for (auto& epoch : epochs_) {
    epoch.ordinal = ordinal++;
    if (!epoch.ended) {
      const auto& facts = found_[epoch.epoch];
      epoch.head = std::max(epoch.acked, base::Seq{std::max(facts.last_queued, epoch.base) - epoch.base});
      epoch.ended = true;
    }
    MILLPOND_TRY_DO(put_epoch(db_, epoch));
  }
  return {};
}

base::Result<> Rebuild::rebuild_meta(std::uint64_t number) {
  const auto put = [this](std::string_view name, std::int64_t value) {
    return db_.run("INSERT OR REPLACE INTO meta(name, value) VALUES(?1, ?2)", name, value);
  };
  std::uint64_t last = 0;
  for (const auto* const sql :
       {"SELECT max(position) FROM outbox", "SELECT max(last_position) FROM ring", "SELECT max(position) FROM sales",
        "SELECT max(position) FROM deltas", "SELECT max(base + head) FROM epochs"}) {
    MILLPOND_TRY(const auto most, db_.query_integer(sql));
    last = std::max(last, static_cast<std::uint64_t>(most.value_or(0)));
  }
  // A replica that knows old positions must never see them again for other facts.
  const auto base = last == 0 ? number << 40U : last + position_margin;
  const auto reason = epochs_.empty() ? model::EpochReason::journal_lost : model::EpochReason::damaged;
  MILLPOND_TRY_DO(put("begin_base", static_cast<std::int64_t>(base)));
  MILLPOND_TRY_DO(put("begin_reason", static_cast<std::int64_t>(reason)));
  MILLPOND_TRY(const auto counter, db_.query_integer("SELECT value FROM meta WHERE name = 'id_counter'"));
  if (!counter) {
    MILLPOND_TRY(const auto used,
                 db_.query_integer("SELECT max(id & 16777215) FROM (SELECT member AS id FROM members UNION ALL "
                                   "SELECT coupon FROM coupons)"));
    if (used) MILLPOND_TRY_DO(put("id_counter", std::min<std::int64_t>(*used + counter_margin, base::id_counter_max)));
  }
  // Rights go with every new epoch, and the file is another one. Without a mark the next start goes through all facts
  // again and puts back the effects that the damage took from the tables.
  MILLPOND_TRY_DO(db_.execute("UPDATE coupons SET ordinal = -1; DELETE FROM meta WHERE name IN ('inode', 'settled')"));
  MILLPOND_TRY_DO(
      db_.run("INSERT OR IGNORE INTO meta(name, value) VALUES('brand', ?1)", base::to_hex(options_.owner.brand.bytes)));
  return db_.run("INSERT OR IGNORE INTO meta(name, value) VALUES('terminal', ?1)", options_.owner.terminal);
}

base::Result<std::uint64_t> Rebuild::run(std::uint64_t number) {
  MILLPOND_TRY(auto rows, read_epochs(db_));
  epochs_ = std::move(rows.whole);
  MILLPOND_TRY_DO(find_strays(options_.path));
  MILLPOND_TRY_DO(judge_outbox());
  MILLPOND_TRY_DO(judge_payloads());
  MILLPOND_TRY_DO(judge_ring());
  MILLPOND_TRY_DO(rebuild_epochs());
  MILLPOND_TRY_DO(rebuild_meta(number));
  return facts_;
}

base::Result<> copy_tables(sqlite::Connection& from, sqlite::Connection& to) {
  struct Table {
    const char* name;
    const char* key;
    bool integer;
  };
  for (const auto& table :
       {Table{"epochs", "ordinal", true}, Table{"meta", "name", false}, Table{"outbox", "position", true},
        Table{"payloads", "position", true}, Table{"ring", "first_position", true}, Table{"quarantine", "id", true},
        Table{"deltas", "member, position", false}, Table{"members", "member", false}, Table{"phones", "key", false},
        Table{"sales", "business_day, store, till, transaction_id", false}, Table{"coupons", "coupon", false},
        Table{"prints", "position", true}, Table{"reviews", "id", true}, Table{"documents", "kind", false},
        Table{"issuers", "issuer", false}}) {
    MILLPOND_TRY(const auto rows, sqlite::copy_readable_rows(from, to, table.name, table.key, table.integer));
    static_cast<void>(rows);
  }
  return {};
}

base::Result<> remove_database(const std::string& vfs, const std::filesystem::path& path) {
  for (const auto* suffix : {"", "-journal", "-wal"}) {
    MILLPOND_TRY_DO(sqlite::remove_file(vfs, beside(path, suffix)));
  }
  return {};
}

bool says_damaged(const base::Error& error) {
  return error.code == base::Code::store_corrupt || error.code == base::Code::internal;
}

// The damaged file as it is; nothing when not even its header holds.
base::Result<std::unique_ptr<sqlite::Connection>> open_remains(const JournalOptions& options) {
  auto from = sqlite::open_damaged({.path = options.path, .vfs = options.vfs});
  if (!from && says_damaged(from.error())) return std::unique_ptr<sqlite::Connection>{};
  return from;
}

// A copy of it under a schema that holds; nothing when what is then read is not this terminal's journal.
std::unique_ptr<sqlite::Connection> open_graft(const JournalOptions& options, const std::filesystem::path& graft) {
  auto from = sqlite::open_damaged({.path = graft, .vfs = options.vfs});
  if (!from) return {};
  const auto brand = (*from)->query_text("SELECT value FROM meta WHERE name = 'brand'");
  if (!brand || *brand != base::to_hex(options.owner.brand.bytes)) return {};
  return std::move(*from);
}

base::Result<std::uint64_t> fill(const JournalOptions& options, std::uint64_t number) {
  const auto path = new_file(options);
  const auto graft = beside(options.path, ".graft");
  MILLPOND_TRY_DO(remove_database(options.vfs, path));
  MILLPOND_TRY_DO(remove_database(options.vfs, graft));
  const auto open_new = [&]() -> base::Result<std::unique_ptr<sqlite::Connection>> {
    MILLPOND_TRY(auto db, sqlite::Connection::open({.path = path, .vfs = options.vfs}));
    MILLPOND_TRY_DO(configure(*db, Durability::safe));
    MILLPOND_TRY_DO(sqlite::migrate(*db, journal_schema));
    return db;
  };
  MILLPOND_TRY(auto to, open_new());
  MILLPOND_TRY(auto from, open_remains(options));
  bool holds = false;
  if (from) { MILLPOND_TRY(holds, sqlite::same_schema(*from, *to)); }
  if (!holds) {
    to.reset();
    MILLPOND_TRY_DO(sqlite::graft_schema(options.vfs, options.path, path, graft));
    MILLPOND_TRY(to, open_new());
    if (auto grafted = open_graft(options, graft)) from = std::move(grafted);
  }
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*to));
  if (from) MILLPOND_TRY_DO(copy_tables(*from, *to));
  MILLPOND_TRY(const auto facts, (Rebuild{*to, options}.run(number)));
  MILLPOND_TRY_DO(transaction.commit());
  from.reset();
  MILLPOND_TRY_DO(remove_database(options.vfs, graft));
  return facts;
}

}  // namespace

base::Result<> finish_salvage(const JournalOptions& options) {
  MILLPOND_TRY(const bool there, sqlite::file_exists(options.vfs, options.path));
  if (there) return {};
  MILLPOND_TRY(const bool made, sqlite::file_exists(options.vfs, new_file(options)));
  return made ? sqlite::rename_file(options.vfs, new_file(options), options.path) : base::Result<>{};
}

base::Result<std::uint64_t> salvage_journal(const JournalOptions& options) {
  MILLPOND_TRY(const auto number, number_aside(options));
  MILLPOND_TRY(const auto facts, fill(options, number));
  const auto aside = beside(options.path, ".damaged-" + std::to_string(number));
  // A rollback journal that still waits belongs to the old file and must never meet the new one.
  for (const auto* suffix : {"-journal", "-wal"}) {
    MILLPOND_TRY(const bool there, sqlite::file_exists(options.vfs, beside(options.path, suffix)));
    if (there) {
      MILLPOND_TRY_DO(sqlite::rename_file(options.vfs, beside(options.path, suffix), beside(aside, suffix)));
    }
  }
  MILLPOND_TRY_DO(sqlite::rename_file(options.vfs, options.path, aside));
  MILLPOND_TRY_DO(finish_salvage(options));
  MILLPOND_TRY_DO(sqlite::remove_file(options.vfs, beside(new_file(options), "-journal")));
  return facts;
}

base::Result<std::vector<std::string>> files_set_aside(const JournalOptions& options) {
  MILLPOND_TRY(const auto next, number_aside(options));
  std::vector<std::string> names;
  for (std::uint64_t number = 1; number < next; ++number) {
    names.push_back(options.path.filename().string() + ".damaged-" + std::to_string(number));
  }
  return names;
}

base::Result<> SqliteJournal::salvage() {
  db_.reset();
  MILLPOND_TRY(salvaged_, salvage_journal(options_));
  if (options_.vfs.empty()) options_.machine.inode = 0;  // of the file that was set aside
  return {};
}

}  // namespace millpond::store
