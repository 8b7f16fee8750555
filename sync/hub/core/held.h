// SPDX-License-Identifier: Apache-2.0
// Held: one statement that a transaction uses for many facts. Taking it from the connection's cache each time costs as
// much as running it. Prepared at first use, reset after every use, so that nothing of it is pending at COMMIT. Private
// to this room; thread and lifetime of its connection.
#pragma once

#include "sync/sqlite/connection.h"

#include <optional>

namespace millpond::hub {

class Held {
 public:
  Held(sqlite::Connection& database, std::string_view sql) : database_{database}, sql_{sql} {}

  // Binds and runs to the end.
  template <class... Args>
  [[nodiscard]] base::Result<> run(const Args&... args) {
    MILLPOND_TRY_DO(ready());
    MILLPOND_TRY_DO(statement_->bind_in_place(args...));
    auto done = statement_->run();
    statement_->reset();
    return done;
  }

  // Binds, and hands the first row to `read` while it is valid. False when there is none.
  template <class Read, class... Args>
  [[nodiscard]] base::Result<bool> first(Read read, const Args&... args) {
    MILLPOND_TRY_DO(ready());
    MILLPOND_TRY_DO(statement_->bind_in_place(args...));
    auto found = statement_->step();
    if (found && *found) read(*statement_);
    statement_->reset();
    return found;
  }

  // Binds, and hands every row to `read` while it is valid.
  template <class Read, class... Args>
  [[nodiscard]] base::Result<> each(Read read, const Args&... args) {
    MILLPOND_TRY_DO(ready());
    MILLPOND_TRY_DO(statement_->bind(args...));
    auto found = statement_->step();
    for (; found && *found; found = statement_->step()) read(*statement_);
    statement_->reset();
    return found ? base::Result<>{} : found.error();
  }

  // The first column of the first row.
  template <class... Args>
  [[nodiscard]] base::Result<std::optional<std::int64_t>> integer(const Args&... args) {
    std::optional<std::int64_t> value;
    MILLPOND_TRY_DO(first([&](const sqlite::Statement& row) { value = row.integer(0); }, args...));
    return value;
  }

 private:
  [[nodiscard]] base::Result<> ready() {
    if (statement_) return {};
    MILLPOND_TRY(auto prepared, database_.prepare(sql_));
    statement_.emplace(std::move(prepared));
    return {};
  }

  sqlite::Connection& database_;
  std::string_view sql_;
  std::optional<sqlite::Statement> statement_;
};

}  // namespace millpond::hub
