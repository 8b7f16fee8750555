// SPDX-License-Identifier: Apache-2.0
// Rules: what a sale earns, which coupon it brings, which coupon it may use, and which tier a member has. Terminal and
// hub run this same code. Not a store and not a fold over facts. Pure: no clock, no I/O, no randomness; integers only,
// and no amount that fits its type overflows. Any thread.
#pragma once

#include "sync/base/error.h"
#include "sync/model/facts.h"
#include "sync/model/programme.h"

#include <cstddef>
#include <optional>
#include <span>

namespace millpond::model {

// One sale earns at most this, so that a till's slip of the finger cannot overflow a balance.
inline constexpr std::int64_t points_per_sale_max = 1'000'000'000'000;

// What earns: the eligible amount less what was tendered in points, coupons and gift cards; never below zero.
[[nodiscard]] std::int64_t earning_base(const SaleRecorded& sale);

// floor(base * points / per_minor), from 0 to points_per_sale_max.
[[nodiscard]] std::int64_t points_for(const EarnRule& rule, std::int64_t base_minor);

struct Earning {
  std::int64_t base_minor{};
  std::int64_t points{};
  friend bool operator==(const Earning&, const Earning&) = default;
};

// What a sale brings its member; the base counts as qualifying spend even when it is too small for a point. Nothing
// for a sale without a member, for training, in another currency, or when nothing of it earns.
[[nodiscard]] std::optional<Earning> earning_of(const Programme& programme, const SaleRecorded& sale);

// What decides whether a coupon applies to a sale.
struct CouponTerms {
  base::MemberId member;  // 0: bearer
  std::int64_t threshold_minor{};
  base::LocalDate not_before;
  base::LocalDate expires;  // last good day
};

// Why a coupon does not apply, with what is missing.
struct WhyNot {
  base::Code code{};             // code_expired, code_not_yet_valid, coupon_other_member, coupon_threshold
  std::int64_t missing_minor{};  // coupon_threshold: this much more would have been enough
  base::LocalDate date;          // code_expired: the last good day; code_not_yet_valid: the first one
  friend bool operator==(const WhyNot&, const WhyNot&) = default;
};

// Nothing when it applies. `goods_minor` is the eligible amount before coupons, which is the sale's own eligible amount
// because a till tells a coupon as a tender, not as a discount. A reason that time heals comes after
// one that it does not: expired, other member, not yet valid, threshold.
[[nodiscard]] std::optional<WhyNot> why_not(const CouponTerms& terms, base::MemberId member, std::int64_t goods_minor,
                                            base::LocalDate today);

// Where qualifying spend stands among the tiers. Thresholds are inclusive.
struct TierStanding {
  std::optional<std::size_t> tier;  // index of the highest reached; nothing when there is none
  std::optional<std::size_t> next;  // index of the next; nothing at the top
  std::int64_t missing_minor{};     // up to the next; 0 at the top
  friend bool operator==(const TierStanding&, const TierStanding&) = default;
};

[[nodiscard]] TierStanding tier_standing(std::span<const Tier> tiers, std::int64_t qualifying_minor);

}  // namespace millpond::model
