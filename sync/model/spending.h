// SPDX-License-Identifier: Apache-2.0
// Which deed it is to spend points, or to use a coupon: strength.h has how certain somebody must be for it. Pure.
#pragma once

#include "sync/model/strength.h"

#include <cstdint>

namespace millpond::model {

[[nodiscard]] constexpr Deed spending(std::int64_t points, std::int64_t floor_points = spend_floor_points) {
  return points > floor_points ? Deed::spend_much : Deed::spend_little;
}

// What the coupons of one sale may take off together that came without their own codes, because a card names whose they
// are: the card may be a picture, and whoever photographed it has seen no coupon. Minor units of the brand's currency,
// until the hub says otherwise (HonourLimits::card_minor_max).
inline constexpr std::int64_t card_coupon_minor = 1'000;

[[nodiscard]] constexpr Deed using_coupon(bool by_own_code, std::int64_t takes_minor, std::int64_t floor_minor) {
  return !by_own_code && takes_minor > floor_minor ? Deed::spend_much : Deed::spend_little;
}

}  // namespace millpond::model
