// SPDX-License-Identifier: Apache-2.0
// Leases as terminals and people ask for them: one that is due, all that are out, one that is given up.
#include "sync/hub/core/sqlite_store.h"
#include "sync/wire/lease_rows.h"

#include <algorithm>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t cut_bytes_min = 36;

// From columns lease, kind, subject, epoch, amount, a_member_max, expires_ms.
model::Lease lease_of(const sqlite::Statement& row) {
  return {{row.unsigned_integer(0)},
          static_cast<model::LeaseKind>(row.integer(1)),
          row.unsigned_integer(2),
          {static_cast<std::uint32_t>(row.integer(3))},
          row.integer(4),
          row.integer(5),
          row.integer(6)};
}

// Less than a quarter is left, its end is near or too far, or it is another life's: a new one must not be less than
// what this gives. One that came straight back unused was over for its terminal when it arrived: this clock or that one
// is in a wrong year, and cutting at once would go round and round.
base::Result<std::optional<std::int64_t>> what_is_due(sqlite::Connection& database, const LeaseAsk& ask,
                                                      const LeaseTerms& terms, std::int64_t now_ms) {
  MILLPOND_TRY(auto row, database.prepare("SELECT epoch, amount, remains, expires_ms, told, cut_ms, asked FROM leases "
                                          "WHERE terminal=?1 AND kind=?2 AND subject=?3 ORDER BY lease DESC LIMIT 1"));
  MILLPOND_TRY_DO(row.bind(ask.terminal, terms.kind, terms.subject));
  MILLPOND_TRY(const bool any, row.step());
  if (!any || row.unsigned_integer(0) != ask.epoch.value) return std::optional<std::int64_t>{0};
  const auto left = row.integer(2);
  const auto ends_in_ms = row.integer(3) - now_ms;
  const auto age_ms = now_ms - row.integer(5);
  const bool in_vain = left == 0 && row.integer(4) == 0 && row.integer(6) == 0;
  if (in_vain && age_ms >= 0 && age_ms < lease_again_after_ms) return std::optional<std::int64_t>{};
  const bool used_up = left < terms.least || left < row.integer(1) - 3 * left;
  const bool due = used_up || ends_in_ms <= lease_renewed_before_ms || ends_in_ms > lease_ms;
  return due ? std::optional{left} : std::nullopt;
}

// Only of what is all applied, so that a rebuild finds the same pool in the same place.
base::Result<bool> is_caught_up(sqlite::Connection& database, const Counters& counters) {
  MILLPOND_TRY(const auto waiting,
               database.query_integer("SELECT 1 FROM batches WHERE no>?1 UNION ALL SELECT 1 FROM hub_log WHERE no>?2 "
                                      "LIMIT 1",
                                      counters.projected_batch, counters.applied_log));
  return !waiting;
}

}  // namespace

struct SqliteHubStore::Outstanding {
  std::int64_t all{};
  std::int64_t newest{};
};

base::Bytes encode_cut(const Cut& cut) {
  auto content = key_of(cut.terminal.value, 4);
  base::append_big_endian(content, static_cast<std::uint64_t>(cut.cap), 8);
  base::append_big_endian(content, cut.asked, 8);
  base::append_big_endian(content, cut.member.value, 8);
  base::append_big_endian(content, static_cast<std::uint64_t>(cut.held), 8);
  base::append(content, wire::encode(cut.lease));
  return content;
}

base::Result<Cut> decode_cut(base::ByteView content) {
  if (content.size() < cut_bytes_min) return Error{Code::store_corrupt, "read lease_cut", "cut short"};
  const auto number = [&](std::size_t at, std::size_t size) {
    return base::read_big_endian(content.subspan(at, size));
  };
  Cut cut;
  cut.terminal = {static_cast<std::uint32_t>(number(0, 4))};
  cut.cap = static_cast<std::int64_t>(number(4, 8));
  cut.asked = number(12, 8);
  cut.member = {number(20, 8)};
  cut.held = static_cast<std::int64_t>(number(28, 8));
  MILLPOND_TRY(cut.lease, wire::decode_lease(content.subspan(cut_bytes_min)));
  return cut;
}

