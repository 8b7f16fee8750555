// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/profile_book.h"

#include <utility>

namespace millpond::hub {
namespace {

base::Bytes key_in(base::MemberId member, base::StoreId store) {
  auto key = key_of(member.value, profile_key_bytes);
  base::append_big_endian(key, store.value, 4);
  return key;
}

}  // namespace

base::Result<wire::ProfileRow> ProfileBook::row(base::MemberId member) {
  MILLPOND_TRY(auto found, database_.prepare("SELECT body FROM profile_rows WHERE member=?1"));
  MILLPOND_TRY_DO(found.bind(member));
  MILLPOND_TRY(const bool any, found.step());
  return any ? wire::decode_profile_row(found.bytes(0)) : base::Result{wire::ProfileRow{member, ""}};
}

base::Result<> ProfileBook::tell(const wire::ProfileRow& row) {
  const auto body = wire::encode(row);
  MILLPOND_TRY_DO(database_.run(
      "INSERT INTO profile_rows(member, body) VALUES(?1, ?2) ON CONFLICT(member) DO UPDATE SET body=excluded.body",
      row.member, body));
  MILLPOND_TRY(const auto stores, stores_of(row.member));
  for (const auto store : stores) {
    MILLPOND_TRY_DO(feed_.put(wire::RowKind::profile, key_in(row.member, store), body, {.store = store}));
  }
  return {};
}

base::Result<> ProfileBook::see(base::MemberId member, base::StoreId store, base::LocalDate day) {
  if (!store) return {};
  MILLPOND_TRY(const auto before,
               database_.query_integer("SELECT day FROM profile_stores WHERE member=?1 AND store=?2", member, store));
  if (before && day.days < *before + noted_again_days) return {};
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO profile_stores(member, store, day) VALUES(?1, ?2, ?3) ON CONFLICT(member, store) "
                    "DO UPDATE SET day=excluded.day",
                    member, store, day.days));
  if (before) return {};
  MILLPOND_TRY(auto told, database_.prepare("SELECT body FROM profile_rows WHERE member=?1"));
  MILLPOND_TRY_DO(told.bind(member));
  MILLPOND_TRY(const bool any, told.step());
  if (!any) return {};
  const base::Bytes body{told.bytes(0).begin(), told.bytes(0).end()};
  told.reset();
  return feed_.put(wire::RowKind::profile, key_in(member, store), body, {.store = store});
}

base::Result<> ProfileBook::leave(base::LocalDate since, std::int64_t now_ms) {
  std::vector<std::pair<base::MemberId, base::StoreId>> gone;
  {
    MILLPOND_TRY(auto row, database_.prepare("SELECT member, store FROM profile_stores WHERE day<?1"));
    MILLPOND_TRY_DO(row.bind(since.days));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      gone.push_back({{row.unsigned_integer(0)}, {static_cast<std::uint32_t>(row.integer(1))}});
    }
  }
  for (const auto& [member, store] : gone) {
    MILLPOND_TRY_DO(feed_.remove(wire::RowKind::profile, key_in(member, store), now_ms));
  }
  return database_.run("DELETE FROM profile_stores WHERE day<?1", since.days);
}

base::Result<> ProfileBook::remove(base::MemberId member, std::int64_t now_ms) {
  MILLPOND_TRY(const auto stores, stores_of(member));
  for (const auto store : stores) {
    MILLPOND_TRY_DO(feed_.remove(wire::RowKind::profile, key_in(member, store), now_ms));
  }
  MILLPOND_TRY_DO(database_.run("DELETE FROM profile_stores WHERE member=?1", member));
  return database_.run("DELETE FROM profile_rows WHERE member=?1", member);
}

base::Result<std::vector<base::StoreId>> ProfileBook::stores_of(base::MemberId member) {
  std::vector<base::StoreId> stores;
  MILLPOND_TRY(auto row, database_.prepare("SELECT store FROM profile_stores WHERE member=?1 ORDER BY store"));
  MILLPOND_TRY_DO(row.bind(member));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return stores;
    stores.push_back({static_cast<std::uint32_t>(row.integer(0))});
  }
}

}  // namespace millpond::hub
