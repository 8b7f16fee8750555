// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/campaign_shares.h"

#include <algorithm>

namespace millpond::hub {
namespace {

constexpr std::int64_t first_round_parts = 4;
// One share is never more than so many givings: a terminal adds up what it used of one with every sale that may give.
constexpr std::int64_t givings_max = 500;
constexpr std::int32_t days_before = 2;

}  // namespace

std::vector<CampaignPool> campaign_pools(const model::RuleBook& rules) {
  std::vector<CampaignPool> pools;
  for (const auto& campaign : rules.programme().campaigns) {
    if (campaign.trigger != model::Trigger::sale_paid || campaign.stopped) continue;
    const auto add = [&](model::LeaseKind kind, std::int64_t cap, std::int64_t least) {
      if (cap <= 0 || least > cap) return;
      pools.push_back({campaign.id, kind, cap, std::max<std::int64_t>(least, 1), campaign.starts, campaign.ends,
                       campaign.only_stores});
    };
    add(model::LeaseKind::campaign_budget, campaign.caps.money_minor, rules.most_face_of(campaign));
    add(model::LeaseKind::campaign_count, campaign.caps.count, 1);
  }
  return pools;
}

std::vector<LeaseTerms> campaign_terms(const std::vector<CampaignPool>& pools, base::StoreId store,
                                       base::LocalDate today, std::int64_t terminals) {
  std::vector<LeaseTerms> terms;
  for (const auto& pool : pools) {
    const bool here =
        pool.only_stores.empty() || std::ranges::find(pool.only_stores, store.value) != pool.only_stores.end();
    if (!here || today.days + days_before < pool.starts.days || pool.ends < today) continue;
    const auto part = pool.cap / (first_round_parts * std::max<std::int64_t>(terminals, 1));
    const auto givings = std::clamp<std::int64_t>(part / pool.least, 1, givings_max);
    LeaseTerms of;
    of.kind = pool.kind;
    of.subject = pool.campaign.value;
    of.cap = pool.cap;
    of.terminal_max = givings * pool.least;
    of.least = pool.least;
    terms.push_back(of);
  }
  return terms;
}

}  // namespace millpond::hub
