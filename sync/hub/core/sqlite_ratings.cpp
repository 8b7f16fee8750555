// SPDX-License-Identifier: Apache-2.0
// Programmes of every version, and sales that the hub rates by them.
#include "sync/hub/core/sqlite_store.h"
#include "sync/wire/canonical.h"

#include <algorithm>

namespace millpond::hub {

base::Result<> find_programmes(sqlite::Connection& database) {
  MILLPOND_TRY(const auto known, database.query_integer("SELECT 1 FROM programmes LIMIT 1"));
  if (known) return {};
  struct Entry {
    std::uint64_t no{};
    std::int64_t at_ms{};
    std::uint32_t version{};
  };
  std::vector<Entry> entries;
  {
    MILLPOND_TRY(auto row, database.prepare("SELECT no, at_ms, content FROM hub_log WHERE what=?1 ORDER BY no"));
    MILLPOND_TRY_DO(row.bind(log_programme));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      const auto programme = wire::decode_programme_row(row.bytes(2));
      if (programme) entries.push_back({row.unsigned_integer(0), row.integer(1), programme->version});
    }
  }
  for (const auto& [no, at_ms, version] : entries) {
    MILLPOND_TRY_DO(database.run("INSERT OR REPLACE INTO programmes(version, log_no, published_ms) VALUES(?1, ?2, ?3)",
                                 version, no, at_ms));
  }
  return {};
}

base::Result<std::shared_ptr<const model::Programme>> SqliteHubStore::programme(std::uint32_t version) {
  const std::lock_guard lock{lock_};
  return read_programme(version);
}

base::Result<std::shared_ptr<const model::Programme>> SqliteHubStore::read_programme(std::uint32_t version) {
  if (const auto known = programmes_.find(version); known != programmes_.end()) return known->second;
  std::shared_ptr<const model::Programme> none;
  MILLPOND_TRY(auto row, database_->prepare(
                             "SELECT l.content FROM programmes p JOIN hub_log l ON l.no=p.log_no WHERE p.version=?1"));
  MILLPOND_TRY_DO(row.bind(version));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return none;
  const auto document = wire::decode_programme_row(row.bytes(0));
  auto parsed = document ? model::parse_programme(document->json) : document.error();
  auto read = parsed ? std::make_shared<const model::Programme>(*std::move(parsed)) : none;
  programmes_[version] = read;
  return read;
}

base::Result<std::uint32_t> SqliteHubStore::programme_at(std::int64_t at_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(const auto version,
               database_->query_integer("SELECT coalesce((SELECT max(version) FROM programmes WHERE published_ms<=?1), "
                                        "(SELECT min(version) FROM programmes), 0)",
                                        at_ms));
  return static_cast<std::uint32_t>(version.value_or(0));
}

base::Result<UnratedSales> SqliteHubStore::unrated_sales(const FactPlace& after, std::size_t limit) {
  const std::lock_guard lock{lock_};
  std::vector<FactPlace> places;
  {
    MILLPOND_TRY(
        auto row,
        database_->prepare(
            "SELECT u.lane, u.seq FROM unrated u JOIN epochs e ON e.lane=u.lane WHERE e.projected=e.through AND "
            "NOT EXISTS("
            "SELECT 1 FROM ratings r WHERE r.terminal=e.terminal AND r.epoch=e.epoch AND "
            "r.seq=u.seq) AND (u.lane, u.seq)>(?1, ?2) ORDER BY u.lane, u.seq LIMIT ?3"));
    MILLPOND_TRY_DO(row.bind(after.lane, after.seq, static_cast<std::uint64_t>(limit)));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      places.push_back({row.integer(0), {row.unsigned_integer(1)}});
    }
  }
  UnratedSales page{{}, places.empty() ? after : places.back(), places.size() == limit};
  RawFacts raw{*database_};
  for (const auto& place : places) {
    MILLPOND_TRY(auto fact, raw.advice_at(place));
    if (fact && std::holds_alternative<model::SaleRecorded>(fact->body)) page.sales.push_back(*std::move(fact));
  }
  return page;
}

