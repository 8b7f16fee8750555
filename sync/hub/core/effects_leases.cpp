// SPDX-License-Identifier: Apache-2.0
// Points that were spent, and the leases that let a terminal give out without asking; by the rules of model/leases.h.
#include "sync/hub/core/effects.h"
#include "sync/model/rules.h"
#include "sync/wire/lease_rows.h"

#include <algorithm>

namespace millpond::hub {
namespace {

using base::Code;
using model::LeaseKind;
using model::LeasePool;

// Of one fact; so that a million of them stay far within 64 bits.
constexpr std::int64_t drawn_max = 1'000'000'000'000;

constexpr std::string_view select_lease =
    "SELECT lease, kind, subject, terminal, epoch, remains, written_off, given_up, a_member_max FROM leases ";

LeasePool::Refill refill_of(LeaseKind kind) {
  return kind == LeaseKind::points ? LeasePool::Refill::when_told : LeasePool::Refill::never;
}

}  // namespace

HeldShare Effects::share_of(const sqlite::Statement& row) {
  return {{row.unsigned_integer(0)},
          static_cast<LeaseKind>(row.integer(1)),
          row.unsigned_integer(2),
          {{static_cast<std::uint32_t>(row.integer(3))},
           {static_cast<std::uint32_t>(row.integer(4))},
           row.integer(5),
           row.integer(6),
           row.integer(7) != 0},
          row.integer(8)};
}

// What of a fact its lease lets its member have, as the terminal counts: by the number that its facts name, for good.
base::Result<std::int64_t> Effects::within_ceiling(sqlite::Connection& database, const HeldShare& held,
                                                   const LeaseUse& use) {
  if (held.a_member_max <= 0) return use.amount;
  MILLPOND_TRY(const auto before, database.query_integer("SELECT used FROM lease_members WHERE lease=?1 AND member=?2",
                                                         held.lease, use.member));
  // Past the ceiling it needs no counting, so that no sum can run over.
  const auto used = std::min(before.value_or(0) + use.amount, held.a_member_max);
  MILLPOND_TRY_DO(database.run("INSERT OR REPLACE INTO lease_members(lease, member, used) VALUES(?1, ?2, ?3)",
                               held.lease, use.member, used));
  return used - before.value_or(0);
}

base::Result<std::optional<HeldShare>> Effects::find_share(base::LeaseId lease) {
  MILLPOND_TRY(auto row, database_.prepare(std::string{select_lease} + "WHERE lease=?1"));
  MILLPOND_TRY_DO(row.bind(lease));
  MILLPOND_TRY(const bool found, row.step());
  return found ? std::optional{share_of(row)} : std::optional<HeldShare>{};
}

base::Result<LeasePool> Effects::pool_of(LeaseKind kind, std::uint64_t subject, std::int64_t cap) {
  MILLPOND_TRY(const auto used,
               database_.query_integer("SELECT used FROM pools WHERE kind=?1 AND subject=?2", kind, subject));
  return LeasePool{cap, refill_of(kind), used.value_or(0)};
}

base::Result<LeasePool> Effects::whole_pool(LeaseKind kind, std::uint64_t subject, std::int64_t cap) {
  MILLPOND_TRY(auto pool, pool_of(kind, subject, cap));
  MILLPOND_TRY(auto row, database_.prepare(std::string{select_lease} + "WHERE remains>0 AND kind=?1 AND subject=?2"));
  MILLPOND_TRY_DO(row.bind(kind, subject));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return pool;
    const auto held = share_of(row);
    pool.hold(held.lease, held.share);
  }
}

base::Result<> Effects::keep_pool(LeaseKind kind, std::uint64_t subject, const LeasePool& pool, std::int64_t excess) {
  return database_.run(
      "INSERT INTO pools(kind, subject, cap, used, excess) VALUES(?1, ?2, 0, ?3, ?4) ON CONFLICT(kind, subject) "
      "DO UPDATE SET used=excluded.used, excess=excess+excluded.excess",
      kind, subject, pool.used(), excess);
}

base::Result<> Effects::keep_share(base::LeaseId lease, const LeasePool& pool, std::int64_t told) {
  const auto* const share = pool.share(lease);
  return database_.run(
      "UPDATE leases SET remains=?2, written_off=?3, given_up=?4, told=told+?5, "
      "held=min(held, ?2) WHERE lease=?1",
      lease, share->left, share->written_off, share->given_up, told);
}

