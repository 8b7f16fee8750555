// SPDX-License-Identifier: Apache-2.0
#include "sync/model/campaign_times.h"

#include <algorithm>

namespace millpond::model {
namespace {

void add(CampaignTimes& to, const CampaignTimes& more) {
  to.times += more.times;
  if (more.day == to.day) to.times_that_day += more.times_that_day;
  if (more.day > to.day) {
    to.day = more.day;
    to.times_that_day = more.times_that_day;
  }
}

// Of a day the one with the lowest number: campaigns are numbered as they come.
void bound(std::vector<CampaignTimes>& times) {
  if (times.size() <= campaign_times_max) return;
  times.erase(std::ranges::min_element(times, {}, &CampaignTimes::day));
}

}  // namespace

void count_time(std::vector<CampaignTimes>& times, base::CampaignId campaign, base::LocalDate day) {
  add_times(times, {{campaign, 1, day, 1}});
}

void add_times(std::vector<CampaignTimes>& sum, const std::vector<CampaignTimes>& more) {
  for (const auto& each : more) {
    const auto at = std::ranges::lower_bound(sum, each.campaign, {}, &CampaignTimes::campaign);
    if (at != sum.end() && at->campaign == each.campaign) {
      add(*at, each);
    } else {
      sum.insert(at, each);
      bound(sum);
    }
  }
}

CampaignTimes times_of(const std::vector<CampaignTimes>& times, base::CampaignId campaign) {
  const auto at = std::ranges::lower_bound(times, campaign, {}, &CampaignTimes::campaign);
  return at != times.end() && at->campaign == campaign ? *at : CampaignTimes{campaign, 0, {}, 0};
}

}  // namespace millpond::model