// A life that stage 2 knows, and that nothing says another copy has.
base::Result<bool> SqliteHubStore::may_lease(const LeaseAsk& ask) {
  MILLPOND_TRY(const auto standing, read_standing(ask.terminal));
  if (!ask.epoch || standing.suspends(ask.epoch)) return false;
  MILLPOND_TRY(const auto lane,
               database_->query_integer("SELECT lane FROM epochs WHERE terminal=?1 AND epoch=?2 AND projected>0",
                                        ask.terminal, ask.epoch));
  if (!lane || standing.kept == ask.epoch) return lane.has_value();
  MILLPOND_TRY(const auto newest,
               database_->query_integer("SELECT max(lane) FROM epochs WHERE terminal=?1", ask.terminal));
  return newest == lane;
}

// Cuts out of the pool, and notes it in the log and the feed; nothing, and nothing is changed, when less than
// `at_least` is free. A number that a hub restored from a backup does not give out again: it knows what time it is.
base::Result<std::optional<model::Lease>> SqliteHubStore::cut_lease(Effects& effects, Counters& counters, Cut cut,
                                                                    std::int64_t at_least, std::int64_t now_ms) {
  MILLPOND_TRY(const auto last, database_->query_integer("SELECT max(lease) FROM leases"));
  cut.lease.id = {static_cast<std::uint64_t>(std::max({last.value_or(0) + 1, now_ms, std::int64_t{1}}))};
  cut.lease.expires_ms = now_ms + lease_ms;
  cut.lease.asked_by = cut.member;
  cut.lease.asked_points = cut.held;
  cut.lease.asked_until_ms = cut.asked == 0 ? 0 : now_ms + asked_sale_ms;
  MILLPOND_TRY(auto pool, effects.whole_pool(cut.lease.kind, cut.lease.subject, cut.cap));
  const auto lease = pool.cut(cut.lease, cut.terminal);
  if (!lease || lease->amount < at_least) return std::optional<model::Lease>{};
  cut.lease = *lease;
  MILLPOND_TRY_DO(effects.keep_cut(cut, now_ms));
  MILLPOND_TRY_DO(append_log(log_lease_cut, encode_cut(cut), now_ms));
  counters.applied_log += 1;
  MILLPOND_TRY_DO(save_counters(*database_, counters));
  return lease;
}

base::Result<std::optional<model::Lease>> SqliteHubStore::renew_lease(const LeaseAsk& ask, const LeaseTerms& terms,
                                                                      std::int64_t now_ms) {
  const std::optional<model::Lease> none;
  if (terms.cap <= 0 || terms.terminal_max <= 0) return none;
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(const auto due, what_is_due(*database_, ask, terms, now_ms));
  if (!due) return none;
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(auto counters, load_counters(*database_));
  MILLPOND_TRY(const bool caught_up, is_caught_up(*database_, counters));
  MILLPOND_TRY(const bool may, may_lease(ask));
  if (!caught_up || !may) return none;
  FeedRows feed{*database_, counters};
  Effects effects{*database_, feed, counters};
  MILLPOND_TRY(const auto room, room_today(ask.terminal, terms, now_ms));
  const auto amount = std::min(terms.terminal_max, room);
  if (amount <= 0) return none;
  const Cut wanted{
      {{}, terms.kind, terms.subject, ask.epoch, amount, terms.a_member_max, 0}, ask.terminal, terms.cap, 0, {}, 0};
  MILLPOND_TRY(const auto lease, cut_lease(effects, counters, wanted, std::max(*due, terms.least), now_ms));
  if (!lease) return none;
  MILLPOND_TRY_DO(transaction.commit());
  return lease;
}

