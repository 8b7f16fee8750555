// SPDX-License-Identifier: Apache-2.0
// What people read: figures, balances, profiles; in short steps, so that nobody waits for a long list.
#include "sync/hub/core/sqlite_store.h"

#include <algorithm>
#include <map>

namespace millpond::hub {
namespace {

constexpr int terminals_a_step = 50;  // a millisecond of the store's lock
constexpr int epochs_a_step = 5'000;
constexpr int members_a_step = 2'000;

void put_figures(HubStatus& status, const Figures& figures) {
  const auto figure = [&](Figure which) { return static_cast<std::uint64_t>(figures.at(place_of(which))); };
  status.members = figure(Figure::members);
  status.members_awaited = figure(Figure::members_awaited);
  status.members_removed = figure(Figure::members_removed);
  status.members_aliases = figure(Figure::members_aliases);
  status.members_overdrawn = figure(Figure::members_overdrawn);
  status.sales = figure(Figure::sales);
  status.points = figure(Figure::points);
  status.coupons_issued = figure(Figure::coupons_issued);
  status.coupons_redeemed = figure(Figure::coupons_redeemed);
  status.coupons_over_redeemed = figure(Figure::losses);
  status.offline_loss_minor = figures.at(place_of(Figure::loss_minor));
  status.disputes = figure(Figure::disputes);
  status.points_lost = figure(Figure::points_lost);
}

}  // namespace

base::Result<HubStatus> SqliteHubStore::status() {
  HubStatus status;
  MILLPOND_TRY_DO(read_figures(status));
  for (bool more = true; more;) { MILLPOND_TRY(more, read_terminals(status)); }
  Lane lane = 0;
  for (bool more = true; more;) { MILLPOND_TRY(more, add_epochs(status, lane)); }
  return status;
}

base::Result<> SqliteHubStore::read_figures(HubStatus& status) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(const auto counters, load_counters(*database_));
  status.generation = counters.generation;
  status.hub_seq = counters.hub_seq;
  MILLPOND_TRY(const auto went_back, database_->query_integer("SELECT went_back FROM hub"));
  status.went_back = went_back.value_or(0) != 0;
  put_figures(status, counters.figures);
  MILLPOND_TRY(const auto version,
               database_->query_integer("SELECT max(version) FROM published WHERE kind=?1", wire::RowKind::programme));
  status.programme_version = static_cast<std::uint32_t>(version.value_or(0));
  MILLPOND_TRY(const auto kept, database_->query_integer("SELECT sum(value_minor) FROM coupons_kept"));
  status.coupons_kept_minor = kept.value_or(0);
  MILLPOND_TRY(auto verdict, database_->prepare("SELECT code, told FROM verdict_counts ORDER BY code"));
  for (;;) {
    MILLPOND_TRY(const bool found, verdict.step());
    if (!found) return {};
    status.verdicts.emplace_back(verdict.text(0), verdict.unsigned_integer(1));
  }
}

// The next terminals; false when there are no more.
base::Result<bool> SqliteHubStore::read_terminals(HubStatus& status) {
  const std::lock_guard lock{lock_};
  const auto after = status.terminals.empty() ? base::TerminalId{} : status.terminals.back().terminal;
  MILLPOND_TRY(auto row,
               database_->prepare("SELECT t.terminal, t.store, t.revoked, t.digits, (SELECT max(e.received_ms) "
                                  "FROM epochs e WHERE e.terminal=t.terminal), (SELECT e.offset_ms FROM epochs e "
                                  "WHERE e.terminal=t.terminal ORDER BY e.received_ms DESC, e.lane DESC LIMIT 1) "
                                  "FROM terminals t "
                                  "WHERE t.terminal>?1 ORDER BY t.terminal LIMIT ?2"));
  MILLPOND_TRY_DO(row.bind(after, terminals_a_step));
  for (int seen = 0;; ++seen) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return seen == terminals_a_step;
    const base::TerminalId terminal{static_cast<std::uint32_t>(row.integer(0))};
    MILLPOND_TRY(auto marks, read_marks(terminal));
    MILLPOND_TRY(const auto standing, read_standing(terminal));
    status.terminals.push_back({terminal,
                                {static_cast<std::uint32_t>(row.integer(1))},
                                row.integer(2) != 0,
                                std::string{row.text(3)},
                                std::move(marks),
                                row.integer(4),
                                standing,
                                row.integer(5)});
  }
}

