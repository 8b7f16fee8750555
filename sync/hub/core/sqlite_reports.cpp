// SPDX-License-Identifier: Apache-2.0
// What people read: figures, balances, and the check of everything derived against what it is derived from.
#include "sync/hub/core/sqlite_store.h"

#include <map>

namespace millpond::hub {
namespace {

base::Result<std::uint64_t> number(sqlite::Connection& database, std::string_view sql) {
  MILLPOND_TRY(const auto value, database.query_integer(sql));
  return static_cast<std::uint64_t>(value.value_or(0));
}

struct Figure {
  std::uint64_t HubStatus::*field;
  std::string_view sql;
};

constexpr Figure figures[]{
    {&HubStatus::events_received, "SELECT sum(through) FROM epochs"},
    {&HubStatus::events_projected, "SELECT sum(projected) FROM epochs"},
    {&HubStatus::members, "SELECT count(*) FROM members WHERE enrolled=1"},
    {&HubStatus::members_awaited, "SELECT count(*) FROM members WHERE enrolled=0"},
    {&HubStatus::members_removed, "SELECT count(*) FROM members WHERE enrolled=2"},
    {&HubStatus::members_aliases, "SELECT count(*) FROM members WHERE same_as<>0 AND enrolled=1"},
    {&HubStatus::sales, "SELECT count(*) FROM sales"},
    {&HubStatus::points, "SELECT sum(points) FROM members"},
    {&HubStatus::coupons_issued, "SELECT count(*) FROM coupons WHERE state<>4"},
    {&HubStatus::coupons_redeemed, "SELECT count(*) FROM uses WHERE state=2"},
    {&HubStatus::coupons_over_redeemed, "SELECT count(*) FROM losses"},
    {&HubStatus::disputes, "SELECT count(*) FROM disputes"},
};

}  // namespace

base::Result<HubStatus> SqliteHubStore::status() {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_, sqlite::Begin::deferred));
  MILLPOND_TRY(const auto counters, load_counters(*database_));
  HubStatus status;
  status.generation = counters.generation;
  status.hub_seq = counters.hub_seq;
  for (const auto& figure : figures) { MILLPOND_TRY(status.*figure.field, number(*database_, figure.sql)); }
  MILLPOND_TRY(const auto loss, number(*database_, "SELECT sum(value_minor) FROM losses"));
  status.offline_loss_minor = static_cast<std::int64_t>(loss);
  MILLPOND_TRY(const auto version,
               database_->query_integer("SELECT max(version) FROM published WHERE kind=?1", wire::RowKind::programme));
  status.programme_version = static_cast<std::uint32_t>(version.value_or(0));

  MILLPOND_TRY(auto verdict, database_->prepare("SELECT code, count(*) FROM verdicts GROUP BY code ORDER BY code"));
  for (;;) {
    MILLPOND_TRY(const bool found, verdict.step());
    if (!found) break;
    status.verdicts.emplace_back(verdict.text(0), verdict.unsigned_integer(1));
  }
  MILLPOND_TRY(auto row,
               database_->prepare("SELECT t.terminal, t.store, t.revoked, t.digits, (SELECT max(e.received_ms) "
                                  "FROM epochs e WHERE e.terminal=t.terminal) FROM terminals t ORDER BY t.terminal"));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) break;
    const base::TerminalId terminal{static_cast<std::uint32_t>(row.integer(0))};
    MILLPOND_TRY(auto marks, read_marks(terminal));
    MILLPOND_TRY(const auto standing, read_standing(terminal));
    status.terminals.push_back({terminal,
                                {static_cast<std::uint32_t>(row.integer(1))},
                                row.integer(2) != 0,
                                std::string{row.text(3)},
                                std::move(marks),
                                row.integer(4),
                                standing});
  }
  return status;
}

