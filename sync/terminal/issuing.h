// SPDX-License-Identifier: Apache-2.0
// Issuing: whether this terminal may make coupons now, and the code of one that it made. Inside `terminal` only. Pure.
#pragma once

#include "sync/terminal/identity.h"
#include "sync/terminal/moment.h"
#include "sync/terminal/terminal_values.h"

namespace millpond::terminal {

// A coupon bears its dates, so none is made on a day that nobody knows. time_unknown, certificate_expired.
[[nodiscard]] std::optional<base::Code> why_not_issue(const Identity& identity, const Moment& moment);

// With its signed code. parse_programme() keeps values and days within what a code can hold.
[[nodiscard]] IssuedCoupon issued_coupon(const Identity& identity, const model::CouponIssued& coupon,
                                         bool confirmed_only);

}  // namespace millpond::terminal
