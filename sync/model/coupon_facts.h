// SPDX-License-Identifier: Apache-2.0
// What happened to coupons: issued, their right passed on, honoured in one way or another (rights.h). Part of facts.h,
// which has the rules for all of them.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace millpond::model {

struct CouponIssued {
  base::CouponId coupon;
  base::MemberId member;  // 0: bearer
  base::CampaignId campaign;
  base::StoreId store;
  std::int64_t value_minor{};
  std::int64_t threshold_minor{};
  base::LocalDate not_before;
  base::LocalDate expires;  // last day it is good
  base::Hash cause{};       // H(brand, payment, campaign, member, ordinal): one coupon per cause, wherever it is issued
  base::Seq sale;
  base::Epoch sale_epoch{};         // as in PointsEarned
  base::CampaignId by{};            // the campaign that gave it, where `campaign` is its offer; 0: none, or not told
  std::uint32_t variant{};          // of the campaign's experiment
  std::int64_t least_paid_minor{};  // as in AwardGiven
  friend bool operator==(const CouponIssued&, const CouponIssued&) = default;
};

struct CouponRedeemed {  // CONFIRMED, because the right was held here
  base::CouponId coupon;
  base::MemberId member;
  base::CampaignId campaign;
  base::Seq sale;
  std::int64_t value_minor{};
  base::Epoch sale_epoch{};  // as in PointsEarned
  friend bool operator==(const CouponRedeemed&, const CouponRedeemed&) = default;
};

// A paid sale that used a coupon this terminal could not honour. The sale stands; the value is booked as loss.
struct CouponOverRedeemed {
  base::CouponId coupon;
  base::MemberId member;
  base::CampaignId campaign;
  base::Seq sale;
  std::int64_t value_minor{};
  std::string reason;        // base::code_name of why: "coupon_spent"
  base::Epoch sale_epoch{};  // as in PointsEarned
  friend bool operator==(const CouponOverRedeemed&, const CouponOverRedeemed&) = default;
};

// From here on this terminal no longer treats the coupons that it issued in this epoch before this fact as its own: the
// receiver holds their rights (rights.h). In the log, because only its order tells both sides the same.
struct RightsReleased {
  base::TerminalId receiver;  // 0: the hub
  friend bool operator==(const RightsReleased&, const RightsReleased&) = default;
};

// CONFIRMED by the hub while the till waited. The receipt is the hub's signature over brand, redemption, coupon and
// terminal, so that a hub restored from a backup believes its own word.
struct CouponConfirmed {
  base::CouponId coupon;
  base::MemberId member;
  base::CampaignId campaign;
  base::Seq sale;
  std::int64_t value_minor{};
  std::uint64_t redemption{};              // redemption_id() of rights.h
  std::array<std::uint8_t, 64> receipt{};  // context::redemption
  base::Epoch sale_epoch{};                // as in PointsEarned
  friend bool operator==(const CouponConfirmed&, const CouponConfirmed&) = default;
};

// PROVISIONAL: honoured without asking whoever holds the right, within what the hub allows (rights.h).
struct CouponProvisional {
  base::CouponId coupon;
  base::MemberId member;
  base::CampaignId campaign;
  base::Seq sale;
  std::int64_t value_minor{};
  std::uint64_t redemption{};
  std::uint32_t limits_version{};
  base::StaffId approved_by;  // 0: nobody had to
  base::Epoch sale_epoch{};   // as in PointsEarned
  friend bool operator==(const CouponProvisional&, const CouponProvisional&) = default;
};

// What a coupon took off which lines of its sale, so that a refund of some of them is exact. Told after the use of the
// coupon where the sale has several lines; the whole discount stands in that fact as its value.
struct LineDiscount {
  std::uint32_t line{};  // place in SaleRecorded::lines, from 0
  std::int64_t discount_minor{};
  friend bool operator==(const LineDiscount&, const LineDiscount&) = default;
};
struct CouponApplied {
  base::CouponId coupon;
  base::Seq sale;
  std::vector<LineDiscount> lines;  // ascending, none without a discount
  base::Epoch sale_epoch{};         // as in PointsEarned
  friend bool operator==(const CouponApplied&, const CouponApplied&) = default;
};

// The sale that brought it came back: it is good no more. Of one that was used before, its value is lost.
struct CouponVoided {
  base::CouponId coupon;
  base::MemberId member;
  base::CampaignId campaign;
  std::int64_t value_minor{};
  bool used{};  // as far as this terminal knows
  friend bool operator==(const CouponVoided&, const CouponVoided&) = default;
};

// Every line that it took something off came back, and with them the coupon: as a new one of the same worth, so that
// nobody ever has to forget that the old one was used.
struct CouponReturned {
  base::CouponId coupon;
  base::MemberId member;
  base::CampaignId campaign;
  base::CouponId instead;  // issued by the next fact; 0: its last day is over, and none came back
  friend bool operator==(const CouponReturned&, const CouponReturned&) = default;
};

// The hub said yes and the sale never came: the till gave up, or the hold ran out.
struct RedemptionCancelled {
  base::CouponId coupon;
  std::uint64_t redemption{};
  friend bool operator==(const RedemptionCancelled&, const RedemptionCancelled&) = default;
};

}  // namespace millpond::model
