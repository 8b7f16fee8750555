// SPDX-License-Identifier: Apache-2.0
#include "sync/model/issue_check.h"

#include "sync/model/rules.h"

#include <algorithm>

namespace millpond::model {
namespace {

std::int64_t most_points(const std::vector<CampaignAction>& actions) {
  std::int64_t most = 0;
  for (const auto& action : actions) {
    if (action.kind == ActionKind::points) most = std::max(most, action.number);
  }
  return most;
}

std::int64_t most_points(const Campaign& campaign) {
  auto most = most_points(campaign.actions);
  if (!campaign.experiment) return most;
  for (const auto& variant : campaign.experiment->variants) most = std::max(most, most_points(variant.actions));
  return most;
}

std::optional<Excess> excess_of(const Programme* programme, const PointsEarned& fact, const SaleRecorded* sale) {
  std::int64_t allowed = 0;
  if (programme != nullptr && sale == nullptr) {
    allowed = points_for(programme->earn, fact.base_minor);
  } else if (programme != nullptr && sale->member == fact.member) {
    allowed = earning_of(*programme, *sale).value_or(Earning{}).points;
  }
  return fact.points > allowed ? std::optional{Excess{fact.points, allowed}} : std::nullopt;
}

std::optional<Excess> excess_of(const Programme* programme, const AwardGiven& fact) {
  if (fact.kind != ActionKind::points || fact.deferred) return std::nullopt;
  std::int64_t allowed = 0;
  if (programme != nullptr) {
    const auto campaign = std::ranges::find(programme->campaigns, fact.campaign, &Campaign::id);
    if (campaign != programme->campaigns.end()) allowed = most_points(*campaign);
  }
  return fact.number > allowed ? std::optional{Excess{fact.number, allowed}} : std::nullopt;
}

std::optional<Excess> excess_of(const Programme* programme, const CouponIssued& fact, base::LocalDate issued) {
  const Excess all{fact.value_minor, 0};
  if (programme == nullptr) return all;
  const auto offer = std::ranges::find(programme->coupons, fact.campaign, &CouponOffer::id);
  if (offer == programme->coupons.end()) return all;
  if (fact.value_minor > offer->value_minor) return Excess{fact.value_minor, offer->value_minor};
  const auto days = good_days(offer->days, issued);
  const bool generous =
      fact.threshold_minor < offer->threshold_minor || fact.not_before < days.first || fact.expires > days.last;
  return generous ? std::optional{all} : std::nullopt;
}

}  // namespace

bool gives_value(const FactBody& body) {
  return std::holds_alternative<PointsEarned>(body) || std::holds_alternative<AwardGiven>(body) ||
         std::holds_alternative<CouponIssued>(body);
}

std::optional<Excess> beyond_rules(const Programme* programme, const Fact& fact, const SaleRecorded* sale) {
  if (const auto* const earned = std::get_if<PointsEarned>(&fact.body)) return excess_of(programme, *earned, sale);
  if (const auto* const given = std::get_if<AwardGiven>(&fact.body)) return excess_of(programme, *given);
  const auto* const issued = std::get_if<CouponIssued>(&fact.body);
  return issued == nullptr ? std::nullopt : excess_of(programme, *issued, fact.stamp.local_date);
}

}  // namespace millpond::model
