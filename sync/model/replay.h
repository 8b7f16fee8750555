// SPDX-License-Identifier: Apache-2.0
// Replay: what a programme's campaigns would have given for what happened in the past, event by event with the shipped
// rules, and what that would have cost. Caps of members are kept as they would have been; those of a whole campaign
// too, in the order of the events. Nobody's behaviour changes by it: who came would have come, and what was bought
// would have been bought. Beside it the same with every line cut all the time, by what each campaign says
// of that. Pure.
#pragma once

#include "sync/model/campaign_check.h"
#include "sync/model/past_event.h"
#include "sync/model/rule_book.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace millpond::model {

struct ReplayedCampaign {
  std::uint64_t looked_at{};
  std::uint64_t gave{};      // events
  std::uint64_t deferred{};  // awards that wait for the hub
  std::uint64_t held_out{};
  std::uint64_t members{};  // different ones
  std::int64_t coupons{};
  std::int64_t face_minor{};  // of these coupons: what they cost when every one is used
  std::int64_t points{};
  std::uint64_t undone{};       // sales that had brought something and came back whole
  std::int64_t undone_minor{};  // of face_minor, for these sales: void where unused, a loss where used
  std::uint64_t blind_gave{};   // events that had brought something if no terminal had known a member or had a line
  std::int64_t blind_minor{};   // face value of that
  std::int64_t blind_points{};
  friend bool operator==(const ReplayedCampaign&, const ReplayedCampaign&) = default;
};

class Replay {
 public:
  // The programme outlives it.
  Replay(const base::BrandId& brand, const Programme& programme) : brand_{brand}, book_{programme} {}
  // In the order of time, for the sake of caps. Remembers one row for each sale that brought something.
  void on(const PastEvent& event);
  [[nodiscard]] const std::map<base::CampaignId, ReplayedCampaign>& campaigns() const { return campaigns_; }
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::uint64_t sales() const { return sales_; }
  [[nodiscard]] std::int64_t eligible_minor() const { return eligible_minor_; }
  [[nodiscard]] std::uint64_t late() const { return late_; }  // heard of long after they happened

 private:
  using Place = std::pair<base::StoreId, std::string>;  // a sale's
  struct Used {
    std::map<std::uint64_t, std::int64_t> by_member;
    std::map<std::pair<std::uint64_t, base::LocalDate>, std::int64_t> by_member_day;
  };
  // What one event brought: face value and points by campaign.
  struct Brought {
    std::int64_t minor{};
    std::int64_t points{};
  };
  void happened(const PastEvent& event);
  void came_back(const PastEvent& event);
  void blindly(const PastEvent& event, const Happening& happening, const Circumstance& circumstance);
  [[nodiscard]] Brought worth_of(const Award& award) const;

  base::BrandId brand_;
  RuleBook book_;
  std::uint64_t events_{};
  std::uint64_t sales_{};
  std::int64_t eligible_minor_{};
  std::uint64_t late_{};
  std::map<base::CampaignId, ReplayedCampaign> campaigns_;
  std::map<base::CampaignId, Used> used_;
  std::map<Place, std::map<base::CampaignId, Brought>> brought_;
};

}  // namespace millpond::model