// Another terminal's lease covers nothing, nor does one of another thing, and none is taken from it. Returns by how
// much the fact went past its lease, or past what that let one member have.
base::Result<std::int64_t> Effects::use_lease(const Place& at, const LeaseUse& use) {
  MILLPOND_TRY(const auto held, find_share(use.lease));
  MILLPOND_TRY(auto pool, pool_of(use.kind, use.subject, 0));
  auto excess = use.amount;
  if (held && held->kind == use.kind && held->subject == use.subject && held->share.terminal == at.stamp.terminal) {
    MILLPOND_TRY(const auto within, within_ceiling(database_, *held, use));
    pool.hold(use.lease, held->share);
    excess = use.amount - within;
    if (excess > 0) pool.use_unleased(excess);
    if (within > 0) excess += pool.use(use.lease, within);
    MILLPOND_TRY_DO(keep_share(use.lease, pool, within));
    MILLPOND_TRY_DO(database_.run("UPDATE leases SET held=max(held-?3, 0) WHERE lease=?1 AND member=?2 AND held>0",
                                  use.lease, use.member, use.amount));
  } else {
    pool.use_unleased(use.amount);
  }
  MILLPOND_TRY_DO(keep_pool(use.kind, use.subject, pool, excess));
  if (excess > 0) {
    MILLPOND_TRY_DO(
        database_.run("INSERT INTO breaches(lane, seq, coupon) VALUES(?1, ?2, 0)", at.lane, at.waiting.seq));
    flags_.push_back({{at.lane, at.waiting.seq}, model::Signal::right_breached, use.member, excess});
  }
  return excess;
}

// The terminal has given it out, whatever became of the sale: a limit of a campaign that is used comes never back.
base::Result<Applied> Effects::on(const Place& at, const model::CampaignDrawn& fact) {
  const bool of_campaign = fact.kind == LeaseKind::campaign_budget || fact.kind == LeaseKind::campaign_count;
  if (!of_campaign || !fact.campaign || !fact.member || fact.amount <= 0 || fact.amount > drawn_max)
    return Applied{0, Code::bad_input};
  MILLPOND_TRY(const auto excess,
               use_lease(at, {fact.lease, fact.kind, fact.campaign.value, fact.member, fact.amount}));
  if (excess > 0) return Applied{0, Code::campaign_cap};
  return Applied{};
}

// What went past the lease is not the member's: nobody had let the terminal take it, and whoever has its key names any
// member. Of the rest the balance stops at 0, because a customer who has paid owes nothing. Both are the brand's loss.
// The balance less the loss is what the facts add up to, in whatever order terminals are heard; who of two loses is, as
// with coupons, whoever is heard second.
base::Result<Applied> Effects::on(const Place& at, const model::PointsSpent& fact) {
  if (!fact.member || fact.points <= 0 || fact.points > model::points_per_sale_max) return Applied{0, Code::bad_input};
  MILLPOND_TRY(auto* const state, member(fact.member));
  MILLPOND_TRY(const auto balance, person_points(fact.member));
  std::int64_t left = 0;
  if (__builtin_sub_overflow(state->points, std::clamp<std::int64_t>(balance, 0, fact.points), &left)) {
    return Applied{0, Code::bad_input};
  }
  // The terminal has given it out, whatever the sale turns out to be.
  MILLPOND_TRY(const auto excess, use_lease(at, {fact.lease, LeaseKind::points, 0, fact.member, fact.points}));
  MILLPOND_TRY(const bool duplicate, duplicate_sale(at, fact.sale, fact.sale_epoch));
  if (duplicate) return Applied{0, Code::sale_duplicate};
  const auto leased = fact.points - excess;
  MILLPOND_TRY(const auto sale, sale_place(at, fact.sale, fact.sale_epoch));
  const auto covered = std::clamp<std::int64_t>(balance, 0, leased);
  MILLPOND_TRY(const auto spent, lots_.spend(lot_moment(at, fact.member), sale, leased, covered));
  const auto booked = spent.paid;
  if (booked > 0) {
    state->points += spent.revived - booked;
    state->version += 1;
    state->changed = true;
  }
  if (const auto lost = fact.points - booked; lost > 0) {
    counters_.count(Figure::points_lost, lost);
    MILLPOND_TRY_DO(database_.run("INSERT INTO shortfalls(lane, seq, member, points) VALUES(?1, ?2, ?3, ?4)", at.lane,
                                  at.waiting.seq, fact.member, lost));
  }
  if (booked < leased) return Applied{-booked, Code::points_short};
  if (excess > 0) return Applied{-booked, Code::points_cap};
  if (state->enrolled == Enrolled::removed) return Applied{-booked, Code::member_unknown};
  return Applied{-booked, std::nullopt};
}

