// SPDX-License-Identifier: Apache-2.0
// Campaign shares: which limits of a programme's campaigns terminals get leases of, and how large one share is. The
// rules of leases are in model/leases.h; what was given is in the books of HubStore. Pure.
#pragma once

#include "sync/hub/core/lease_values.h"
#include "sync/model/rule_book.h"

#include <vector>

namespace millpond::hub {

// One limit of a whole campaign that terminals give out of.
struct CampaignPool {
  base::CampaignId campaign;
  model::LeaseKind kind{};
  std::int64_t cap{};
  std::int64_t least{};  // one giving takes at most so much
  base::LocalDate starts;
  base::LocalDate ends;                    // last day
  std::vector<std::uint32_t> only_stores;  // empty: all
  friend bool operator==(const CampaignPool&, const CampaignPool&) = default;
};

// Of the campaigns that terminals decide (paid sales) and that limit how often they give in all, or for how much. A
// limit that one giving would exceed is left out, because nothing is ever given by it.
[[nodiscard]] std::vector<CampaignPool> campaign_pools(const model::RuleBook& rules);

// What a terminal of a store may have of them on a day; from two days before a campaign begins, so that a line that is
// cut on the first morning does not keep it from beginning. All shares of the first round together are a quarter of the
// limit, or one giving each: the rest is for those that use theirs up.
[[nodiscard]] std::vector<LeaseTerms> campaign_terms(const std::vector<CampaignPool>& pools, base::StoreId store,
                                                     base::LocalDate today, std::int64_t terminals);

}  // namespace millpond::hub