base::Result<PointsAnswer> SqliteHubStore::lease_points(const PointsQuestion& question, const LeaseTerms& terms,
                                                        std::int64_t now_ms) {
  const auto refused = [](Code why) { return PointsAnswer{model::HubWord::refused, why, std::nullopt, false}; };
  const PointsAnswer unknown{model::HubWord::unknown, {}, std::nullopt, false};
  if (terms.cap <= 0 || terms.terminal_max <= 0) return refused(Code::points_cap);
  const auto& ask = question.from;
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto standing, read_standing(ask.terminal));
  if (!ask.epoch || standing.suspends(ask.epoch)) return refused(Code::value_suspended);
  MILLPOND_TRY(const auto answered, find_asked(question));
  if (answered) return PointsAnswer{model::HubWord::confirmed, {}, *answered, false};
  MILLPOND_TRY(auto counters, load_counters(*database_));
  MILLPOND_TRY(const bool caught_up, is_caught_up(*database_, counters));
  MILLPOND_TRY(const bool may, may_lease(ask));
  if (!caught_up || !may) return unknown;
  FeedRows feed{*database_, counters};
  Effects effects{*database_, feed, counters};
  MILLPOND_TRY(const auto free, effects.free_points(question.member, now_ms));
  if (free < question.points) return refused(Code::points_short);
  MILLPOND_TRY(const auto out, outstanding_of(ask.terminal, terms));
  MILLPOND_TRY(const auto room, room_today(ask.terminal, terms, now_ms));
  const auto amount = std::min(std::max(terms.terminal_max, question.points), room);
  if (amount < question.points) return refused(Code::points_cap);
  if (out.all + amount > asked_shares_max * terms.terminal_max) return refused(Code::points_cap);
  const auto ceiling = terms.a_member_max > 0 ? std::max(terms.a_member_max, question.points) : 0;
  const Cut wanted{{{}, terms.kind, terms.subject, ask.epoch, amount, ceiling, 0},
                   ask.terminal,
                   terms.cap,
                   question.asked,
                   question.member,
                   question.points};
  const auto least = std::max(question.points, out.newest);
  MILLPOND_TRY(const auto lease, cut_lease(effects, counters, wanted, least, now_ms));
  if (!lease) return refused(Code::points_cap);
  MILLPOND_TRY_DO(transaction.commit());
  return PointsAnswer{model::HubWord::confirmed, {}, *lease, true};
}

// The newest lease of the terminal, when it was cut for this very question and has not come back since.
base::Result<std::optional<model::Lease>> SqliteHubStore::find_asked(const PointsQuestion& question) {
  MILLPOND_TRY(auto row, database_->prepare("SELECT lease, kind, subject, epoch, amount, a_member_max, expires_ms, "
                                            "asked, member, cut_ms, remains FROM leases WHERE terminal=?1 AND kind=?2 "
                                            "AND subject=0 ORDER BY lease DESC LIMIT 1"));
  MILLPOND_TRY_DO(row.bind(question.from.terminal, model::LeaseKind::points));
  MILLPOND_TRY(const bool any, row.step());
  const bool same = any && row.unsigned_integer(7) == question.asked && row.integer(10) > 0 &&
                    row.unsigned_integer(3) == question.from.epoch.value;
  if (!same) return std::optional<model::Lease>{};
  auto lease = lease_of(row);
  lease.asked_by = {row.unsigned_integer(8)};
  lease.asked_points = question.points;
  lease.asked_until_ms = row.integer(9) + asked_sale_ms;
  return std::optional{lease};
}

// What of a thing one terminal has and may still give out, in all its leases and in the newest of the life that it
// lives.
base::Result<SqliteHubStore::Outstanding> SqliteHubStore::outstanding_of(base::TerminalId terminal,
                                                                         const LeaseTerms& terms) {
  MILLPOND_TRY(auto row, database_->prepare("SELECT remains FROM leases WHERE terminal=?1 AND kind=?2 AND subject=?3 "
                                            "AND remains>0 ORDER BY lease DESC"));
  MILLPOND_TRY_DO(row.bind(terminal, terms.kind, terms.subject));
  Outstanding out;
  for (bool newest = true;; newest = false) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return out;
    if (newest) out.newest = row.integer(0);
    out.all += row.integer(0);
  }
}

