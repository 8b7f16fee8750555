// SPDX-License-Identifier: Apache-2.0
// Campaigns that the hub decides itself: what waits, and what was decided.
#include "sync/hub/core/sqlite_store.h"
#include "sync/wire/canonical.h"

namespace millpond::hub {
namespace {

constexpr std::uint64_t number_max = (std::uint64_t{1} << 40) - 1;  // base::id_origin() is 0

base::Result<> read_promises(sqlite::Connection& database, Effects& effects, std::size_t limit, OpenCases& page) {
  struct Row {
    FactPlace award;
    FactPlace sale;
  };
  std::vector<Row> rows;
  {
    MILLPOND_TRY(auto row,
                 database.prepare("SELECT lane, seq, sale_lane, sale_seq FROM promises WHERE (lane, seq)>(?1, ?2) "
                                  "ORDER BY lane, seq LIMIT ?3"));
    MILLPOND_TRY_DO(row.bind(page.last.promise.lane, page.last.promise.seq, static_cast<std::uint64_t>(limit)));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      rows.push_back({{row.integer(0), {row.unsigned_integer(1)}}, {row.integer(2), {row.unsigned_integer(3)}}});
    }
  }
  page.more = rows.size() == limit;
  if (!rows.empty()) page.last.promise = rows.back().award;
  RawFacts raw{database};
  for (const auto& [award_place, sale_place] : rows) {
    MILLPOND_TRY(const auto award_fact, raw.advice_at(award_place));
    MILLPOND_TRY(const auto sale_fact, raw.advice_at(sale_place));
    const auto* const award = award_fact ? std::get_if<model::AwardGiven>(&award_fact->body) : nullptr;
    const auto* const sale = sale_fact ? std::get_if<model::SaleRecorded>(&sale_fact->body) : nullptr;
    if (award == nullptr || sale == nullptr) continue;
    OpenCase open{CaseKind::promise, promise_key(award_fact->stamp), {}, *sale, *award, {}};
    open.promise->sale_epoch = sale_fact->stamp.epoch;
    const auto& stamp = sale_fact->stamp;
    open.happened = {model::event_key(sale->key),
                     model::Trigger::sale_paid,
                     0,
                     {},
                     award->member,
                     sale->key.store,
                     stamp.occurred_at_ms,
                     stamp.utc_offset_min,
                     award_fact->stamp.programme_version};
    MILLPOND_TRY(open.person, effects.person_before(award->member, stamp.occurred_at_ms, sale_place));
    page.cases.push_back(std::move(open));
  }
  return {};
}

base::Result<> read_happened(sqlite::Connection& database, Effects& effects, std::size_t limit, OpenCases& page) {
  const auto from = page.cases.size();
  {
    MILLPOND_TRY(auto row,
                 database.prepare("SELECT key, trigger, number, word, member, store, at_ms, offset_min, version FROM "
                                  "happened WHERE key>?1 ORDER BY key LIMIT ?2"));
    MILLPOND_TRY_DO(row.bind(page.last.happening, static_cast<std::uint64_t>(limit)));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      const base::Bytes key{row.bytes(0).begin(), row.bytes(0).end()};
      page.cases.push_back({CaseKind::happening,
                            key,
                            {key,
                             static_cast<model::Trigger>(row.integer(1)),
                             row.integer(2),
                             std::string{row.text(3)},
                             {row.unsigned_integer(4)},
                             {static_cast<std::uint32_t>(row.integer(5))},
                             row.integer(6),
                             static_cast<std::int32_t>(row.integer(7)),
                             static_cast<std::uint32_t>(row.integer(8))},
                            std::nullopt,
                            std::nullopt,
                            {}});
    }
  }
  page.more = page.cases.size() - from == limit;
  for (auto at = from; at < page.cases.size(); ++at) {
    auto& open = page.cases[at];
    page.last.happening = open.key;
    // A visit that something happened at is over when it is looked at, but for the first one, which asks what was
    // before it.
    const bool over = open.happened.trigger != model::Trigger::first_visit;
    MILLPOND_TRY(open.person,
                 effects.person_before(open.happened.member, open.happened.at_ms + (over ? 1 : 0), FactPlace{}));
  }
  return {};
}

}  // namespace

base::Result<OpenCases> SqliteHubStore::open_cases(const CasePosition& after, std::size_t limit) {
  const std::lock_guard lock{lock_};
  OpenCases page{{}, after, false};
  MILLPOND_TRY(auto counters, load_counters(*database_));
  MILLPOND_TRY(const auto next, next_log_no());
  if (counters.applied_log + 1 < next) return page;  // so that what was decided waits here no more
  FeedRows feed{*database_, counters};
  Effects effects{*database_, feed, counters};
  MILLPOND_TRY_DO(read_promises(*database_, effects, limit, page));
  if (page.cases.size() < limit && !page.more) MILLPOND_TRY_DO(read_happened(*database_, effects, limit, page));
  return page;
}

