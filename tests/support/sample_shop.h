// SPDX-License-Identifier: Apache-2.0
// The shop, the member and the sale that sample screens show, with the programme of the demo shop and coupons of the
// demo chain's. People and codes are made up.
#pragma once

#include "kiosk/flow/flow.h"

#include <cstdint>
#include <string>

namespace millpond::tests {

inline constexpr std::int64_t sample_now_ms = 1'000'000;
inline constexpr std::int64_t sample_wall_ms = 1'795'228'920'000;  // 2026-11-21T02:42:00Z, 10:42 in China, a Saturday
inline constexpr base::MemberId sample_lin{base::compose_id(base::TerminalId{7}, 3, 1)};

[[nodiscard]] const model::Programme& sample_programme();  // assets/shop
[[nodiscard]] const model::Programme& sample_chain();      // assets/chain

// Of the demo shop's own offer.
[[nodiscard]] flow::CouponCard sample_coupon(std::uint64_t id, std::int64_t value_minor, std::int64_t threshold_minor,
                                             int month, int day);
// Of an offer of the demo chain.
[[nodiscard]] flow::CouponCard sample_chain_coupon(std::uint64_t id, std::uint32_t offer, int month, int day);

// Four coupons, a card near the next tier.
[[nodiscard]] flow::MemberCard sample_card();
// It used one coupon and brought another.
[[nodiscard]] flow::SaleResult sample_sale();

// A basket at the till: one coupon is taken, three are not.
[[nodiscard]] flow::Weighed sample_weighed();
[[nodiscard]] flow::BasketTold sample_basket();
[[nodiscard]] flow::BasketTold sample_long_basket();  // more than any screen lists

}  // namespace millpond::tests