// Adds what the next lanes hold; false when there are no more.
base::Result<bool> SqliteHubStore::add_epochs(HubStatus& status, Lane& lane) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto row, database_->prepare("SELECT sum(through), sum(projected), max(lane) FROM epochs "
                                            "WHERE lane>?1 AND lane<=?1+?2"));
  MILLPOND_TRY_DO(row.bind(lane, epochs_a_step));
  MILLPOND_TRY(const bool found, row.step());
  if (!found || row.is_null(2)) return false;  // lanes are numbered without holes
  status.events_received += row.unsigned_integer(0);
  status.events_projected += row.unsigned_integer(1);
  lane = row.integer(2);
  return true;
}

base::Result<std::vector<Balance>> SqliteHubStore::balances() {
  std::vector<Balance> balances;
  for (bool more = true; more;) { MILLPOND_TRY(more, read_balances(balances)); }
  std::map<base::MemberId, base::MemberId> told;
  for (const auto& balance : balances) {
    if (balance.same_as) told[balance.member] = balance.same_as;
  }
  for (auto& balance : balances) {
    for (auto next = told.find(balance.same_as); next != told.end(); next = told.find(balance.same_as)) {
      balance.same_as = next->second;
    }
  }
  // Numbers are unsigned, the column is not.
  std::ranges::sort(balances, {}, &Balance::member);
  return balances;
}

// The next members, in the column's order; false when there are no more.
base::Result<bool> SqliteHubStore::read_balances(std::vector<Balance>& balances) {
  const PatientGuard lock{lock_};
  const auto after = balances.empty() ? INT64_MIN : static_cast<std::int64_t>(balances.back().member.value);
  MILLPOND_TRY(auto row, database_->prepare("SELECT m.member, m.points, m.qualifying, m.version, m.same_as, "
                                            "coalesce(j.first_member, 0) FROM members m LEFT JOIN judged_payloads j "
                                            "ON j.lane=m.lane AND j.seq=m.seq WHERE m.member>?1 "
                                            "ORDER BY m.member LIMIT ?2"));
  MILLPOND_TRY_DO(row.bind(after, members_a_step));
  for (int seen = 0;; ++seen) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return seen == members_a_step;
    balances.push_back({{row.unsigned_integer(0)},
                        row.integer(1),
                        row.integer(2),
                        static_cast<std::uint32_t>(row.integer(3)),
                        {row.unsigned_integer(4)},
                        {row.unsigned_integer(5)}});
  }
}

base::Result<> SqliteHubStore::leave_profiles(base::LocalDate since, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto any,
               database_->query_integer("SELECT 1 FROM profile_stores WHERE day<?1 AND (SELECT applied_log FROM hub)="
                                        "(SELECT coalesce(max(no), 0) FROM hub_log) LIMIT 1",
                                        since.days));
  if (!any) return {};
  base::Bytes content;
  base::append_big_endian(content, static_cast<std::uint32_t>(since.days), 4);
  MILLPOND_TRY_DO(append_log(log_profiles_left, content, now_ms));
  return transaction.commit();
}

base::Result<MemberProfile> SqliteHubStore::profile(base::MemberId member) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(const auto known, database_->query_integer("SELECT 1 FROM members WHERE member=?1", member));
  if (!known) return base::Error{base::Code::not_found, "read profile", base::format_id('M', member.value)};
  MemberProfile profile;
  MILLPOND_TRY(auto row,
               database_->prepare("SELECT p.field, p.version, e.terminal, e.epoch, p.seq, p.clash FROM profiles "
                                  "p JOIN epochs e ON e.lane=p.lane WHERE p.member=?1 "
                                  "ORDER BY p.field, p.version"));
  MILLPOND_TRY_DO(row.bind(member));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) break;
    profile.fields.push_back({static_cast<model::ProfileField>(row.integer(0)),
                              static_cast<std::uint32_t>(row.integer(1)),
                              {static_cast<std::uint32_t>(row.integer(2))},
                              {static_cast<std::uint32_t>(row.integer(3))},
                              {row.unsigned_integer(4)},
                              row.integer(5) != 0});
  }
  MILLPOND_TRY(auto consent,
               database_->prepare("SELECT purpose, version, granted FROM consents WHERE member=?1 ORDER BY purpose"));
  MILLPOND_TRY_DO(consent.bind(member));
  for (;;) {
    MILLPOND_TRY(const bool found, consent.step());
    if (!found) return profile;
    profile.consents.push_back({static_cast<std::uint32_t>(consent.integer(0)),
                                static_cast<std::uint32_t>(consent.integer(1)), consent.integer(2) != 0});
  }
}

}  // namespace millpond::hub
