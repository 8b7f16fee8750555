// SPDX-License-Identifier: Apache-2.0
// What a coupon issued at this terminal shows its member. Inside `terminal` only. Pure.
#pragma once

#include "sync/terminal/terminal.h"

namespace millpond::terminal {

[[nodiscard]] inline MemberCoupon own_coupon(const model::CouponIssued& coupon) {
  return {coupon.coupon,     coupon.campaign, coupon.value_minor,  coupon.threshold_minor,
          coupon.not_before, coupon.expires,  /*issued_here=*/true};
}

}  // namespace millpond::terminal
