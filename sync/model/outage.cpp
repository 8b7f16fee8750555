// SPDX-License-Identifier: Apache-2.0
#include "sync/model/outage.h"

#include "sync/model/allocate.h"

#include <algorithm>

namespace millpond::model {
namespace {

constexpr std::int64_t both_ways = 2;

// The most that one use of it takes without asking; 0 when it always has to ask.
std::int64_t unasked_minor(const CouponOffer& offer, const HonourLimits& limits) {
  if (offer.confirmed_only || offer.value_minor > limits.value_minor_max) return 0;
  return std::min(multiply_held(offer.value_minor, offer.times_max), limits.value_minor_max);
}

}  // namespace

OutageBound outage_bound(const Programme& programme, const OutageLimits& limits) {
  OutageBound bound;
  const auto everywhere = [&](std::int64_t each) {
    return multiply_held(multiply_held(each, limits.terminals), both_ways);
  };
  const auto outstanding_max = std::max<std::int64_t>(limits.honour.outstanding_minor_max, 0);
  bound.coupons_minor = everywhere(outstanding_max);
  std::int64_t dearest = 0;
  for (const auto& offer : programme.coupons) {
    const auto unasked = unasked_minor(offer, limits.honour);
    dearest = std::max(dearest, unasked);
    if (unasked == 0) bound.asked_for.push_back(offer.id);
  }
  bound.these_coupons_minor =
      everywhere(std::min(outstanding_max, multiply_held(dearest, limits.honour.outstanding_uses_max)));
  bound.points = limits.terminals > 0 ? limits.points_pool_max : 0;
  for (const auto& campaign : programme.campaigns) {
    if (campaign.stopped) continue;
    // Those of one member need the hub's word, and who decides without it gives all the same. Those of the whole
    // campaign are leased.
    const bool of_members = campaign.caps.per_member > 0 || campaign.caps.per_member_day > 0;
    if (campaign.offline == OfflinePolicy::decide && of_members) bound.past_limits.push_back(campaign.id);
  }
  std::ranges::sort(bound.asked_for);
  std::ranges::sort(bound.past_limits);
  return bound;
}

}  // namespace millpond::model
