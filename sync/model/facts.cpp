// SPDX-License-Identifier: Apache-2.0
#include "sync/model/facts.h"

#include "sync/base/check.h"

#include <array>

namespace millpond::model {
namespace {

constexpr std::array<std::string_view, 26> names{"",
                                                 "epoch_begun",
                                                 "member_enrolled",
                                                 "sale_recorded",
                                                 "points_earned",
                                                 "coupon_issued",
                                                 "coupon_redeemed",
                                                 "coupon_over_redeemed",
                                                 "print_finished",
                                                 "sale_disputed",
                                                 "sale_refunded",
                                                 "profile_changed",
                                                 "consent_changed",
                                                 "rights_released",
                                                 "coupon_confirmed",
                                                 "coupon_provisional",
                                                 "redemption_cancelled",
                                                 "points_spent",
                                                 "lease_returned",
                                                 "act_approved",
                                                 "staff_checked",
                                                 "award_given",
                                                 "coupon_applied",
                                                 "coupon_voided",
                                                 "coupon_returned",
                                                 "campaign_drawn"};

}  // namespace

FactKind kind_of(const FactBody& body) { return static_cast<FactKind>(body.index() + 1); }

std::string_view kind_name(FactKind kind) {
  const auto at = static_cast<std::size_t>(kind);
  return at < names.size() ? names[at] : "unknown";
}

Origin origin_of(const MemberEnrolled& enrolled) {
  const auto channel =
      enrolled.came_by == OriginChannel{} ? static_cast<OriginChannel>(enrolled.channel) : enrolled.came_by;
  return {channel, enrolled.campaign, enrolled.store, enrolled.staff, enrolled.invited_by};
}

base::MemberId member_of(const FactBody& body) {
  return std::visit(
      [](const auto& fact) {
        if constexpr (requires { fact.member; })
          return fact.member;
        else
          return base::MemberId{};
      },
      body);
}

}  // namespace millpond::model