base::Result<std::vector<Balance>> SqliteHubStore::balances() {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto row, database_->prepare("SELECT member, points, qualifying, version, same_as FROM members "
                                            "ORDER BY member"));
  std::vector<Balance> balances;
  std::map<base::MemberId, base::MemberId> told;
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) break;
    balances.push_back({{row.unsigned_integer(0)},
                        row.integer(1),
                        row.integer(2),
                        static_cast<std::uint32_t>(row.integer(3)),
                        {row.unsigned_integer(4)}});
    if (balances.back().same_as) told[balances.back().member] = balances.back().same_as;
  }
  for (auto& balance : balances) {
    if (!balance.same_as) continue;
    for (auto next = told.find(balance.same_as); next != told.end(); next = told.find(balance.same_as)) {
      balance.same_as = next->second;
    }
  }
  return balances;
}

base::Result<StoreCheck> SqliteHubStore::check() {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_, sqlite::Begin::deferred));
  StoreCheck check;
  MILLPOND_TRY(const auto integrity, database_->query_text("PRAGMA integrity_check"));
  check.database_ok = integrity.value_or("") == "ok";
  MILLPOND_TRY(check.events, number(*database_, "SELECT count(*) FROM events"));
  MILLPOND_TRY(const auto ledger, number(*database_, "SELECT sum(points) FROM events"));
  MILLPOND_TRY(const auto balance, number(*database_, "SELECT sum(points) FROM members"));
  check.ledger_points = static_cast<std::int64_t>(ledger);
  check.balance_points = static_cast<std::int64_t>(balance);
  MILLPOND_TRY(const auto different,
               number(*database_,
                      "SELECT count(*) FROM members m LEFT JOIN (SELECT member, sum(points) AS points "
                      "FROM events GROUP BY member) e ON e.member=m.member "
                      "WHERE m.points<>coalesce(e.points, 0)"));
  check.members_equal = different == 0 && check.ledger_points == check.balance_points;
  MILLPOND_TRY(check.checkpoint_equal, checkpoint_holds());
  MILLPOND_TRY(check.marks_hold, marks_hold());
  MILLPOND_TRY(check.log_holds, log_chain_holds());
  return check;
}

base::Result<bool> SqliteHubStore::checkpoint_holds() {
  MILLPOND_TRY(const auto counters, load_counters(*database_));
  std::uint64_t count = 0;
  std::uint64_t checksum = 0;
  MILLPOND_TRY(auto row, database_->prepare("SELECT key, body FROM feed WHERE kind=?1 AND deleted_ms=0"));
  MILLPOND_TRY_DO(row.bind(wire::RowKind::member));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) break;
    count += 1;
    checksum += wire::row_checksum(row.bytes(0), row.bytes(1));
  }
  return count == counters.member_count && checksum == counters.member_checksum;
}

// Batches of a lane follow on each other from 1 to the watermark and end in its head; its facts up to the projected
// mark are in the ledger, each once.
base::Result<bool> SqliteHubStore::marks_hold() {
  MILLPOND_TRY(
      const auto wrong,
      number(*database_,
             "SELECT count(*) FROM epochs e WHERE e.projected>e.through "
             "OR e.through<>(SELECT sum(last_seq-from_seq+1) FROM batches b WHERE b.lane=e.lane) "
             "OR e.through<>(SELECT max(last_seq) FROM batches b WHERE b.lane=e.lane) "
             "OR e.head<>(SELECT chain_head FROM batches b WHERE b.lane=e.lane ORDER BY from_seq DESC LIMIT 1) "
             "OR EXISTS(SELECT 1 FROM batches b WHERE b.lane=e.lane AND b.from_seq<>1 AND NOT EXISTS("
             "SELECT 1 FROM batches c WHERE c.lane=b.lane AND c.last_seq=b.from_seq-1 AND "
             "c.from_seq<b.from_seq))"));
  MILLPOND_TRY(const auto miscounted,
               number(*database_,
                      "SELECT count(*) FROM epochs e LEFT JOIN (SELECT lane, count(*) AS facts, "
                      "count(DISTINCT seq) AS seqs, max(seq) AS last FROM events GROUP BY lane) l ON l.lane=e.lane "
                      "WHERE e.projected<>coalesce(l.facts, 0) OR e.projected<>coalesce(l.seqs, 0) OR "
                      "e.projected<>coalesce(l.last, 0)"));
  return wrong == 0 && miscounted == 0;
}

}  // namespace millpond::hub
