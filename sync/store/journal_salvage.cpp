// SPDX-License-Identifier: Apache-2.0
// Files of a salvage: what is copied into which, and in which order they take each other's names.
#include "sync/sqlite/file.h"
#include "sync/sqlite/migrate.h"
#include "sync/sqlite/salvage.h"
#include "sync/store/rebuild.h"
#include "sync/store/salvage.h"
#include "sync/store/schema.h"
#include "sync/store/sqlite_journal.h"

namespace millpond::store {
namespace {

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

base::Result<> copy_tables(sqlite::Connection& from, sqlite::Connection& to) {
  struct Table {
    const char* name;
    const char* key;
    bool integer;
  };
  for (const auto& table : {Table{"epochs", "ordinal", true},
                            Table{"meta", "name", false},
                            Table{"outbox", "position", true},
                            Table{"payloads", "position", true},
                            Table{"ring", "first_position", true},
                            Table{"quarantine", "id", true},
                            Table{"deltas", "member, position", false},
                            Table{"gifts", "member, position", false},
                            Table{"members", "member", false},
                            Table{"phones", "key", false},
                            Table{"sales", "business_day, store, till, transaction_id", false},
                            Table{"coupons", "coupon", false},
                            Table{"coupon_uses", "coupon", true},
                            Table{"lease_uses", "position", true},
                            Table{"prints", "position", true},
                            Table{"reviews", "id", true},
                            Table{"documents", "kind", false},
                            Table{"issuers", "issuer", false},
                            Table{"holds", "id", true},
                            Table{"refunds", "business_day, store, till, transaction_id", false}}) {
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
  return error.code == base::Code::store_corrupt || error.code == base::Code::internal ||
         error.code == base::Code::too_large;  // a length that was changed
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
    MILLPOND_TRY_DO(configure(*db, Durability::safe, options.cache_kib));
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

base::Result<> remove_set_aside(const JournalOptions& options) {
  MILLPOND_TRY(const auto next, number_aside(options));
  for (auto number = next - 1; number > 0; --number) {
    const auto aside = beside(options.path, ".damaged-" + std::to_string(number));
    // The name that is looked for goes last.
    for (const auto* suffix : {"-journal", "-wal", ""}) {
      MILLPOND_TRY_DO(sqlite::remove_file(options.vfs, beside(aside, suffix)));
    }
  }
  return {};
}

// They hold what is beside facts of people whom this machine is told to forget. From when the last one was first seen
// here for as long as the ring: what a hub may still be refilled with is worth a look until then.
base::Result<> SqliteJournal::forget_set_aside(std::int64_t before_ms) {
  MILLPOND_TRY(const auto names, files_set_aside(options_));
  const auto count = static_cast<std::int64_t>(names.size());
  MILLPOND_TRY(const auto known, meta("aside_count"));
  if (count == 0 && known == 0) return {};
  if (count < known) MILLPOND_TRY_DO(put_meta("aside_closed", 0));  // numbers begin anew
  if (count != known) {
    MILLPOND_TRY_DO(put_meta("aside_since_ms", ring_.hub_ms));
    return put_meta("aside_count", count);
  }
  MILLPOND_TRY(const auto since_ms, meta("aside_since_ms"));
  if (since_ms >= before_ms) return {};
  MILLPOND_TRY_DO(remove_set_aside(options_));
  MILLPOND_TRY_DO(put_meta("aside_closed", 0));
  return put_meta("aside_count", 0);
}

base::Result<> SqliteJournal::salvage() {
  db_.reset();
  MILLPOND_TRY(salvaged_, salvage_journal(options_));
  if (options_.vfs.empty()) options_.machine.inode = 0;  // of the file that was set aside
  return {};
}

}  // namespace millpond::store
