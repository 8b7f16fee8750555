// SPDX-License-Identifier: Apache-2.0
// Leases as terminals and people ask for them: one that is due, all that are out, one that is given up.
#include "sync/hub/core/sqlite_store.h"
#include "sync/wire/lease_rows.h"

#include <algorithm>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;

// Less than a quarter is left, its end is near, or it is another life's: a new one must not be less than what this
// gives.
base::Result<std::optional<std::int64_t>> what_is_due(sqlite::Connection& database, const LeaseAsk& ask,
                                                      const LeaseTerms& terms, std::int64_t now_ms) {
  MILLPOND_TRY(auto row, database.prepare("SELECT epoch, amount, remains, expires_ms FROM leases WHERE terminal=?1 AND "
                                          "kind=?2 AND subject=?3 ORDER BY lease DESC LIMIT 1"));
  MILLPOND_TRY_DO(row.bind(ask.terminal, terms.kind, terms.subject));
  MILLPOND_TRY(const bool any, row.step());
  if (!any || row.unsigned_integer(0) != ask.epoch.value) return std::optional<std::int64_t>{0};
  const auto left = row.integer(2);
  const bool due = left < row.integer(1) - 3 * left || row.integer(3) - now_ms <= lease_renewed_before_ms;
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
  // A number that a hub restored from a backup does not give out again: it knows what time it is.
  MILLPOND_TRY(const auto last, database_->query_integer("SELECT max(lease) FROM leases"));
  const auto number = std::max({last.value_or(0) + 1, now_ms, std::int64_t{1}});
  FeedRows feed{*database_, counters};
  Effects effects{*database_, feed, counters};
  MILLPOND_TRY(auto pool, effects.whole_pool(terms.kind, terms.subject, terms.cap));
  const auto lease = pool.cut({{static_cast<std::uint64_t>(number)},
                               terms.kind,
                               terms.subject,
                               ask.epoch,
                               terms.terminal_max,
                               terms.a_member_max,
                               now_ms + lease_ms},
                              ask.terminal);
  if (!lease || lease->amount < *due) return none;
  MILLPOND_TRY_DO(effects.keep_cut(*lease, ask.terminal, terms.cap, now_ms));
  auto content = key_of(ask.terminal.value, 4);
  base::append_big_endian(content, static_cast<std::uint64_t>(terms.cap), 8);
  base::append(content, wire::encode(*lease));
  MILLPOND_TRY_DO(append_log(log_lease_cut, content, now_ms));
  counters.applied_log += 1;
  MILLPOND_TRY_DO(save_counters(*database_, counters));
  MILLPOND_TRY_DO(transaction.commit());
  return lease;
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
    const model::Lease lease{{row.unsigned_integer(0)},
                             static_cast<model::LeaseKind>(row.integer(1)),
                             row.unsigned_integer(2),
                             {static_cast<std::uint32_t>(row.integer(3))},
                             row.integer(4),
                             row.integer(5),
                             row.integer(6)};
    books.leases.push_back({lease,
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