base::Result<> SqliteHubStore::rate_sales(const std::vector<Rating>& ratings, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  for (const auto& each : ratings) MILLPOND_TRY_DO(rate_sale(each, now_ms));
  return transaction.commit();
}

base::Result<> SqliteHubStore::rate_sale(const Rating& rating, std::int64_t now_ms) {
  const auto& [sale, points] = rating;
  MILLPOND_TRY(const auto rated,
               database_->query_integer("SELECT 1 FROM ratings WHERE terminal=?1 AND epoch=?2 AND seq=?3",
                                        sale.terminal, sale.epoch, sale.seq));
  if (rated) return {};
  MILLPOND_TRY(const auto no, next_log_no());
  auto fact = points;
  fact.stamp.terminal = {};
  fact.stamp.epoch = hub_epoch;
  fact.stamp.seq = {no};
  MILLPOND_TRY(const auto canonical, wire::encode_fact(fact));
  base::Bytes content;
  base::append_big_endian(content, sale.terminal.value, 4);
  base::append_big_endian(content, sale.epoch.value, 4);
  base::append_big_endian(content, sale.seq.value, 8);
  base::append(content, canonical);
  MILLPOND_TRY_DO(append_log(log_rated, content, now_ms));
  return database_->run("INSERT INTO ratings(terminal, epoch, seq, log_no) VALUES(?1, ?2, ?3, ?4)", sale.terminal,
                        sale.epoch, sale.seq, no);
}

base::Result<> SqliteHubStore::adjust_points(base::MemberId member, std::int64_t points, AdjustReason why,
                                             std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY_DO(read_same_as(member));
  auto content = key_of(member.value);
  base::append_big_endian(content, static_cast<std::uint64_t>(points), 8);
  base::append_big_endian(content, static_cast<std::uint8_t>(why), 1);
  MILLPOND_TRY_DO(append_log(log_points_adjusted, content, now_ms));
  return transaction.commit();
}

base::Result<DuePoints> SqliteHubStore::expire_points(const DuePoints& after, std::size_t limit, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(auto counters, load_counters(*database_));
  auto page = after;
  page.noted = 0;
  page.more = false;
  if (after.generation == 0) {
    MILLPOND_TRY(const auto next, next_log_no());
    page.log_through = next - 1;
    page.generation = counters.generation;
  }
  if (counters.applied_log < page.log_through || counters.generation != page.generation) return page;
  std::vector<base::MemberId> members;
  std::size_t looked_at = 0;
  {
    MILLPOND_TRY(auto row,
                 database_->prepare("SELECT expires_at_ms, member FROM lots INDEXED BY lots_ending WHERE remaining>0 "
                                    "AND expires_at_ms<=?1 AND (expires_at_ms, member)>(?2, ?3) "
                                    "ORDER BY expires_at_ms, member LIMIT ?4"));
    MILLPOND_TRY_DO(row.bind(now_ms, after.ended_ms, after.member, static_cast<std::uint64_t>(limit)));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      looked_at += 1;
      page.ended_ms = row.integer(0);
      page.member = {row.unsigned_integer(1)};
      if (std::ranges::find(members, page.member) == members.end()) members.push_back(page.member);
    }
  }
  page.more = looked_at == limit;
  FeedRows feed{*database_, counters};
  Effects effects{*database_, feed, counters};
  for (const auto member : members) {
    MILLPOND_TRY(const auto points, effects.points_due(member, now_ms));
    if (points == 0) continue;
    auto content = key_of(member.value);
    base::append_big_endian(content, static_cast<std::uint64_t>(now_ms), 8);
    MILLPOND_TRY_DO(append_log(log_points_expired, content, now_ms));
    page.noted += 1;
  }
  MILLPOND_TRY_DO(transaction.commit());
  return page;
}

}  // namespace millpond::hub
