// SPDX-License-Identifier: Apache-2.0
// What a file knows about itself: state, rows that are ahead of it, marks of terminals, and whether it is whole.
#include "sync/snapshot/guard.h"
#include "sync/snapshot/tables.h"

namespace millpond::snapshot {
namespace {

using base::Bytes;
using base::Code;
using base::Error;

constexpr std::string_view state_key = "state";

Bytes content_of(const State& state) {
  Bytes content;
  for (const auto value : {state.cursor.generation, state.cursor.hub_seq, state.cursor.scoped_seq,
                           static_cast<std::uint64_t>(state.as_of_ms), std::uint64_t{state.complete ? 1U : 0U},
                           state.members.count, state.members.checksum, state.as_of_position}) {
    base::append_big_endian(content, value, 8);
  }
  return content;
}

Bytes content_of(const base::EpochMark& mark) {
  Bytes content;
  base::append_big_endian(content, mark.epoch.value, 4);
  base::append_big_endian(content, mark.through.value, 8);
  return content;
}

// Type, name and words of everything that a file defines.
base::Result<std::string> definitions(sqlite::Connection& db) {
  MILLPOND_TRY(auto query, db.prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name"));
  std::string all;
  for (;;) {
    MILLPOND_TRY(const bool found, query.step());
    if (!found) return all;
    for (const int column : {0, 1, 2}) all.append(query.text(column)).push_back('\n');
  }
}

base::Result<std::string> make_definitions() {
  MILLPOND_TRY(const auto db, sqlite::Connection::open({.path = ":memory:"}));
  for (const auto step : schema) MILLPOND_TRY_DO(db->execute(step));
  return definitions(*db);
}

// Our own words, as SQLite keeps them; the same in every file.
const base::Result<std::string>& expected_definitions() {
  static const auto made = make_definitions();
  return made;
}

// A guard is the low half of its row's share of the sum, so that lost and foreign rows show without a hash.
base::Result<> check_members(sqlite::Connection& db) {
  MILLPOND_TRY(const auto state, load_state(db));
  MILLPOND_TRY(auto query, db.prepare("SELECT count(*), sum(guard) FROM members"));
  MILLPOND_TRY(const bool found, query.step());
  const auto sum = static_cast<std::uint32_t>(query.unsigned_integer(1));
  if (found && query.unsigned_integer(0) == state.members.count &&
      sum == static_cast<std::uint32_t>(state.members.checksum)) {
    return {};
  }
  return Error{Code::store_corrupt, "check file", "members were lost", db.path().string()};
}

}  // namespace

base::Result<State> load_state(sqlite::Connection& db) {
  MILLPOND_TRY(auto query, db.prepare("SELECT guard, generation, hub_seq, scoped_seq, as_of_ms, complete, "
                                      "member_count, member_sum, as_of_position FROM state"));
  MILLPOND_TRY(const bool found, query.step());
  State state;
  if (!found) return state;
  state.cursor = {query.unsigned_integer(1), query.unsigned_integer(2), query.unsigned_integer(3)};
  state.as_of_ms = query.integer(4);
  state.complete = query.integer(5) != 0;
  state.members = {query.unsigned_integer(6), query.unsigned_integer(7)};
  state.as_of_position = query.unsigned_integer(8);
  MILLPOND_TRY_DO(check_guard(db, query.integer(0), base::view_of(state_key), content_of(state)));
  return state;
}

base::Result<> save_state(sqlite::Connection& db, const State& state) {
  return db.run(
      "INSERT OR REPLACE INTO state(id, guard, generation, hub_seq, scoped_seq, as_of_ms, complete, member_count, "
      "member_sum, as_of_position) VALUES(1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      guard_of(base::view_of(state_key), content_of(state)), state.cursor.generation, state.cursor.hub_seq,
      state.cursor.scoped_seq, state.as_of_ms, state.complete, state.members.count, state.members.checksum,
      state.as_of_position);
}

base::Result<> put_ahead(sqlite::Connection& db, std::uint64_t member, std::uint64_t position) {
  return db.run("INSERT OR REPLACE INTO ahead(member, guard, position) VALUES(?1, ?2, ?3)", member,
                guard_of(big_endian(member), big_endian(position)), position);
}

base::Result<std::uint64_t> read_ahead(sqlite::Connection& db, std::uint64_t member) {
  MILLPOND_TRY(auto query, db.prepare("SELECT guard, position FROM ahead WHERE member = ?1"));
  MILLPOND_TRY_DO(query.bind(member));
  MILLPOND_TRY(const bool found, query.step());
  if (!found) return std::uint64_t{0};
  const auto position = query.unsigned_integer(1);
  MILLPOND_TRY_DO(check_guard(db, query.integer(0), big_endian(member), big_endian(position)));
  return position;
}

base::Result<> add_mark(sqlite::Connection& db, base::TerminalId terminal, std::uint32_t ordinal,
                        base::EpochMark projected) {
  return db.run("INSERT INTO marks(terminal, ordinal, epoch, projected, guard) VALUES(?1, ?2, ?3, ?4, ?5)", terminal,
                ordinal, projected.epoch, projected.through,
                guard_of(big_endian(std::uint64_t{terminal.value} << 32 | ordinal), content_of(projected)));
}

base::Result<std::vector<base::EpochMark>> read_marks(sqlite::Connection& db, base::TerminalId terminal) {
  MILLPOND_TRY(auto query, db.prepare("SELECT guard, ordinal, epoch, projected FROM marks WHERE terminal = ?1 "
                                      "ORDER BY ordinal"));
  MILLPOND_TRY_DO(query.bind(terminal));
  std::vector<base::EpochMark> marks;
  for (;;) {
    MILLPOND_TRY(const bool found, query.step());
    if (!found) return marks;
    const auto key = big_endian(std::uint64_t{terminal.value} << 32 | query.unsigned_integer(1));
    marks.push_back({{static_cast<std::uint32_t>(query.integer(2))}, {query.unsigned_integer(3)}});
    MILLPOND_TRY_DO(check_guard(db, query.integer(0), key, content_of(marks.back())));
  }
}

base::Result<> check_file(sqlite::Connection& db) {
  const auto file = db.path().string();
  MILLPOND_TRY(const auto version, db.query_integer("PRAGMA user_version"));
  if (version.value_or(0) > schema_version) {
    return Error{Code::store_newer, "check file", "version " + std::to_string(*version), file};
  }
  MILLPOND_TRY(const auto expected, expected_definitions());
  MILLPOND_TRY(const auto found, definitions(db));
  if (version.value_or(0) != schema_version || found != expected) {
    return Error{Code::store_corrupt, "check file", "tables of another form", file};
  }
  MILLPOND_TRY(const auto whole, db.query_text("PRAGMA quick_check(1)"));
  if (whole != "ok") return Error{Code::store_corrupt, "check file", whole.value_or(""), file};
  return check_members(db);
}

base::Result<> check_rows(sqlite::Connection& db) {
  for (const auto* const numbered :
       {"SELECT guard, body, member FROM members", "SELECT guard, body, coupon FROM coupons",
        "SELECT guard, body, member FROM profiles"}) {
    MILLPOND_TRY(auto query, db.prepare(numbered));
    for (;;) {
      MILLPOND_TRY(const bool found, query.step());
      if (!found) break;
      MILLPOND_TRY_DO(check_guard(db, query.integer(0), big_endian(query.unsigned_integer(2)), query.bytes(1)));
    }
  }
  MILLPOND_TRY(auto phone, db.prepare("SELECT guard, key, member FROM phones"));
  for (;;) {
    MILLPOND_TRY(const bool found, phone.step());
    if (!found) break;
    MILLPOND_TRY_DO(check_guard(db, phone.integer(0), phone.bytes(1), big_endian(phone.unsigned_integer(2))));
  }
  MILLPOND_TRY(auto other, db.prepare("SELECT guard, key, body FROM others"));
  for (;;) {
    MILLPOND_TRY(const bool found, other.step());
    if (!found) return {};
    MILLPOND_TRY_DO(check_guard(db, other.integer(0), other.bytes(1), other.bytes(2)));
  }
}

}  // namespace millpond::snapshot
