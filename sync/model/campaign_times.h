// SPDX-License-Identifier: Apache-2.0
// CampaignTimes: how often a campaign gave a member something, of campaigns that are capped by member (CampaignCaps).
// An occasion counts once, however much it brought; one whose goods came back counts all the same. Pure values.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/ids.h"

#include <cstdint>
#include <vector>

namespace millpond::model {

inline constexpr std::size_t campaign_times_max = 32;  // a member; who gave longest ago is forgotten first

struct CampaignTimes {
  base::CampaignId campaign;
  std::int64_t times{};
  base::LocalDate day;  // of the last one, at the store
  std::int64_t times_that_day{};
  friend bool operator==(const CampaignTimes&, const CampaignTimes&) = default;
};

// Counts one occasion. The list is ascending by campaign and stays so. Days need not come in order: one of an earlier
// day is not counted by day.
void count_time(std::vector<CampaignTimes>& times, base::CampaignId campaign, base::LocalDate day);
// One person's several numbers.
void add_times(std::vector<CampaignTimes>& sum, const std::vector<CampaignTimes>& more);
// Zeros for one that is not in the list.
[[nodiscard]] CampaignTimes times_of(const std::vector<CampaignTimes>& times, base::CampaignId campaign);

}  // namespace millpond::model
