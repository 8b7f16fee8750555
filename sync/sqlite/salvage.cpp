// SPDX-License-Identifier: Apache-2.0
#include "sync/sqlite/salvage.h"

#include "sync/sqlite/file.h"

#include <algorithm>
#include <set>
#include <sqlite3.h>

namespace millpond::sqlite {
namespace {

constexpr std::int64_t single_reads_max = 100'000;  // of one table: about a second

base::Result<std::string> columns_of(Connection& db, std::string_view table) {
  MILLPOND_TRY(auto query, db.prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid"));
  MILLPOND_TRY_DO(query.bind(table));
  std::string list;
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return list;
    if (!list.empty()) list += ", ";
    list += query.text(0);
  }
}

std::string questions(std::string_view columns) {
  std::string marks{"?"};
  for (const char c : columns) {
    if (c == ',') marks += ", ?";
  }
  return marks;
}

}  // namespace

// One table on its way.
class RowCopy {
 public:
  RowCopy(Statement& insert, std::uint64_t& copied) : insert_{insert}, copied_{copied} {}

  // Until the end or the damage; `last` is the integer in the last column of the last row. True at the end.
  base::Result<bool> pass(Statement& query, std::optional<std::int64_t>& last) {
    for (;;) {
      const auto row = query.step();
      if (!row) return false;
      if (!*row) return true;
      const int columns = sqlite3_column_count(query.handle_) - 1;
      last = query.integer(columns);
      MILLPOND_TRY_DO(put(query, columns));
    }
  }

 private:
  base::Result<> put(Statement& query, int columns) {
    insert_.reset();
    for (int i = 0; i < columns; ++i) {
      if (sqlite3_bind_value(insert_.handle_, i + 1, sqlite3_column_value(query.handle_, i)) != SQLITE_OK) return {};
    }
    const auto done = insert_.run();
    // A value that is not what its column takes was changed on the disk.
    if (!done && done.error().code != base::Code::bad_input) return done;
    if (done) copied_ += static_cast<std::uint64_t>(insert_.owner_->changes());
    return {};
  }

  Statement& insert_;
  std::uint64_t& copied_;
};

base::Result<std::unique_ptr<Connection>> open_damaged(const OpenOptions& options) {
  auto existing = options;
  existing.create = false;
  MILLPOND_TRY(auto db, Connection::open(existing));
  MILLPOND_TRY_DO(
      db->execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;"
                  "PRAGMA writable_schema = ON"));
  MILLPOND_TRY(const auto entries, db->query_integer("SELECT count(*) FROM sqlite_schema"));
  if (entries.value_or(0) == 0) {
    return base::Error{base::Code::store_corrupt, "open damaged file", "no schema", options.path.string()};
  }
  return db;
}

base::Result<std::string> schema_words(Connection& db) {
  MILLPOND_TRY(auto words, db.query_text("SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema "
                                         "ORDER BY name)"));
  return std::move(words).value_or("");
}

namespace {

// One text a column, ascending.
base::Result<std::vector<std::string>> columns_of(Connection& db) {
  MILLPOND_TRY(auto row,
               db.prepare("SELECT m.name || '.' || p.name || ' ' || p.type || ' ' || p.\"notnull\" || ' ' || p.pk "
                          "FROM sqlite_schema m, pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY 1"));
  std::vector<std::string> columns;
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return columns;
    columns.emplace_back(row.text(0));
  }
}

}  // namespace

base::Result<bool> has_columns(Connection& db, Connection& of) {
  MILLPOND_TRY(auto expected, columns_of(of));
  auto found = columns_of(db);
  if (!found) return false;
  std::ranges::sort(expected);
  std::ranges::sort(*found);
  return std::ranges::includes(*found, expected);
}

base::Result<bool> same_schema(Connection& damaged, Connection& other) {
  MILLPOND_TRY(const auto expected, schema_words(other));
  const auto found = schema_words(damaged);
  return found && *found == expected;
}

