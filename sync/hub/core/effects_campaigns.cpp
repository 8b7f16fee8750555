// SPDX-License-Identifier: Apache-2.0
// What campaigns gave to whom, for those that may give somebody so and so often only; what happened that they may give
// for without a sale; and what the hub decided of it.
#include "sync/hub/core/effects.h"
#include "sync/model/allocate.h"
#include "sync/model/rules.h"

#include <algorithm>

namespace millpond::hub {
namespace {

constexpr std::size_t given_bytes = 4 + 8 + 4 + 8 + 8 + 8;

bool is_capped_by_member(const model::Programme& programme, base::CampaignId id) {
  const auto found = std::ranges::find(programme.campaigns, id, &model::Campaign::id);
  return found != programme.campaigns.end() && (found->caps.per_member > 0 || found->caps.per_member_day > 0);
}

// In column `deferred` of an award that was promised; 1: it waits.
enum class Promised : std::uint8_t { kept = 2, withdrawn = 3 };  // persisted

}  // namespace

std::vector<model::CampaignTimes> times_given(const std::vector<Given>& given) {
  std::vector<model::CampaignTimes> times;
  times.reserve(given.size());
  for (const auto& each : given) times.push_back(each.times);
  return times;
}

base::Bytes given_column(const std::vector<Given>& given) {
  base::Bytes column;
  for (const auto& [times, occasion] : given) {
    base::append_big_endian(column, times.campaign.value, 4);
    base::append_big_endian(column, static_cast<std::uint64_t>(times.times), 8);
    base::append_big_endian(column, static_cast<std::uint32_t>(times.day.days), 4);
    base::append_big_endian(column, static_cast<std::uint64_t>(times.times_that_day), 8);
    base::append_big_endian(column, static_cast<std::uint64_t>(occasion.lane), 8);
    base::append_big_endian(column, occasion.seq.value, 8);
  }
  return column;
}

std::vector<Given> given_in(base::ByteView column) {
  std::vector<Given> given;
  const auto take = [&](std::size_t bytes) {
    const auto value = base::read_big_endian(column.first(bytes));
    column = column.subspan(bytes);
    return value;
  };
  while (column.size() >= given_bytes) {
    auto& [times, occasion] = given.emplace_back();
    times.campaign = {static_cast<std::uint32_t>(take(4))};
    times.times = static_cast<std::int64_t>(take(8));
    times.day = {static_cast<std::int32_t>(take(4))};
    times.times_that_day = static_cast<std::int64_t>(take(8));
    occasion.lane = static_cast<Lane>(take(8));
    occasion.seq = {take(8)};
  }
  return given;
}

// By the rules that the giver had: what they do not cap is in nobody's row.
base::Result<> Effects::count_given(const Place& at, base::MemberId id, base::CampaignId campaign,
                                    const FactPlace& sale) {
  if (!id || !campaign) return {};
  MILLPOND_TRY(const auto* const programme, programmes_.of_version(at.stamp.programme_version));
  if (programme == nullptr || !is_capped_by_member(*programme, campaign)) return {};
  MILLPOND_TRY(auto* const state, member(id));
  if (state->enrolled == Enrolled::removed) return {};
  const auto occasion = sale == FactPlace{} ? FactPlace{at.lane, at.waiting.seq} : sale;
  auto& given = state->given;
  auto known = std::ranges::lower_bound(given, campaign, {}, [](const Given& each) { return each.times.campaign; });
  const bool counted = known != given.end() && known->times.campaign == campaign;
  if (counted && known->occasion == occasion) return {};
  auto times = times_given(given);
  model::count_time(times, campaign, at.stamp.local_date);
  std::vector<Given> after;
  for (const auto& each : times) {
    const auto before = std::ranges::find(given, each.campaign, [](const Given& one) { return one.times.campaign; });
    const bool now = each.campaign == campaign || before == given.end();
    after.push_back({each, now ? occasion : before->occasion});
  }
  given = std::move(after);
  state->version += 1;
  state->changed = true;
  return {};
}

// --- what happened without a sale

// By the rules that were in force where it happened; whoever had none is looked at with those that the hub had.
base::Result<bool> Effects::starts_any(std::uint32_t version, model::Trigger trigger) {
  const auto bit = 1U << static_cast<unsigned>(trigger);
  if (const auto known = started_.find(version); known != started_.end()) return (known->second & bit) != 0;
  MILLPOND_TRY(const auto* const programme, programmes_.of_version(version));
  if (programme == nullptr) return true;
  auto& all = started_[version];
  for (const auto& campaign : programme->campaigns) all |= 1U << static_cast<unsigned>(campaign.trigger);
  return (all & bit) != 0;
}

// Nothing of what came before this program did, so that no member of long ago is welcomed.
base::Result<> Effects::note(const Place& at, Happened happened, base::ByteView which) {
  if (!decides_since_ms_) {
    MILLPOND_TRY(const auto since, database_.query_integer("SELECT decides_since_ms FROM hub"));
    decides_since_ms_ = since.value_or(0);
  }
  if (at.waiting.received_ms < *decides_since_ms_) return {};
  MILLPOND_TRY(const bool any, starts_any(at.stamp.programme_version, happened.trigger));
  if (!any) return {};
  happened.key = model::event_key(happened.trigger, which);
  happened.at_ms = std::min(at.stamp.occurred_at_ms, at.waiting.received_ms);
  happened.utc_offset_min = at.stamp.utc_offset_min;
  happened.version = at.stamp.programme_version;
  return campaigns_.happen(happened);
}

base::Result<> Effects::note_visit(const Place& at, const model::SaleRecorded& fact, const Member& state,
                                   std::int64_t earned) {
  if (state.enrolled == Enrolled::removed) return {};
  const auto at_ms = std::min(at.stamp.occurred_at_ms, at.waiting.received_ms);
  MILLPOND_TRY_DO(campaigns_.visit({fact.member, {at.lane, at.waiting.seq}, at.stamp.local_date.days, at_ms, earned}));
  if (state.visits == 1) {
    auto which = key_of(fact.member.value);
    base::append(which, base::view_of(model::first_visit_shop));
    MILLPOND_TRY_DO(note(at,
                         {.trigger = model::Trigger::first_visit,
                          .word = std::string{model::first_visit_shop},
                          .member = fact.member,
                          .store = fact.key.store},
                         which));
  }
  return note_tier(at, fact, earned);
}

// A tier is entered once by a member, however often what they spent goes down and up again.
base::Result<> Effects::note_tier(const Place& at, const model::SaleRecorded& fact, std::int64_t earned) {
  if (earned <= 0) return {};
  MILLPOND_TRY(const auto* const programme, programmes_.of_version(at.stamp.programme_version));
  if (programme == nullptr) return {};
  MILLPOND_TRY(const bool any, starts_any(at.stamp.programme_version, model::Trigger::tier_entered));
  if (!any) return {};
  MILLPOND_TRY(const auto root, root_of(fact.member));
  MILLPOND_TRY(const auto group, group_of(root));
  std::int64_t spent = 0;
  for (const auto each : group) {
    MILLPOND_TRY(const auto* const state, member(each));
    spent = model::add_held(spent, state->qualifying_minor);
  }
  const auto now = model::tier_standing(programme->tiers, spent).tier;
  if (!now || now == model::tier_standing(programme->tiers, spent - earned).tier) return {};
  auto which = key_of(root.value);
  base::append_big_endian(which, *now, 1);
  return note(at,
              {.trigger = model::Trigger::tier_entered,
               .number = static_cast<std::int64_t>(*now),
               .member = root,
               .store = fact.key.store},
              which);
}

// --- what the hub decides

base::Result<PersonBefore> Effects::person_before(base::MemberId id, std::int64_t at_ms, const FactPlace& occasion) {
  PersonBefore person;
  MILLPOND_TRY(person.root, root_of(id));
  MILLPOND_TRY(const auto group, group_of(person.root));
  for (const auto each : group) {
    MILLPOND_TRY(const auto* const state, member(each));
    if (each == person.root) {
      person.enrolled = state->enrolled == Enrolled::enrolled;
      person.removed = state->enrolled == Enrolled::removed;
      person.came_by = state->came_by;
    }
    model::add_marks(person.marks, state->marks);
    auto given = times_given(state->given);
    for (const auto& one : state->given) {
      if (one.occasion != occasion || occasion == FactPlace{}) continue;
      auto& times = *std::ranges::find(given, one.times.campaign, &model::CampaignTimes::campaign);
      times.times -= 1;
      times.times_that_day -= 1;
      person.gave_here.push_back(one.times.campaign);
    }
    model::add_times(person.given, given);
    MILLPOND_TRY(const auto visits, campaigns_.before(each, at_ms, occasion));
    person.visits += visits.number;
    person.last_day = std::max(person.last_day, visits.last_day);
    person.qualifying_minor = model::add_held(person.qualifying_minor, visits.minor);
  }
  return person;
}

base::Result<Applied> Effects::decide(const DecisionEntry& entry, const WaitingFact* given) {
  for (const auto& [kind, campaign, cap, amount] : entry.drawn) {
    MILLPOND_TRY_DO(keep_cap(kind, campaign.value, cap));
    MILLPOND_TRY(auto pool, pool_of(kind, campaign.value, 0));
    pool.use_unleased(amount);
    MILLPOND_TRY_DO(keep_pool(kind, campaign.value, pool, 0));
  }
  FactPlace sale;
  if (entry.kind == CaseKind::promise) {
    const auto part = [&](std::size_t at, std::size_t size) {
      return base::read_big_endian(base::ByteView{entry.key}.subspan(at, size));
    };
    MILLPOND_TRY(const auto lane, database_.query_integer("SELECT lane FROM epochs WHERE terminal=?1 AND epoch=?2",
                                                          part(0, 4), part(4, 4)));
    MILLPOND_TRY(const auto promise, campaigns_.take_promise({lane.value_or(0), {part(8, 8)}}));
    if (!promise) return given == nullptr ? Applied{} : Applied{0, base::Code::award_duplicate};
    MILLPOND_TRY_DO(database_.run("UPDATE awards SET deferred=?2 WHERE cause=?1", promise->cause,
                                  given == nullptr ? Promised::withdrawn : Promised::kept));
    sale = promise->sale;
  } else {
    MILLPOND_TRY_DO(campaigns_.close(entry.key));
  }
  if (given == nullptr) return Applied{};
  const Place at{0, given->fact->stamp, *given};
  const auto occasion = sale == FactPlace{} ? FactPlace{0, entry.first} : sale;
  Applied applied{0, base::Code::bad_input};
  if (const auto* const coupon = std::get_if<model::CouponIssued>(&given->fact->body)) {
    MILLPOND_TRY(applied, issue(at, *coupon, false, occasion));
  } else if (const auto* const award = std::get_if<model::AwardGiven>(&given->fact->body)) {
    if (sale == FactPlace{}) {
      MILLPOND_TRY(const bool first, keep_award(at, *award));
      if (!first) return Applied{0, base::Code::award_duplicate};
    }
    MILLPOND_TRY(applied, give(at, *award, sale, occasion));
  }
  if (sale == FactPlace{}) return applied;
  // What came back of the sale by now takes its part along.
  MILLPOND_TRY(const auto back,
               database_.query_integer("SELECT 1 FROM refunded WHERE lane=?1 AND seq=?2", sale.lane, sale.seq));
  if (back) MILLPOND_TRY_DO(take_back(at, sale));
  return applied;
}

}  // namespace millpond::hub
