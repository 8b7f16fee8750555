// SPDX-License-Identifier: Apache-2.0
// What a coupon shows its member. Inside `terminal` only. Pure.
#pragma once

#include "sync/terminal/terminal.h"

namespace millpond::terminal {

[[nodiscard]] inline MemberCoupon own_coupon(const model::CouponIssued& coupon) {
  return {coupon.coupon,       coupon.campaign, coupon.value_minor,   coupon.threshold_minor,
          coupon.not_before,   coupon.expires,  /*issued_here=*/true,
          /*discount_minor=*/0};
}

// As the hub tells it.
[[nodiscard]] inline MemberCoupon hub_coupon(const wire::CouponRow& row) {
  return {row.coupon,
          row.campaign,
          row.value_minor,
          row.threshold_minor,
          base::LocalDate{row.not_before_day},
          base::LocalDate{row.expires_day},
          /*issued_here=*/false,
          /*discount_minor=*/0};
}

}  // namespace millpond::terminal
