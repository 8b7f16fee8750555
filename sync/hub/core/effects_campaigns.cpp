// SPDX-License-Identifier: Apache-2.0
// What campaigns gave to whom, for those that may give somebody so and so often only.
#include "sync/hub/core/effects.h"

#include <algorithm>

namespace millpond::hub {
namespace {

constexpr std::size_t given_bytes = 4 + 8 + 4 + 8 + 8 + 8;

bool is_capped_by_member(const model::Programme& programme, base::CampaignId id) {
  const auto found = std::ranges::find(programme.campaigns, id, &model::Campaign::id);
  return found != programme.campaigns.end() && (found->caps.per_member > 0 || found->caps.per_member_day > 0);
}

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

}  // namespace millpond::hub
