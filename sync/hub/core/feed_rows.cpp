// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/feed_rows.h"

#include <algorithm>

namespace millpond::hub {

base::Result<Counters> load_counters(sqlite::Connection& database) {
  MILLPOND_TRY(auto row, database.prepare("SELECT generation, hub_seq, member_count, member_checksum, "
                                          "projected_batch, applied_log, horizon, figures FROM hub"));
  MILLPOND_TRY(const bool found, row.step());
  const auto figures = found ? row.bytes(7) : base::ByteView{};
  if (figures.size() != figures_count * 8) return base::Error{base::Code::store_corrupt, "read counters", "table hub"};
  Counters counters{row.unsigned_integer(0), row.unsigned_integer(1), row.unsigned_integer(2), row.unsigned_integer(3),
                    row.unsigned_integer(4), row.unsigned_integer(5), row.unsigned_integer(6)};
  for (std::size_t i = 0; i < figures_count; ++i) {
    counters.figures.at(i) = static_cast<std::int64_t>(base::read_big_endian(figures.subspan(i * 8, 8)));
  }
  return counters;
}

base::Result<> save_counters(sqlite::Connection& database, const Counters& counters) {
  base::Bytes figures;
  for (const auto figure : counters.figures) base::append_big_endian(figures, static_cast<std::uint64_t>(figure), 8);
  return database.run(
      "UPDATE hub SET generation=?1, hub_seq=?2, member_count=?3, member_checksum=?4, projected_batch=?5, "
      "applied_log=?6, horizon=?7, figures=?8",
      counters.generation, counters.hub_seq, counters.member_count, counters.member_checksum, counters.projected_batch,
      counters.applied_log, counters.horizon, figures);
}

FeedRows::FeedRows(sqlite::Connection& database, Counters& counters)
    : counters_{counters},
      find_{database, "SELECT body, store, terminal, deleted_ms FROM feed WHERE kind=?1 AND key=?2"},
      write_{database,
             "INSERT INTO feed(kind, key, hub_seq, store, terminal, deleted_ms, body) "
             "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(kind, key) DO UPDATE SET hub_seq=excluded.hub_seq, "
             "store=excluded.store, terminal=excluded.terminal, deleted_ms=excluded.deleted_ms, body=excluded.body"},
      insert_{database,
              "INSERT INTO feed(kind, key, hub_seq, store, terminal, deleted_ms, body) "
              "VALUES(?1, ?2, ?3, ?4, ?5, 0, ?6)"} {}

base::Result<> FeedRows::put(wire::RowKind kind, base::ByteView key, base::ByteView body, Scope scope) {
  bool live = false;
  bool same = false;
  std::uint64_t checksum = 0;
  const bool counted = kind == wire::RowKind::member;
  const auto read = [&](const sqlite::Statement& old) {
    live = old.integer(3) == 0;
    same = live && old.unsigned_integer(1) == scope.stored_place() && old.unsigned_integer(2) == scope.terminal.value &&
           std::ranges::equal(old.bytes(0), body);
    if (counted && live) checksum = wire::row_checksum(key, old.bytes(0));
  };
  MILLPOND_TRY_DO(find_.first(read, kind, key));
  if (same) return {};
  if (counted) {
    counters_.member_count += live ? 0 : 1;
    counters_.member_checksum += wire::row_checksum(key, body) - checksum;
  }
  return write(kind, key, body, scope, 0);
}

base::Result<> FeedRows::put_new(wire::RowKind kind, base::ByteView key, base::ByteView body, Scope scope) {
  counters_.hub_seq += 1;
  return insert_.run(kind, key, counters_.hub_seq, scope.stored_place(), scope.terminal, body);
}

base::Result<> FeedRows::put_member(base::ByteView key, base::ByteView before, base::ByteView body) {
  if (before.empty()) {
    counters_.member_count += 1;
  } else {
    counters_.member_checksum -= wire::row_checksum(key, before);
  }
  counters_.member_checksum += wire::row_checksum(key, body);
  return write(wire::RowKind::member, key, body, {}, 0);
}

base::Result<> FeedRows::remove(wire::RowKind kind, base::ByteView key, std::int64_t now_ms) {
  bool live = false;
  Scope scope;
  std::uint64_t checksum = 0;
  const auto read = [&](const sqlite::Statement& old) {
    live = old.integer(3) == 0;
    scope = {{}, {static_cast<std::uint32_t>(old.integer(2))}, old.unsigned_integer(1)};
    checksum = wire::row_checksum(key, old.bytes(0));
  };
  MILLPOND_TRY_DO(find_.first(read, kind, key));
  if (!live) return {};
  if (kind == wire::RowKind::member) {
    counters_.member_count -= 1;
    counters_.member_checksum -= checksum;
  }
  return write(kind, key, {}, scope, std::max<std::int64_t>(now_ms, 1));
}

base::Result<> FeedRows::write(wire::RowKind kind, base::ByteView key, base::ByteView body, Scope scope,
                               std::int64_t deleted_ms) {
  counters_.hub_seq += 1;
  return write_.run(kind, key, counters_.hub_seq, scope.stored_place(), scope.terminal, deleted_ms, body);
}

base::Bytes key_of(std::uint64_t id, std::size_t size) {
  base::Bytes key;
  base::append_big_endian(key, id, size);
  return key;
}

}  // namespace millpond::hub
