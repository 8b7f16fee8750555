// SPDX-License-Identifier: Apache-2.0
// Rows beside facts that hold personal data: sealed payloads and look-up hashes of phones. What goes of them is
// overwritten. The journal's connection, transaction and thread. Inside `store` only.
#pragma once

#include "sync/sqlite/connection.h"
#include "sync/wire/messages.h"

namespace millpond::store {

// Payloads of a range of positions, asked for once and in order. (journal_outbox.cpp)
class Payloads {
 public:
  [[nodiscard]] static base::Result<Payloads> begin(sqlite::Connection& db, std::uint64_t first, std::uint64_t last);
  // Positions ascend from call to call.
  [[nodiscard]] base::Result<> attach(std::uint64_t position, wire::Row& row);

 private:
  Payloads(sqlite::Statement query, bool row) : query_{std::move(query)}, row_{row} {}
  sqlite::Statement query_;
  bool row_;
};

// Makes a change whose deleted rows and freed pages are filled with zeros. Not for every delete: a queue that goes to
// the ring frees many pages, and holds nothing personal.
template <class Change>
[[nodiscard]] base::Result<> overwriting(sqlite::Connection& db, const Change& change) {
  MILLPOND_TRY_DO(db.execute("PRAGMA secure_delete = ON"));
  base::Result<> changed = change();
  MILLPOND_TRY_DO(db.execute("PRAGMA secure_delete = OFF"));
  return changed;
}

}  // namespace millpond::store
