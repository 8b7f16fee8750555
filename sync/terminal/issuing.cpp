// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/issuing.h"

#include "sync/codes/payload.h"
#include "sync/terminal/honouring.h"
#include "sync/terminal/member_coupon.h"
#include "sync/terminal/verified_code.h"

namespace millpond::terminal {

std::optional<base::Code> why_not_issue(const Identity& identity, const Moment& moment) {
  if (!moment.day_known) return base::Code::time_unknown;
  if (base::local_date_at(moment.now_ms, 0).days > identity.last_day.get()) return base::Code::certificate_expired;
  return std::nullopt;
}

IssuedCoupon issued_coupon(const Identity& identity, const model::CouponIssued& coupon, bool confirmed_only) {
  const codes::CouponCode code{identity.brand.tag(),
                               own_issuer(identity),
                               coupon.coupon,
                               coupon.member,
                               coupon.campaign,
                               static_cast<std::uint32_t>(coupon.value_minor),
                               static_cast<std::uint16_t>(coupon.not_before.days),
                               static_cast<std::uint16_t>(coupon.expires.days),
                               confirmed_only ? flag_confirmed_only : std::uint8_t{0},
                               coupon.store};
  return {own_coupon(coupon), codes::compose(code, identity.key, identity.brand)};
}

}  // namespace millpond::terminal
