// SPDX-License-Identifier: Apache-2.0
// One fact of each kind with every field set, for tests of encodings.
#pragma once

#include "sync/model/facts.h"

namespace millpond::tests {

inline base::Hash hash_of_byte(std::uint8_t byte) {
  base::Hash hash;
  hash.fill(byte);
  return hash;
}

inline std::array<std::uint8_t, 64> receipt_of_byte(std::uint8_t byte) {
  std::array<std::uint8_t, 64> receipt{};
  receipt.fill(byte);
  return receipt;
}

inline model::Stamp sample_stamp() { return {{7}, {0xC0FFEE01}, {42}, 1'795'000'000'123, 480, {20'775}, 3}; }

inline std::vector<model::Fact> sample_facts() {
  using namespace model;
  const SaleKey key{{12}, "till-1", {20'775}, "T-0001"};
  const base::MemberId member{base::compose_id({7}, 0xBEEF, 1)};
  const base::CouponId coupon{base::compose_id({7}, 0xBEEF, 2)};
  std::vector<FactBody> bodies{
      EpochBegun{EpochReason::disk_changed, {99}, {1000}},
      MemberEnrolled{
          member,
          {12},
          Channel::kiosk,
          {{Purpose::membership, true, hash_of_byte(1), "zh-CN"}, {Purpose::marketing, false, hash_of_byte(2), "en"}},
          hash_of_byte(3)},
      SaleRecorded{key,
                   member,
                   *base::parse_currency("CNY"),
                   12'850,
                   850,
                   12'000,
                   {{"1", "SKU-9", "0.350", "tea", 12'850, -100}, {}},
                   {{TenderType::alipay, 12'000}, {TenderType::cash, 850}},
                   {4, 4, 4, 4, 4, 4, 4, 4},
                   true},
      PointsEarned{member, {41}, -120, 12'000},
      CouponIssued{coupon, member, {5}, {12}, 1'000, 5'000, {20'776}, {20'806}, hash_of_byte(5), {41}},
      CouponRedeemed{coupon, member, {5}, {41}, 1'000},
      CouponOverRedeemed{coupon, member, {5}, {41}, 1'000, "coupon_spent"},
      PrintFinished{{41}, PrintOutcome::uncertain},
      SaleDisputed{key, hash_of_byte(6)},
      SaleRefunded{{{12}, "T1", {20'778}, "R-7"},
                   {{12}, "T1", {20'777}, "1042"},
                   member,
                   *base::parse_currency("CNY"),
                   1'200,
                   false,
                   {{"1", 700}, {"3", 500}},
                   body_tag_of(hash_of_byte(3)),
                   false,
                   true,
                   12,
                   4},
      ProfileChanged{member, ProfileField::birthday, 3, hash_of_byte(7)},
      ConsentChanged{member, 2, {Purpose::marketing, true, hash_of_byte(8), "en"}},
      RightsReleased{{9}},
      CouponConfirmed{coupon, member, {5}, {41}, 1'000, 0xfedc'ba98'7654'3210ULL, receipt_of_byte(7), {98}},
      CouponProvisional{coupon, member, {5}, {41}, 1'000, 77, 3, {501}, {98}},
      RedemptionCancelled{coupon, 77},
      PointsSpent{member, {41}, 120, {8'000}, {98}},
      LeaseReturned{{8'000}, 120},
      ActApproved{Act::identity_approved, {501}, {502}, member, 41, "forgot the phone"},
      StaffChecked{{501}, StaffCheck::missed},
      AwardGiven{member, {7}, ActionKind::tag, 30, "regular", hash_of_byte(9), 1, true, {41}, {98}},
      CouponApplied{coupon, {41}, {{0, 320}, {3, 680}}, {98}},
      CouponVoided{coupon, member, {7}, 800, true},
      CouponReturned{coupon, member, {7}, {77}},
      CampaignDrawn{member, {7}, LeaseKind::campaign_budget, {8'001}, 1'500, {41}, {98}},
  };
  std::vector<Fact> facts;
  for (auto& body : bodies) facts.push_back({sample_stamp(), std::move(body)});
  return facts;
}

// What was added to kinds after they began, every field of it set.
inline std::vector<model::Fact> later_facts() {
  using namespace model;
  const auto facts = sample_facts();
  auto enrolled = facts[1];
  auto& member = std::get<MemberEnrolled>(enrolled.body);
  member.consents[0].age = AgeAnswer::old_enough;
  member.campaign = {9};
  member.staff = {501};
  member.invited_by = {base::compose_id({8}, 0xBEEF, 3)};
  member.came_by = OriginChannel::online;
  auto sold = facts[2];
  auto& sale = std::get<SaleRecorded>(sold.body);
  sale.lines[0].modifiers = {"less ice", "", "30 % sugar"};
  sale.lines[1].excluded = true;
  sale.operator_id = "Li 3";
  auto issued = facts[4];
  auto& coupon = std::get<CouponIssued>(issued.body);
  coupon.by = {31};
  coupon.variant = 2;
  coupon.least_paid_minor = 4'500;
  auto back = facts[9];
  std::get<SaleRefunded>(back.body).operator_id = "Li 3";
  auto given = facts[20];
  std::get<AwardGiven>(given.body).least_paid_minor = 4'500;
  return {enrolled, sold, issued, back, given};
}

}  // namespace millpond::tests
