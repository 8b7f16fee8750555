// SPDX-License-Identifier: Apache-2.0
// What figures are made of: events as plain values, filled from facts by whoever holds them. Each event once, in any
// order. A member is the person: the root of its aliases. Days and minutes are those of the store (Stamp::local_date
// and utc_offset_min). Money is minor units of the programme's currency; sales for training are left out.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/model/contact_policy.h"
#include "sync/model/origin.h"

#include <cstdint>
#include <vector>

namespace millpond::model {

// Stamp::local_date, and occurred_at_ms with utc_offset_min as the minute of that day.
struct When {
  base::LocalDate date;
  std::int32_t minute{};  // 0 .. 1439
  friend auto operator<=>(const When&, const When&) = default;
};

// MemberEnrolled with its Origin (missing: the fact holds store and Channel only).
struct EnrolmentEvent {
  base::MemberId member;
  When at;
  OriginChannel channel{};
  base::CampaignId campaign;  // 0: by nature
};

enum class Place : std::uint8_t { store = 1, online = 2 };

// SaleRecorded: total_minor less discounts and what was tendered in points and coupons.
struct SaleEvent {
  std::uint64_t sale{};   // any number that is this sale's alone, as the hub gives it for its SaleKey
  base::MemberId member;  // 0: nobody identified
  When at;
  Place place{Place::store};  // missing: SaleRecorded has stores only; an online shop is a store with a mark
  base::StoreId store;
  base::StaffId staff;  // missing: the cashier of SaleRecorded; 0: not told
  std::int64_t net_minor{};
};

// A refund of it, whole or in part (SaleRefunded).
struct RefundEvent {
  std::uint64_t sale{};
  base::LocalDate date;
  std::int64_t net_minor{};  // positive
};

// The person was there without buying: a check-in (missing fact), a code scanned, a coupon used.
struct SeenEvent {
  base::MemberId member;
  When at;
  Place place{Place::store};
};

enum class ContactStep : std::uint8_t { sent = 1, delivered = 2, opened = 3, clicked = 4, unsubscribed = 5 };

// message_sent and what the channel's provider tells afterwards (missing facts).
struct ContactEvent {
  base::MemberId member;
  MessageCause cause;
  MessageChannel channel{};
  ContactStep step{};
  When at;
};

enum class CouponStep : std::uint8_t { issued = 1, used = 2, returned = 3 };

// CouponIssued; CouponRedeemed, CouponConfirmed, CouponProvisional and CouponOverRedeemed when it counts at the hub; a
// refund that gave it back (CouponReturned).
struct CouponEvent {
  base::CouponId coupon;
  base::CampaignId campaign;
  base::MemberId member;
  CouponStep step{};
  base::LocalDate date;
};

// Took part in a campaign: its coupon issued or used, a draw, a check-in.
struct TookPartEvent {
  base::MemberId member;
  base::CampaignId campaign;
  When at;
};

// A member's variant in an experiment, from the day on which the campaign reached or would have reached them. Computed
// by the campaign's hash of the member (missing fact: none needed; day of the first trigger).
struct AssignedEvent {
  base::MemberId member;
  When at;
  bool holdout{};
};

// An edge of 老带新 (missing facts: referral_bound, referral_qualified).
struct ReferralEvent {
  base::MemberId referrer;
  base::MemberId invited;
  When bound_at;
  bool qualified{};
};

enum class PointsStep : std::uint8_t { granted = 1, reversed = 2, spent = 3, given_back = 4, expired = 5 };

// PointsEarned, PointsReversed, PointsSpent with the lot that they touched (missing: lots, expiry, give-back).
struct PointsEvent {
  std::uint64_t lot{};  // any number that is this lot's alone
  PointsStep step{};
  base::LocalDate date;
  std::int64_t points{};  // positive
};

// Gestures of gestures.h (missing fact: gesture_made).
struct GestureEvent {
  base::StaffId staff;
  base::LocalDate date;
  std::int64_t cost_minor{};
};

// rating.h (missing fact: visit_rated).
struct RatingEvent {
  base::MemberId member;
  base::LocalDate date;
  std::int32_t score{};  // 1 .. 5
};

// A complaint that somebody wrote down (missing fact: complaint_made).
struct ComplaintEvent {
  base::MemberId member;
  base::LocalDate date;
};

// A correction of a ledger with a reason (missing fact: points_adjusted); `error` when we were wrong.
struct AdjustmentEvent {
  base::MemberId member;
  base::LocalDate date;
  bool error{};
};

enum class LossKind : std::uint8_t { coupon = 1, points = 2 };

// CouponOverRedeemed and uses that the hub's booking displaced; points that overdrew a balance (hub's ledger).
struct LossEvent {
  base::TerminalId terminal;
  base::LocalDate date;
  LossKind kind{};
  std::int64_t value_minor{};
};

// Who pays which part of a coupon; the parts add up to 10,000 basis points. From the campaign's document.
struct FunderShare {
  std::uint32_t partner{};
  std::int32_t basis_points{};
};

// A coupon used at a partner; returned ones are left out. From the uses above and the coupon's campaign.
struct PartnerUseEvent {
  base::CouponId coupon;
  base::LocalDate date;
  std::uint32_t acceptor{};
  std::int64_t value_minor{};
  std::vector<FunderShare> funders;
};

// What a channel cost, typed by an operator.
struct ChannelCost {
  OriginChannel channel{};
  std::int64_t cost_minor{};
};

}  // namespace millpond::model