namespace {

constexpr std::uint64_t page_bytes = 4'096;

base::Result<> copy_bytes(const std::string& vfs, const std::filesystem::path& from, const std::filesystem::path& to) {
  MILLPOND_TRY(const auto source, File::open(vfs, from, FileUse::read));
  MILLPOND_TRY(const auto target, File::open(vfs, to, FileUse::write));
  MILLPOND_TRY(const auto size, source->size());
  base::Bytes piece(1U << 20);
  for (std::uint64_t at = 0; at < size; at += piece.size()) {
    piece.resize(std::min<std::uint64_t>(piece.size(), size - at));
    MILLPOND_TRY_DO(source->read(at, piece));
    MILLPOND_TRY_DO(target->write(at, piece));
  }
  return {};
}

base::Result<std::set<std::uint64_t>> root_pages(const std::string& vfs, const std::filesystem::path& path) {
  MILLPOND_TRY(const auto db, Connection::open({.path = path, .vfs = vfs, .create = false}));
  MILLPOND_TRY_DO(db->execute("PRAGMA locking_mode = EXCLUSIVE"));
  MILLPOND_TRY(auto query, db->prepare("SELECT rootpage FROM sqlite_schema WHERE rootpage > 1"));
  std::set<std::uint64_t> roots{2};  // the page of page owners, which salvage does not need
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return roots;
    roots.insert(query.unsigned_integer(0));
  }
}

}  // namespace

base::Result<> graft_schema(const std::string& vfs, const std::filesystem::path& damaged,
                            const std::filesystem::path& donor, const std::filesystem::path& result) {
  MILLPOND_TRY(const auto roots, root_pages(vfs, donor));
  MILLPOND_TRY_DO(copy_bytes(vfs, damaged, result));
  auto log = damaged;
  log += "-wal";
  MILLPOND_TRY(const bool logged, file_exists(vfs, log));
  if (logged) {
    auto copy = result;
    copy += "-wal";
    MILLPOND_TRY_DO(copy_bytes(vfs, log, copy));
  }
  MILLPOND_TRY(const auto source, File::open(vfs, donor, FileUse::read));
  MILLPOND_TRY(const auto target, File::open(vfs, result, FileUse::write));
  MILLPOND_TRY(const auto donor_bytes, source->size());
  MILLPOND_TRY(const auto target_bytes, target->size());
  for (std::uint64_t page = 1; page * page_bytes <= donor_bytes; ++page) {
    if (roots.contains(page)) continue;
    base::Bytes content(page_bytes);
    MILLPOND_TRY_DO(source->read((page - 1) * page_bytes, content));
    if (page == 1) {
      // Size in pages, then no free pages: offsets 28, 32 and 36 of SQLite's file format.
      base::Bytes counts;
      base::append_big_endian(counts, std::max(target_bytes, donor_bytes) / page_bytes, 4);
      base::append_big_endian(counts, 0, 8);
      std::copy(counts.begin(), counts.end(), content.begin() + 28);
    }
    MILLPOND_TRY_DO(target->write((page - 1) * page_bytes, content));
  }
  return target->sync();
}

base::Result<std::uint64_t> copy_readable_rows(Connection& from, Connection& to, std::string_view table,
                                               std::string_view key, bool integer_key) {
  MILLPOND_TRY(const auto columns, columns_of(to, table));
  const std::string name{table};
  const auto select = "SELECT " + columns + ", " + (integer_key ? std::string{key} : "0") + " FROM " + name;
  MILLPOND_TRY(auto insert,
               to.prepare("INSERT OR IGNORE INTO " + name + "(" + columns + ") VALUES(" + questions(columns) + ")"));
  std::uint64_t copied = 0;
  RowCopy copy{insert, copied};
  std::optional<std::int64_t> low;
  std::optional<std::int64_t> high;
  if (auto forward = from.prepare(select + " ORDER BY " + std::string{key})) {
    MILLPOND_TRY(const bool all, copy.pass(*forward, low));
    if (all) return copied;
  }
  std::string backward_order{key};
  for (auto comma = backward_order.find(','); comma != std::string::npos; comma = backward_order.find(',', comma + 6)) {
    backward_order.insert(comma, " DESC");
  }
  if (auto backward = from.prepare(select + " ORDER BY " + backward_order + " DESC")) {
    MILLPOND_TRY(const bool all, copy.pass(*backward, high));
    if (all) return copied;
  }
  if (!integer_key || !low || !high) return copied;
  auto single = from.prepare(select + " WHERE " + std::string{key} + " = ?");
  if (!single) return copied;
  std::optional<std::int64_t> ignored;
  for (auto value = *low + 1; value < *high && value - *low < single_reads_max; ++value) {
    single->reset();
    if (!single->bind(value)) break;
    MILLPOND_TRY(const bool all, copy.pass(*single, ignored));
    static_cast<void>(all);
  }
  return copied;
}

}  // namespace millpond::sqlite
