// SPDX-License-Identifier: Apache-2.0
// KeptBasket: the coupons that a till has kept for a basket until it is paid, as a hold of the journal keeps them. They
// are nobody else's while it lasts. Inside `terminal` only. A value; reading is on the journal's thread.
#pragma once

#include "sync/codes/payload.h"
#include "sync/terminal/terminal.h"

#include <set>

namespace millpond::terminal {

struct KeptCoupon {
  codes::CouponCode code;      // as scanned, or what a code would say
  std::uint64_t redemption{};  // under which the hub was asked
  HubReply reply;
  std::int64_t discount_minor{};  // as it was quoted
  std::vector<std::int64_t> by_line;
  bool by_own_code{true};  // somebody held it up; otherwise it came with the member's card
};

struct KeptBasket {
  std::uint64_t id{};
  std::string till;
  std::string name;  // the till's own for its basket
  base::MemberId member;
  model::Strength strength{};   // vouched also by vouched_by
  base::StaffId approved_by{};  // a manager, for what is kept here; 0: nobody
  base::StaffId vouched_by{};   // who looked at the person, where that was needed; 0: nobody
  base::Hash goods{};           // goods_of() its lines
  model::StoreMoment moment;
  std::int64_t made_ms{};
  std::int64_t until_ms{};
  std::vector<KeptCoupon> coupons;
};

// A wall clock that went back far is no reason to keep a coupon from everybody for longer.
inline constexpr std::int64_t kept_clock_slack_ms = 60'000;
[[nodiscard]] inline bool is_kept(const KeptBasket& basket, std::int64_t now_ms) {
  return now_ms < basket.until_ms && now_ms >= basket.made_ms - kept_clock_slack_ms;
}

// Of what the discounts were worked out: lines by item, category, quantity and amount.
[[nodiscard]] base::Hash goods_of(const std::vector<model::SaleLine>& lines);

[[nodiscard]] store::Hold hold_of(const KeptBasket& basket);
// All of them, also those past their end. What cannot be read is left out.
[[nodiscard]] base::Result<std::vector<KeptBasket>> kept_baskets(store::Transaction& transaction);

// The one that a sale of this till pays for: by its name, else the one that keeps a coupon that the sale brings,
// because a till that forgot the name must not stand in its own way. Its place in the list.
[[nodiscard]] std::optional<std::size_t> own_basket(const std::vector<KeptBasket>& baskets, std::string_view till,
                                                    std::string_view name, const std::set<base::CouponId>& shown);

// Whether the hub may have booked a use for it that must be taken back when the sale does not come.
[[nodiscard]] inline bool is_open(const KeptCoupon& coupon) {
  return coupon.reply.word == model::HubWord::confirmed || coupon.reply.word == model::HubWord::silent;
}

}  // namespace millpond::terminal