// How much of a thing one terminal may still be given today: what it was given and has used, or may use, counts.
base::Result<std::int64_t> SqliteHubStore::room_today(base::TerminalId terminal, const LeaseTerms& terms,
                                                      std::int64_t now_ms) {
  if (terms.terminal_day_max <= 0) return INT64_MAX;
  MILLPOND_TRY(const auto given,
               database_->query_integer("SELECT sum(remains+written_off+min(told, amount)) FROM leases WHERE "
                                        "terminal=?1 AND kind=?2 AND subject=?3 AND cut_ms>?4 AND cut_ms<=?5",
                                        terminal, terms.kind, terms.subject, now_ms - bounded_day_ms, now_ms));
  return std::max<std::int64_t>(terms.terminal_day_max - given.value_or(0), 0);
}

base::Result<std::int64_t> SqliteHubStore::believed_terminals() {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(const auto found, database_->query_integer("SELECT count(*) FROM terminals WHERE revoked=0"));
  return found.value_or(0);
}

base::Result<LeaseBooks> SqliteHubStore::leases() {
  const std::lock_guard lock{lock_};
  LeaseBooks books;
  MILLPOND_TRY(auto pool, database_->prepare(
                              "SELECT p.kind, p.subject, p.cap, p.used, p.excess, coalesce((SELECT sum(l.remains) FROM "
                              "leases l WHERE l.kind=p.kind AND l.subject=p.subject), 0) FROM pools p "
                              "ORDER BY p.kind, p.subject"));
  for (;;) {
    MILLPOND_TRY(const bool found, pool.step());
    if (!found) break;
    books.pools.push_back({static_cast<model::LeaseKind>(pool.integer(0)), pool.unsigned_integer(1), pool.integer(2),
                           pool.integer(3), pool.integer(5), pool.integer(4)});
  }
  MILLPOND_TRY(auto row, database_->prepare(
                             "SELECT lease, kind, subject, epoch, amount, a_member_max, expires_ms, terminal, remains, "
                             "told, written_off, given_up, cut_ms FROM leases WHERE remains>0 OR "
                             "(written_off>0 AND given_up=0) ORDER BY lease"));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) break;
    books.leases.push_back({lease_of(row),
                            {static_cast<std::uint32_t>(row.integer(7))},
                            row.integer(8),
                            row.integer(9),
                            row.integer(10),
                            row.integer(11) != 0,
                            row.integer(12)});
  }
  MILLPOND_TRY(auto lost,
               database_->prepare("SELECT e.terminal, count(*), sum(s.points) FROM shortfalls s JOIN epochs e "
                                  "ON e.lane=s.lane GROUP BY e.terminal ORDER BY e.terminal"));
  for (;;) {
    MILLPOND_TRY(const bool found, lost.step());
    if (!found) return books;
    books.lost.push_back({{static_cast<std::uint32_t>(lost.integer(0))}, lost.unsigned_integer(1), lost.integer(2)});
  }
}

base::Result<> SqliteHubStore::give_up_lease(base::LeaseId lease, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(
      const auto waits,
      database_->query_integer("SELECT remains>0 OR (written_off>0 AND given_up=0) FROM leases WHERE lease=?1", lease));
  const auto refuse = [&](Code code, std::string why) {
    return Error{code, "write off lease", "lease " + std::to_string(lease.value) + std::move(why)};
  };
  if (!waits) return refuse(Code::not_found, " is none");
  if (*waits == 0) return refuse(Code::bad_input, " has nothing left that the hub waits for");
  MILLPOND_TRY_DO(append_log(log_lease_given_up, key_of(lease.value), now_ms));
  return transaction.commit();
}

}  // namespace millpond::hub