// Of one that nobody knows here a restored hub has forgotten that it cut it.
base::Result<Applied> Effects::on(const Place& at, const model::LeaseReturned& fact) {
  MILLPOND_TRY(const auto held, find_share(fact.lease));
  if (!held) return Applied{};
  if (held->share.terminal != at.stamp.terminal) return Applied{0, Code::bad_input};
  LeasePool pool{0};
  pool.hold(held->lease, held->share);
  pool.give_back(held->lease);
  MILLPOND_TRY_DO(keep_share(held->lease, pool, 0));
  return Applied{};
}

base::Result<> Effects::end_older_leases(const Place& at) {
  std::vector<HeldShare> older;
  {
    MILLPOND_TRY(auto row,
                 database_.prepare(std::string{select_lease} + "WHERE terminal=?1 AND epoch<>?2 AND remains>0"));
    MILLPOND_TRY_DO(row.bind(at.stamp.terminal, at.stamp.epoch));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      older.push_back(share_of(row));
    }
  }
  for (const auto& held : older) {
    MILLPOND_TRY(auto pool, pool_of(held.kind, held.subject, 0));
    pool.hold(held.lease, held.share);
    pool.begin_epoch(at.stamp.terminal, at.stamp.epoch);
    MILLPOND_TRY_DO(keep_share(held.lease, pool, 0));
    MILLPOND_TRY_DO(keep_pool(held.kind, held.subject, pool, 0));
  }
  return {};
}

base::Result<std::int64_t> Effects::free_points(base::MemberId id, std::int64_t now_ms) {
  MILLPOND_TRY(auto free, person_points(id));
  MILLPOND_TRY(const auto root, root_of(id));
  MILLPOND_TRY(const auto group, group_of(root));
  for (const auto each : group) {
    MILLPOND_TRY(const auto held,
                 database_.query_integer("SELECT sum(held) FROM leases WHERE member=?1 AND held>0", each));
    MILLPOND_TRY(const auto resting, lots_.resting(each, now_ms));
    free -= held.value_or(0) + resting;
  }
  return free;
}

// The highest that anything was given out under.
base::Result<> Effects::keep_cap(LeaseKind kind, std::uint64_t subject, std::int64_t cap) {
  return database_.run(
      "INSERT INTO pools(kind, subject, cap, used, excess) VALUES(?1, ?2, ?3, 0, 0) "
      "ON CONFLICT(kind, subject) DO UPDATE SET cap=max(cap, excluded.cap)",
      kind, subject, cap);
}

base::Result<> Effects::keep_cut(const Cut& cut, std::int64_t cut_ms) {
  const auto& lease = cut.lease;
  MILLPOND_TRY_DO(database_.run(
      "INSERT INTO leases(lease, terminal, epoch, kind, subject, amount, a_member_max, expires_ms, "
      "remains, written_off, "
      "given_up, told, cut_ms, asked, member, held) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?6, 0, 0, 0, ?9, "
      "?10, ?11, ?12)",
      lease.id, cut.terminal, lease.epoch, lease.kind, lease.subject, lease.amount, lease.a_member_max,
      lease.expires_ms, cut_ms, cut.asked, cut.member, cut.held));
  MILLPOND_TRY_DO(keep_cap(lease.kind, lease.subject, cut.cap));
  return feed_.put(wire::RowKind::lease, wire::lease_key(cut.terminal, lease.kind, lease.subject), wire::encode(lease),
                   {.terminal = cut.terminal});
}

base::Result<> Effects::give_up_lease(base::LeaseId lease) {
  MILLPOND_TRY(const auto held, find_share(lease));
  if (!held) return {};
  MILLPOND_TRY(auto pool, pool_of(held->kind, held->subject, 0));
  pool.hold(lease, held->share);
  pool.give_up(lease);
  MILLPOND_TRY_DO(keep_share(lease, pool, 0));
  return keep_pool(held->kind, held->subject, pool, 0);
}

}  // namespace millpond::hub