base::Result<Absences> SqliteHubStore::absences(const AbsenceAsk& ask, std::size_t members_max) {
  const std::lock_guard lock{lock_};
  Absences page{{}, ask.after, false, false};
  MILLPOND_TRY(auto counters, load_counters(*database_));
  MILLPOND_TRY(const auto next, next_log_no());
  if (counters.applied_log + 1 < next) return page;
  page.ready = true;
  struct Seen {
    base::MemberId number;
    std::int32_t last_day{};
    std::int32_t days{};
    base::StoreId store;
  };
  const auto today = model::store_moment(ask.now_ms, ask.utc_offset_min).date;
  std::vector<Seen> seen;
  std::size_t looked_at = 0;
  {
    MILLPOND_TRY(auto row, database_->prepare("SELECT member, last_day, iif(seen_in=0, store, seen_in) FROM members "
                                              "WHERE member>?1 AND enrolled=1 ORDER BY member LIMIT ?2"));
    MILLPOND_TRY_DO(row.bind(ask.after, static_cast<std::uint64_t>(members_max)));
    for (;; ++looked_at) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      page.last = {row.unsigned_integer(0)};
      const auto last_day = static_cast<std::int32_t>(row.integer(1));
      for (const auto days : ask.days) {
        const auto since = today.days - last_day - days;
        if (last_day == 0 || since < 0 || since >= absence_noticed_days) continue;
        seen.push_back({page.last, last_day, days, {static_cast<std::uint32_t>(row.integer(2))}});
      }
    }
  }
  page.more = looked_at == members_max;
  FeedRows feed{*database_, counters};
  Effects effects{*database_, feed, counters};
  for (const auto& [number, last_day, days, store] : seen) {
    MILLPOND_TRY(auto person, effects.person_before(number, ask.now_ms + 1, FactPlace{}));
    if (person.last_day != last_day) continue;  // seen since, by another number
    auto which = key_of(person.root.value);
    base::append_big_endian(which, static_cast<std::uint32_t>(last_day), 4);
    base::append_big_endian(which, static_cast<std::uint32_t>(days), 2);
    const auto key = model::event_key(model::Trigger::lapsed, which);
    MILLPOND_TRY(auto row, database_->prepare("SELECT 1 FROM decided WHERE key=?1"));
    MILLPOND_TRY_DO(row.bind(key));
    MILLPOND_TRY(const bool decided, row.step());
    if (decided) continue;
    const auto root = person.root;
    page.found.push_back(
        {number,
         {CaseKind::happening,
          key,
          {key, model::Trigger::lapsed, days, {}, root, store, ask.now_ms, ask.utc_offset_min, ask.version},
          std::nullopt,
          std::nullopt,
          std::move(person)}});
  }
  return page;
}

base::Result<wire::DownCursor> SqliteHubStore::programme_place() {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(const auto counters, load_counters(*database_));
  MILLPOND_TRY(auto row, database_->prepare("SELECT max(hub_seq) FROM feed WHERE kind=?1"));
  MILLPOND_TRY_DO(row.bind(wire::RowKind::programme));
  MILLPOND_TRY(const bool found, row.step());
  wire::DownCursor place;
  place.generation = counters.generation;
  if (found) place.hub_seq = row.unsigned_integer(0);
  return place;
}

base::Result<std::int64_t> SqliteHubStore::campaign_left(model::LeaseKind kind, base::CampaignId campaign,
                                                         std::int64_t cap) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto counters, load_counters(*database_));
  FeedRows feed{*database_, counters};
  Effects effects{*database_, feed, counters};
  MILLPOND_TRY(const auto pool, effects.whole_pool(kind, campaign.value, cap));
  return pool.free();
}

base::Result<> SqliteHubStore::decide(const std::vector<CampaignDecision>& decisions,
                                      const std::function<std::uint64_t()>& draw_number, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  for (const auto& each : decisions) {
    MILLPOND_TRY(const auto known, database_->query_integer("SELECT 1 FROM decided WHERE key=?1", each.key));
    if (!known) MILLPOND_TRY_DO(note_decision(each, draw_number, now_ms));
  }
  return transaction.commit();
}

base::Result<std::uint64_t> SqliteHubStore::next_log_no() {
  MILLPOND_TRY(const auto last, database_->query_integer("SELECT max(no) FROM hub_log"));
  return static_cast<std::uint64_t>(last.value_or(0)) + 1;
}

base::Result<> SqliteHubStore::note_decision(const CampaignDecision& decision,
                                             const std::function<std::uint64_t()>& draw_number, std::int64_t now_ms) {
  MILLPOND_TRY(const auto first, next_log_no());
  DecisionEntry entry{decision.kind, decision.key, {first}, decision.drawn, {}};
  if (decision.given.empty()) MILLPOND_TRY_DO(append_log(log_campaign_decided, encode_decision(entry), now_ms));
  auto no = first;
  for (auto fact : decision.given) {
    if (auto* const coupon = std::get_if<model::CouponIssued>(&fact.body)) {
      for (;;) {
        coupon->coupon = {draw_number() & number_max};
        MILLPOND_TRY(const auto taken, database_->query_integer(
                                           "SELECT 1 FROM coupons WHERE coupon=?1 UNION ALL SELECT 1 FROM uses WHERE "
                                           "coupon=?1",
                                           coupon->coupon));
        if (coupon->coupon && !taken) break;
      }
    }
    fact.stamp.terminal = {};
    fact.stamp.epoch = hub_epoch;
    fact.stamp.seq = {no};
    MILLPOND_TRY(entry.canonical, wire::encode_fact(fact));
    MILLPOND_TRY_DO(append_log(log_campaign_decided, encode_decision(entry), now_ms));
    entry.drawn.clear();
    no += 1;
  }
  return database_->run("INSERT INTO decided(key, log_no) VALUES(?1, ?2)", decision.key, first);
}

}  // namespace millpond::hub
