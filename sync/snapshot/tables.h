// SPDX-License-Identifier: Apache-2.0
// Tables: what a replica and a snapshot have in common, so that one becomes the other by a rename. Bodies of rows are
// kept verbatim beside an integer key, because the checkpoint's sum is over them and a later hub may put more into
// them. Every row has a guard: 32 bits over key and content that tell a row which changed on the disk before it is
// used. Free functions over somebody's connection, inside that one's transaction; durability and thread are the
// caller's. Error of every reading call: store_corrupt for a row that changed.
#pragma once

#include "sync/sqlite/connection.h"
#include "sync/wire/messages.h"

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace millpond::snapshot {

inline constexpr std::uint32_t schema_version = 1;  // the file's user_version, the manifest's schema

// Rows for everyone that a terminal keeps in its journal and not in its replica, because value or trust depends on
// them.
inline constexpr std::array journal_kinds{wire::RowKind::programme, wire::RowKind::issuer, wire::RowKind::hub_key,
                                          wire::RowKind::hub_address, wire::RowKind::app_cards};

// Step i makes version i + 1 (sqlite::migrate). Never edited once released.
inline constexpr std::array<std::string_view, schema_version> schema{R"sql(
CREATE TABLE state(
  id INTEGER PRIMARY KEY CHECK(id = 1), generation INTEGER NOT NULL, hub_seq INTEGER NOT NULL,
  scoped_seq INTEGER NOT NULL, as_of_ms INTEGER NOT NULL, complete INTEGER NOT NULL, member_count INTEGER NOT NULL,
  member_sum INTEGER NOT NULL, as_of_position INTEGER NOT NULL, guard INTEGER NOT NULL) STRICT;
CREATE TABLE members(member INTEGER PRIMARY KEY, guard INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE ahead(member INTEGER PRIMARY KEY, guard INTEGER NOT NULL, position INTEGER NOT NULL) STRICT;
CREATE TABLE coupons(
  coupon INTEGER PRIMARY KEY, member INTEGER NOT NULL, guard INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE profiles(member INTEGER PRIMARY KEY, guard INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE phones(key BLOB PRIMARY KEY, guard INTEGER NOT NULL, member INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE others(
  kind INTEGER NOT NULL, key BLOB NOT NULL, guard INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
CREATE TABLE marks(
  terminal INTEGER NOT NULL, ordinal INTEGER NOT NULL, epoch INTEGER NOT NULL, projected INTEGER NOT NULL,
  guard INTEGER NOT NULL, PRIMARY KEY(terminal, ordinal)) STRICT, WITHOUT ROWID;
CREATE INDEX coupons_member ON coupons(member);
)sql"};

// The one row of table `state`.
struct State {
  wire::DownCursor cursor;
  std::int64_t as_of_ms{};         // hub time of what was applied last
  bool complete{};                 // a checkpoint was reached in this generation
  wire::Checkpoint members;        // running count and sum
  std::uint64_t as_of_position{};  // every member row includes this terminal's facts through here
  friend bool operator==(const State&, const State&) = default;
};
[[nodiscard]] base::Result<State> load_state(sqlite::Connection& db);  // of a new file: zeros
[[nodiscard]] base::Result<> save_state(sqlite::Connection& db, const State& state);

// Writes a row in place of the one that has its key, and keeps count and sum of member rows. Errors: bad_input when key
// or body are not what the kind has. A kind that is not known is kept as it is.
[[nodiscard]] base::Result<> put_row(sqlite::Connection& db, State& state, const wire::DownRow& row);
// The same where no row can have the key yet; bad_input when one has. Does not look, so it is quicker.
[[nodiscard]] base::Result<> add_row(sqlite::Connection& db, State& state, std::uint8_t kind, base::ByteView key,
                                     base::ByteView body);
// No such row is success.
[[nodiscard]] base::Result<> remove_row(sqlite::Connection& db, State& state, std::uint8_t kind, base::ByteView key);

// Bodies as they came. Member, coupon and profile by their id.
[[nodiscard]] base::Result<std::optional<base::Bytes>> read_row(sqlite::Connection& db, wire::RowKind kind,
                                                                std::uint64_t id);
[[nodiscard]] base::Result<std::vector<wire::CouponRow>> read_coupons_of(sqlite::Connection& db, base::MemberId member);
[[nodiscard]] base::Result<std::optional<base::MemberId>> read_phone(sqlite::Connection& db, base::ByteView key16);
[[nodiscard]] base::Result<std::vector<wire::DownRow>> read_others(sqlite::Connection& db, wire::RowKind kind);

// Member rows that include more of this terminal's facts than state.as_of_position says; 0 for the others.
[[nodiscard]] base::Result<> put_ahead(sqlite::Connection& db, std::uint64_t member, std::uint64_t position);
[[nodiscard]] base::Result<std::uint64_t> read_ahead(sqlite::Connection& db, std::uint64_t member);

// Per terminal, oldest epoch first: through where the rows include it. Snapshots only.
[[nodiscard]] base::Result<> add_mark(sqlite::Connection& db, base::TerminalId terminal, std::uint32_t ordinal,
                                      base::EpochMark projected);
[[nodiscard]] base::Result<std::vector<base::EpochMark>> read_marks(sqlite::Connection& db, base::TerminalId terminal);

// Whether the file has exactly these tables, pages that hang together, and as many members as its state says. Reads
// every page. Errors: store_corrupt, store_newer.
[[nodiscard]] base::Result<> check_file(sqlite::Connection& db);
// Whether every row is the one that was written, under its own key: one that moved to another key is missed by nobody
// who asks for it. Hashes every row: with it, a replica of 1,100,000 rows opens in 1.3 s (row bootstrap.open). Error:
// store_corrupt.
[[nodiscard]] base::Result<> check_rows(sqlite::Connection& db);

}  // namespace millpond::snapshot
