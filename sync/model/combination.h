// SPDX-License-Identifier: Apache-2.0
// Combination: which of the coupons that somebody has are worth most together in this basket, what each takes off which
// line, and of every other one why not. Not who may honour a coupon (rights.h). Terminal and hub answer the same, to
// the unit. Pure: no clock, integers only. Any thread.
//
// Order of application: gift and exchange, amount off items, percent off items, amount off the order, percent off the
// order, delivery; within one step by priority, then by the earlier last day, then by coupon id. A percentage is
// rounded once, half up; what an order takes off is spread over the lines by largest remainder of what is left of them;
// no line goes below zero.
#pragma once

#include "sync/model/coupon_offer.h"

#include <cstdint>
#include <span>
#include <vector>

namespace millpond::model {

// So many go into one sale, and every combination of them is tried.
inline constexpr std::size_t combined_max = 5;
// Of so many. Of more than these, one offer gives no more than may be used together; then those wait that are of a
// stack group that has several already, and the least valuable ones by themselves.
inline constexpr std::size_t weighed_max = 10;

// How often an offer was used, as far as it is known where this is decided.
struct OfferUse {
  std::int64_t by_member{};  // merged members count as one
  std::int64_t by_member_today{};
  std::int64_t count{};
  std::int64_t money_minor{};
  friend bool operator==(const OfferUse&, const OfferUse&) = default;
};

// A coupon that somebody shows.
struct HeldCoupon {
  base::CouponId coupon;
  const CouponOffer* offer{};  // outlives the call
  base::MemberId member;       // 0: bearer
  GoodDays days;
  OfferUse use;
};

enum class Hurdle : std::uint8_t {
  expired = 1,  // date: the last good day
  other_member = 2,
  store = 3,
  tier = 4,          // not known, or another one
  tag = 5,           // not known, or none of them
  used_up = 6,       // a cap of the offer, by the member or by all; missing: the cap
  not_yet = 7,       // date: the first good day
  weekday = 8,       // date: the next good one; not set when the coupon ends before
  hours = 9,         // minute: when it begins
  no_goods = 10,     // nothing in the basket counts for it
  no_reward = 11,    // the gift or the exchanged item is not in the basket
  threshold = 12,    // missing_minor: this much more would be enough
  per_sale = 13,     // more of one offer than one sale takes; missing: the cap
  stack_group = 14,  // other: the coupon that was taken instead
  exclusive = 15,    // goes with no other, and others are worth as much; or one that goes with no other is worth more
  worth_less = 16,   // another combination is worth more
  no_rest = 17,      // the others leave nothing of what it counts
  too_many = 18,     // more than combined_max, and others are worth more
};

struct CouponRefused {
  std::size_t coupon{};  // index of what was shown
  Hurdle why{};
  std::int64_t missing{};
  base::LocalDate date{};
  std::int32_t minute{};
  base::CouponId other{};
  friend bool operator==(const CouponRefused&, const CouponRefused&) = default;
};

struct CouponTaken {
  std::size_t coupon{};  // index of what was shown
  std::int64_t discount_minor{};
  std::vector<std::int64_t> by_line{};  // as many as the basket has lines
  std::int64_t delivery_minor{};
  friend bool operator==(const CouponTaken&, const CouponTaken&) = default;
};

struct Combination {
  std::vector<CouponTaken> taken;      // in the order of application
  std::vector<CouponRefused> refused;  // every other one, in the order shown
  std::int64_t discount_minor{};
  friend bool operator==(const Combination&, const Combination&) = default;
};

// The combination that takes off most; among equals the one whose coupons end earlier, then of smaller ids. One that
// goes with no other must be worth strictly more. A coupon that would take off nothing is not taken. A coupon shown
// twice counts once (per_sale). One unit of goods is given away or exchanged once. At most 638 baskets are worked out:
// what up to five of ten can be.
[[nodiscard]] Combination best_combination(const Basket& basket, std::span<const HeldCoupon> shown,
                                           const Shopper& shopper, const StoreMoment& now);

// What stands against one coupon by itself; nothing when it applies. A reason that time or goods may heal comes after
// one that they do not.
[[nodiscard]] std::optional<CouponRefused> hurdle_of(const Basket& basket, const HeldCoupon& held,
                                                     const Shopper& shopper, const StoreMoment& now);

}  // namespace millpond::model
