// SPDX-License-Identifier: Apache-2.0
// Connection and Statement: SQLite with owners, types and Results. Not an object mapper and not a query builder; SQL is
// written where it is used. One connection belongs to one thread at a time; a Statement must not outlive its Connection
// and is used on the same thread. Durability is what the connection's PRAGMAs say.
//
// Errors of every call: disk_full, disk_error, store_locked, store_corrupt, permission_denied, bad_input (a
// constraint), too_large, internal; `detail` holds SQLite's own words and `hint` the file and what to do about it.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <concepts>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

struct sqlite3;
struct sqlite3_stmt;

namespace millpond::sqlite {

class Connection;

struct Prepared;  // a statement of the connection's cache

// A prepared statement, borrowed from the connection's cache and given back, reset, when this goes.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Binds ?1, ?2, ... in order: integers, ids, enums, bool, text, bytes, optionals of these, std::nullopt. Copies.
  template <class... Args>
  [[nodiscard]] base::Result<> bind(const Args&... args) {
    return bind_all(Keeps::copies, args...);
  }
  // The same without copies of text and bytes, which must stay where they are until the statement was reset.
  template <class... Args>
  [[nodiscard]] base::Result<> bind_in_place(const Args&... args) {
    return bind_all(Keeps::place, args...);
  }

  // True while there is a row. Blocks for the disk where the statement writes.
  [[nodiscard]] base::Result<bool> step();
  // Steps to the end and ignores rows.
  [[nodiscard]] base::Result<> run();
  // Ready to be bound and stepped again.
  void reset();

  // Columns of the current row, from 0. Views end with the next step, reset or the statement. NULL reads as 0 or empty.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t unsigned_integer(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  [[nodiscard]] base::ByteView bytes(int column) const;
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  // A column that must hold exactly the array's size; store_corrupt otherwise.
  template <std::size_t size>
  [[nodiscard]] base::Result<std::array<std::uint8_t, size>> array(int column) const {
    const auto view = bytes(column);
    std::array<std::uint8_t, size> out{};
    if (view.size() != size) return wrong_size();
    std::copy(view.begin(), view.end(), out.begin());
    return out;
  }

 private:
  friend class Connection;
  friend class RowCopy;
  enum class Keeps : std::uint8_t { copies, place };
  // cached: null for a statement that the cache did not take.
  Statement(Connection* owner, sqlite3_stmt* handle, Prepared* cached)
      : owner_{owner}, handle_{handle}, cached_{cached} {}

  template <class... Args>
  [[nodiscard]] base::Result<> bind_all([[maybe_unused]] Keeps keeps, const Args&... args) {
    int index = 0;
    base::Result<> result;
    static_cast<void>(((result = bind_value(keeps, ++index, args), static_cast<bool>(result)) && ...));
    return result;
  }

  [[nodiscard]] base::Result<> bind_integer(int index, std::int64_t value);
  [[nodiscard]] base::Result<> bind_text(Keeps keeps, int index, std::string_view value);
  [[nodiscard]] base::Result<> bind_bytes(Keeps keeps, int index, base::ByteView value);
  [[nodiscard]] base::Result<> bind_null(int index);
  [[nodiscard]] base::Error wrong_size() const;

  template <class T>
  [[nodiscard]] base::Result<> bind_value([[maybe_unused]] Keeps keeps, int index, const T& value) {
    if constexpr (std::is_enum_v<T>)
      return bind_integer(index, static_cast<std::int64_t>(value));
    else if constexpr (std::integral<T>)
      return bind_integer(index, static_cast<std::int64_t>(value));
    else if constexpr (std::convertible_to<T, std::string_view>)
      return bind_text(keeps, index, value);
    else {
      static_assert(std::convertible_to<T, base::ByteView>, "no column type for this argument");
      return bind_bytes(keeps, index, value);
    }
  }
  template <class T>
  [[nodiscard]] base::Result<> bind_value(Keeps keeps, int index, const std::optional<T>& value) {
    return value ? bind_value(keeps, index, *value) : bind_null(index);
  }
  template <class Tag, class Rep>
  [[nodiscard]] base::Result<> bind_value(Keeps, int index, const base::Id<Tag, Rep>& id) {
    return bind_integer(index, static_cast<std::int64_t>(id.value));
  }
  [[nodiscard]] base::Result<> bind_value(Keeps, int index, std::nullopt_t) { return bind_null(index); }

  Connection* owner_;
  sqlite3_stmt* handle_;
  Prepared* cached_;
};

struct OpenOptions {
  std::filesystem::path path;
  std::string vfs{};       // SQLite VFS by name; empty: the system's
  bool create{true};       // not_found when false and there is no file
  int busy_timeout_ms{0};  // how long a call waits for another holder of the file's lock
  // With journal_mode PERSIST: after a disk error the next Transaction begins only when the end of the last one is on
  // the disk (end_rollback_journal() of file.h), because the journal's file is used again.
  bool rollback_journal_stays{};
  const std::atomic<bool>* cancelled{};  // once true, statements under way and later ones fail; outlives the connection
};

class Connection {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<Connection>> open(const OpenOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs one or several statements without parameters and ignores their rows.
  [[nodiscard]] base::Result<> execute(std::string_view sql);
  // Prepares one statement, or takes it from the cache when the same text was prepared before and is not in use.
  [[nodiscard]] base::Result<Statement> prepare(std::string_view sql);

  // Prepares, binds and runs to the end.
  template <class... Args>
  [[nodiscard]] base::Result<> run(std::string_view sql, const Args&... args) {
    MILLPOND_TRY(auto statement, prepare(sql));
    MILLPOND_TRY_DO(statement.bind_in_place(args...));
    return statement.run();
  }
  // The first column of the first row; nothing without a row or for NULL.
  template <class... Args>
  [[nodiscard]] base::Result<std::optional<std::int64_t>> query_integer(std::string_view sql, const Args&... args) {
    MILLPOND_TRY(auto statement, prepare(sql));
    MILLPOND_TRY_DO(statement.bind_in_place(args...));
    MILLPOND_TRY(const bool row, statement.step());
    if (!row || statement.is_null(0)) return std::optional<std::int64_t>{};
    return std::optional{statement.integer(0)};
  }
  template <class... Args>
  [[nodiscard]] base::Result<std::optional<std::string>> query_text(std::string_view sql, const Args&... args) {
    MILLPOND_TRY(auto statement, prepare(sql));
    MILLPOND_TRY_DO(statement.bind_in_place(args...));
    MILLPOND_TRY(const bool row, statement.step());
    if (!row || statement.is_null(0)) return std::optional<std::string>{};
    return std::optional{std::string{statement.text(0)}};
  }

  [[nodiscard]] bool in_transaction() const;   // false too after SQLite rolled back by itself (disk full, I/O error)
  [[nodiscard]] std::int64_t changes() const;  // rows of the last INSERT, UPDATE or DELETE
  [[nodiscard]] bool met_damage() const;       // a call found that the file is no whole database
  [[nodiscard]] const std::filesystem::path& path() const;

 private:
  friend class Statement;
  friend class Backup;
  friend class Transaction;
  struct State;
  [[nodiscard]] sqlite3* native() const;  // for the rest of this room
  explicit Connection(std::unique_ptr<State> state);
  [[nodiscard]] base::Error error(int code, std::string_view operation) const;
  [[nodiscard]] base::Result<> end_last_transaction();  // where a disk error may have kept its end from the disk

  std::unique_ptr<State> state_;
};

}  // namespace millpond::sqlite
