// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/feed_rows.h"

#include <algorithm>

namespace millpond::hub {

base::Result<Counters> load_counters(sqlite::Connection& database) {
  MILLPOND_TRY(auto row, database.prepare("SELECT generation, hub_seq, member_count, member_checksum, projected_batch "
                                          "FROM hub"));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return base::Error{base::Code::store_corrupt, "read counters", "table hub is empty"};
  return Counters{row.unsigned_integer(0), row.unsigned_integer(1), row.unsigned_integer(2), row.unsigned_integer(3),
                  row.unsigned_integer(4)};
}

base::Result<> save_counters(sqlite::Connection& database, const Counters& counters) {
  return database.run(
      "UPDATE hub SET generation=?1, hub_seq=?2, member_count=?3, member_checksum=?4, projected_batch=?5",
      counters.generation, counters.hub_seq, counters.member_count, counters.member_checksum, counters.projected_batch);
}

base::Result<> FeedRows::put(wire::RowKind kind, base::ByteView key, base::ByteView body, Scope scope) {
  const bool counted = kind == wire::RowKind::member;
  MILLPOND_TRY(auto old, database_.prepare("SELECT body, store, terminal FROM feed WHERE kind=?1 AND key=?2"));
  MILLPOND_TRY_DO(old.bind(kind, key));
  MILLPOND_TRY(const bool exists, old.step());
  if (exists) {
    const auto before = old.bytes(0);
    const bool same_scope =
        old.unsigned_integer(1) == scope.store.value && old.unsigned_integer(2) == scope.terminal.value;
    if (same_scope && std::ranges::equal(before, body)) return {};
    if (counted) counters_.member_checksum -= wire::row_checksum(key, before);
  } else if (counted) {
    counters_.member_count += 1;
  }
  old.reset();
  if (counted) counters_.member_checksum += wire::row_checksum(key, body);
  counters_.hub_seq += 1;
  return database_.run(
      "INSERT INTO feed(kind, key, hub_seq, store, terminal, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6) "
      "ON CONFLICT(kind, key) DO UPDATE SET hub_seq=excluded.hub_seq, store=excluded.store, "
      "terminal=excluded.terminal, body=excluded.body",
      kind, key, counters_.hub_seq, scope.store, scope.terminal, body);
}

base::Bytes key_of(std::uint64_t id, std::size_t size) {
  base::Bytes key;
  base::append_big_endian(key, id, size);
  return key;
}

}  // namespace millpond::hub
