// SPDX-License-Identifier: Apache-2.0
// What campaigns gave beside coupons, which have a fact of their own. Part of facts.h, which has the rules for all of
// them.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/ids.h"
#include "sync/model/leases.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace millpond::model {

// What a campaign gives (campaign.h); in documents by name, in facts and causes by number.
enum class ActionKind : std::uint8_t {
  points = 1,      // number: how many
  coupon = 2,      // number: the offer; count: how many; a fact of its own
  chance = 3,      // number: the game; count: how many
  tag = 4,         // word
  pack = 5,        // number: the benefit pack; its coupons are what is given
  message = 6,     // number: the message; goes through the contact policy
  staff_task = 7,  // word: the post that gets it
};

// "points": as in documents.
[[nodiscard]] std::string_view action_name(ActionKind kind);

struct AwardGiven {
  base::MemberId member;
  base::CampaignId campaign;
  ActionKind kind{};
  std::int64_t number{};
  std::string word;
  base::Hash cause{};        // one award per cause, wherever it is given
  std::uint32_t variant{};   // of an experiment
  bool deferred{};           // promised "to be confirmed": the hub decides
  base::Seq sale;            // 0: something else than a sale brought it
  base::Epoch sale_epoch{};  // as in PointsEarned
  // What must be left of the sale's eligible amount for it to stand; 0: anything. Goods that come back below it take it
  // along (refund.h).
  std::int64_t least_paid_minor{};
  friend bool operator==(const AwardGiven&, const AwardGiven&) = default;
};

// What a campaign's awards for one sale took of the share of its limits that the hub let this terminal give out
// (leases.h). Told behind them, by the same action; of a campaign with two limits there are two.
struct CampaignDrawn {
  base::MemberId member;
  base::CampaignId campaign;
  LeaseKind kind{};  // campaign_budget or campaign_count
  base::LeaseId lease;
  std::int64_t amount{};  // minor units, or times
  base::Seq sale;
  base::Epoch sale_epoch{};  // as in PointsEarned
  friend bool operator==(const CampaignDrawn&, const CampaignDrawn&) = default;
};

}  // namespace millpond::model
