// SPDX-License-Identifier: Apache-2.0
#include "sync/snapshot/tables.h"

#include "sync/snapshot/guard.h"

#include <algorithm>

namespace millpond::snapshot {
namespace {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::Error;
using wire::RowKind;

Error bad_row(const char* detail) { return {Code::bad_input, "keep row", detail}; }

// How a kind is looked up.
struct Keys {
  std::uint64_t id{};      // member, coupon, profile
  std::uint64_t member{};  // coupon, phone
};

base::Result<std::uint64_t> id_of(ByteView key) {
  if (key.size() != 8) return bad_row("a key of another length");
  return base::read_big_endian(key);
}

base::Result<Keys> keys_of(RowKind kind, ByteView key, ByteView body) {
  if (kind == RowKind::phone) {
    if (key.size() != 16 || body.size() != 8) return bad_row("a phone row of another length");
    return Keys{0, base::read_big_endian(body)};
  }
  if (kind != RowKind::member && kind != RowKind::coupon && kind != RowKind::profile) return Keys{};
  MILLPOND_TRY(const auto id, id_of(key));
  Keys keys{id, 0};
  std::uint64_t named = 0;
  if (kind == RowKind::member) {
    MILLPOND_TRY(const auto row, wire::decode_member_row(body));
    named = row.member.value;
  } else if (kind == RowKind::coupon) {
    MILLPOND_TRY(const auto row, wire::decode_coupon_row(body));
    named = row.coupon.value;
    keys.member = row.member.value;
  } else {
    MILLPOND_TRY(const auto row, wire::decode_profile_row(body));
    named = row.member.value;
  }
  if (named != id) return bad_row("key and body name different ids");
  return keys;
}

// The statements differ in their first words only: INSERT where no row can have the key, INSERT OR REPLACE elsewhere.
struct Insert {
  std::string_view member, coupon, profile, phone, other;
};
constexpr Insert adding{"INSERT INTO members(member, guard, body) VALUES(?1, ?2, ?3)",
                        "INSERT INTO coupons(coupon, member, guard, body) VALUES(?1, ?2, ?3, ?4)",
                        "INSERT INTO profiles(member, guard, body) VALUES(?1, ?2, ?3)",
                        "INSERT INTO phones(key, guard, member) VALUES(?1, ?2, ?3)",
                        "INSERT INTO others(kind, key, guard, body) VALUES(?1, ?2, ?3, ?4)"};
constexpr Insert replacing{"INSERT OR REPLACE INTO members(member, guard, body) VALUES(?1, ?2, ?3)",
                           "INSERT OR REPLACE INTO coupons(coupon, member, guard, body) VALUES(?1, ?2, ?3, ?4)",
                           "INSERT OR REPLACE INTO profiles(member, guard, body) VALUES(?1, ?2, ?3)",
                           "INSERT OR REPLACE INTO phones(key, guard, member) VALUES(?1, ?2, ?3)",
                           "INSERT OR REPLACE INTO others(kind, key, guard, body) VALUES(?1, ?2, ?3, ?4)"};

base::Result<> insert(sqlite::Connection& db, const Insert& how, State& state, std::uint8_t kind, ByteView key,
                      ByteView body) {
  const auto known = static_cast<RowKind>(kind);
  MILLPOND_TRY(const auto keys, keys_of(known, key, body));
  const auto share = wire::row_checksum(key, body);
  const auto guard = guard_of(share);
  switch (known) {
    case RowKind::member:
      MILLPOND_TRY_DO(db.run(how.member, keys.id, guard, body));
      state.members.count += 1;
      state.members.checksum += share;
      return {};
    case RowKind::coupon:
      return db.run(how.coupon, keys.id, keys.member, guard, body);
    case RowKind::profile:
      return db.run(how.profile, keys.id, guard, body);
    case RowKind::phone:
      return db.run(how.phone, key, guard, keys.member);
    default:
      return db.run(how.other, kind, key, guard, body);
  }
}

// Takes the row that is replaced or removed out of the running sum. Of a row that changed on the disk the share is not
// known any more; the sum is then off, and the next checkpoint shows it. True, and nothing is taken out, when the row
// is whole and has this body already.
base::Result<bool> uncount(sqlite::Connection& db, State& state, ByteView key, const ByteView* body) {
  MILLPOND_TRY(const auto id, id_of(key));
  MILLPOND_TRY(auto old, db.prepare("SELECT body, guard FROM members WHERE member = ?1"));
  MILLPOND_TRY_DO(old.bind(id));
  MILLPOND_TRY(const bool found, old.step());
  if (!found) return false;
  const auto share = wire::row_checksum(key, old.bytes(0));
  if (body != nullptr && old.integer(1) == guard_of(share) && std::ranges::equal(old.bytes(0), *body)) return true;
  state.members.count -= 1;
  state.members.checksum -= share;
  return false;
}

// Most coupons that come again have the same owner, and then no index has to change. REPLACE would write the entry of
// the index again, and keep a copy of every page that it touches until its end.
base::Result<> put_coupon(sqlite::Connection& db, State& state, const wire::DownRow& row) {
  MILLPOND_TRY(const auto keys, keys_of(RowKind::coupon, row.key, row.body));
  MILLPOND_TRY_DO(db.run(
      "INSERT INTO coupons(coupon, member, guard, body) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(coupon) DO UPDATE SET "
      "guard = excluded.guard, body = excluded.body WHERE member = excluded.member",
      keys.id, keys.member, guard_of(row.key, row.body), row.body));
  if (db.changes() == 1) return {};
  return insert(db, replacing, state, row.kind, row.key, row.body);
}

std::string_view body_by_id(RowKind kind) {
  switch (kind) {
    case RowKind::member:
      return "SELECT guard, body FROM members WHERE member = ?1";
    case RowKind::coupon:
      return "SELECT guard, body FROM coupons WHERE coupon = ?1";
    case RowKind::profile:
      return "SELECT guard, body FROM profiles WHERE member = ?1";
    default:
      MILLPOND_CHECK(false);
      return {};
  }
}

}  // namespace

base::Result<> put_row(sqlite::Connection& db, State& state, const wire::DownRow& row) {
  if (row.kind == static_cast<std::uint8_t>(RowKind::coupon)) return put_coupon(db, state, row);
  if (row.kind == static_cast<std::uint8_t>(RowKind::member)) {
    const ByteView body{row.body};
    MILLPOND_TRY(const bool same, uncount(db, state, row.key, &body));
    if (same) return {};
  }
  return insert(db, replacing, state, row.kind, row.key, row.body);
}

base::Result<> add_row(sqlite::Connection& db, State& state, std::uint8_t kind, ByteView key, ByteView body) {
  return insert(db, adding, state, kind, key, body);
}

base::Result<> remove_row(sqlite::Connection& db, State& state, std::uint8_t kind, ByteView key) {
  switch (static_cast<RowKind>(kind)) {
    case RowKind::member: {
      MILLPOND_TRY_DO(uncount(db, state, key, nullptr));
      MILLPOND_TRY_DO(db.run("DELETE FROM ahead WHERE member = ?1", base::read_big_endian(key)));
      return db.run("DELETE FROM members WHERE member = ?1", base::read_big_endian(key));
    }
    case RowKind::coupon: {
      MILLPOND_TRY(const auto id, id_of(key));
      return db.run("DELETE FROM coupons WHERE coupon = ?1", id);
    }
    case RowKind::profile: {
      MILLPOND_TRY(const auto id, id_of(key));
      return db.run("DELETE FROM profiles WHERE member = ?1", id);
    }
    case RowKind::phone:
      return db.run("DELETE FROM phones WHERE key = ?1", key);
    default:
      return db.run("DELETE FROM others WHERE kind = ?1 AND key = ?2", kind, key);
  }
}

base::Result<std::optional<Bytes>> read_row(sqlite::Connection& db, RowKind kind, std::uint64_t id) {
  MILLPOND_TRY(auto query, db.prepare(body_by_id(kind)));
  MILLPOND_TRY_DO(query.bind(id));
  MILLPOND_TRY(const bool found, query.step());
  if (!found) return std::optional<Bytes>{};
  const auto body = query.bytes(1);
  MILLPOND_TRY_DO(check_guard(db, query.integer(0), big_endian(id), body));
  return std::optional{Bytes{body.begin(), body.end()}};
}

base::Result<std::vector<wire::CouponRow>> read_coupons_of(sqlite::Connection& db, base::MemberId member) {
  std::vector<wire::CouponRow> coupons;
  if (member.value == 0) return coupons;
  MILLPOND_TRY(auto query, db.prepare("SELECT guard, body, coupon FROM coupons WHERE member = ?1 ORDER BY coupon"));
  MILLPOND_TRY_DO(query.bind(member));
  for (;;) {
    MILLPOND_TRY(const bool found, query.step());
    if (!found) return coupons;
    MILLPOND_TRY_DO(check_guard(db, query.integer(0), big_endian(query.unsigned_integer(2)), query.bytes(1)));
    MILLPOND_TRY(coupons.emplace_back(), wire::decode_coupon_row(query.bytes(1)));
    if (coupons.back().member != member) return changed_on_disk(db);
  }
}

base::Result<std::optional<base::MemberId>> read_phone(sqlite::Connection& db, ByteView key16) {
  MILLPOND_TRY(auto query, db.prepare("SELECT guard, member FROM phones WHERE key = ?1"));
  MILLPOND_TRY_DO(query.bind(key16));
  MILLPOND_TRY(const bool found, query.step());
  if (!found) return std::optional<base::MemberId>{};
  const auto member = query.unsigned_integer(1);
  MILLPOND_TRY_DO(check_guard(db, query.integer(0), key16, big_endian(member)));
  return std::optional{base::MemberId{member}};
}

base::Result<std::vector<wire::DownRow>> read_others(sqlite::Connection& db, RowKind kind) {
  MILLPOND_TRY(auto query, db.prepare("SELECT guard, key, body FROM others WHERE kind = ?1 ORDER BY key"));
  MILLPOND_TRY_DO(query.bind(kind));
  std::vector<wire::DownRow> rows;
  for (;;) {
    MILLPOND_TRY(const bool found, query.step());
    if (!found) return rows;
    const auto key = query.bytes(1);
    const auto body = query.bytes(2);
    MILLPOND_TRY_DO(check_guard(db, query.integer(0), key, body));
    rows.push_back({static_cast<std::uint8_t>(kind), {key.begin(), key.end()}, false, {body.begin(), body.end()}});
  }
}

}  // namespace millpond::snapshot
