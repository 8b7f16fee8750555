// SPDX-License-Identifier: Apache-2.0
#include "sync/model/facts.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

TEST_CASE("Every kind of fact keeps its number and its name", "[facts]") {
  struct Row {
    model::FactBody body;
    int number;
    std::string_view name;
  };
  const std::vector<Row> rows{
      {model::EpochBegun{}, 1, "epoch_begun"},
      {model::MemberEnrolled{}, 2, "member_enrolled"},
      {model::SaleRecorded{}, 3, "sale_recorded"},
      {model::PointsEarned{}, 4, "points_earned"},
      {model::CouponIssued{}, 5, "coupon_issued"},
      {model::CouponRedeemed{}, 6, "coupon_redeemed"},
      {model::CouponOverRedeemed{}, 7, "coupon_over_redeemed"},
      {model::PrintFinished{}, 8, "print_finished"},
      {model::SaleDisputed{}, 9, "sale_disputed"},
      {model::SaleRefunded{}, 10, "sale_refunded"},
      {model::ProfileChanged{}, 11, "profile_changed"},
      {model::ConsentChanged{}, 12, "consent_changed"},
      {model::RightsReleased{}, 13, "rights_released"},
      {model::CouponConfirmed{}, 14, "coupon_confirmed"},
      {model::CouponProvisional{}, 15, "coupon_provisional"},
      {model::RedemptionCancelled{}, 16, "redemption_cancelled"},
      {model::PointsSpent{}, 17, "points_spent"},
      {model::LeaseReturned{}, 18, "lease_returned"},
      {model::ActApproved{}, 19, "act_approved"},
      {model::StaffChecked{}, 20, "staff_checked"},
      {model::AwardGiven{}, 21, "award_given"},
      {model::CouponApplied{}, 22, "coupon_applied"},
      {model::CouponVoided{}, 23, "coupon_voided"},
      {model::CouponReturned{}, 24, "coupon_returned"},
      {model::CampaignDrawn{}, 25, "campaign_drawn"},
  };
  CHECK(rows.size() == std::variant_size_v<model::FactBody>);
  for (const auto& row : rows) {
    CHECK(static_cast<int>(model::kind_of(row.body)) == row.number);
    CHECK(model::kind_name(model::kind_of(row.body)) == row.name);
  }
  CHECK(model::kind_name(static_cast<model::FactKind>(4711)) == "unknown");
}

namespace {

template <class Body>
base::MemberId member_of(base::MemberId member) {
  Body body;
  body.member = member;
  return model::member_of(body);
}

}  // namespace

TEST_CASE("A fact belongs to its member or to nobody", "[facts]") {
  const base::MemberId member{7};
  CHECK(member_of<model::PointsEarned>(member) == member);
  CHECK(member_of<model::SaleRecorded>(member) == member);
  CHECK(member_of<model::MemberEnrolled>(member) == member);
  CHECK(member_of<model::CouponIssued>(member) == member);
  CHECK(member_of<model::CouponProvisional>(member) == member);
  CHECK(member_of<model::PointsSpent>(member) == member);
  CHECK(member_of<model::ActApproved>(member) == member);
  CHECK(member_of<model::AwardGiven>(member) == member);
  CHECK(model::member_of(model::RightsReleased{}) == base::MemberId{});
  CHECK(model::member_of(model::EpochBegun{}) == base::MemberId{});
  CHECK(model::member_of(model::PrintFinished{}) == base::MemberId{});
}
