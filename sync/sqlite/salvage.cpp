// SPDX-License-Identifier: Apache-2.0
#include "sync/sqlite/salvage.h"

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
