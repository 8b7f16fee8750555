// SPDX-License-Identifier: Apache-2.0
// Values of the HubStore port about rights (model/rights.h): who asks about one coupon, what it is told, and what every
// terminal may cost.
#pragma once

#include "sync/codes/payload.h"
#include "sync/model/rights.h"

#include <cstdint>
#include <optional>

namespace millpond::hub {

struct RedeemQuestion {
  std::uint64_t redemption{};
  base::CouponId coupon;
  base::TerminalId terminal;
  base::Epoch epoch;  // the live one of the copy that asks
  base::MemberId member;
  std::int64_t goods_minor{};
  base::LocalDate today;                     // where the shops are
  std::optional<codes::CouponCode> shown{};  // genuine, and must say what the issuer's fact says
  // What may be open at the terminal of rights that an isolated issuer keeps, which nobody can confirm; otherwise only
  // the number of its acknowledgements would bound it. Nothing: no bound.
  std::optional<model::HonourLimits> limits{};
  std::uint32_t uses_day_max{};  // how many the terminal is told yes to in 24 hours; 0: no bound
};
struct RedeemAnswer {
  model::HubWord word{};      // unknown, confirmed or refused
  model::WhyNot why;          // of refused
  bool is_new{};              // nobody had been told before
  model::Outstanding open{};  // of unknown, where the question has limits
  base::MemberId member{};    // of a new yes: whose redemption it is
};

// What facts have told of the use of a coupon.
struct CouponBooked {
  wire::CouponState state{wire::CouponState::issued};
  std::int64_t value_minor{};              // what the use that stands took off its sale
  std::vector<model::LineDiscount> lines;  // of which lines, by the facts that said so
};

// What one terminal may cost, has cost, and keeps from the hub.
struct RightsStanding {
  base::TerminalId terminal;
  std::uint64_t held{};  // unspent coupons whose right it has not released
  std::int64_t held_minor{};
  std::uint64_t losses{};  // by its facts
  std::int64_t loss_minor{};
  std::uint64_t breaches{};  // uses by a right that it had released, points past a lease
  std::int64_t last_received_ms{};
  bool revoked{};
};

inline constexpr std::int64_t rights_break_ms = 72LL * 3'600'000;
// Whether coupons wait for a terminal that was silent for so long that an operator may give up waiting. Nothing reminds
// a customer; somebody has to decide.
[[nodiscard]] inline bool may_be_broken(const RightsStanding& terminal, std::int64_t now_ms) {
  return terminal.held > 0 && terminal.last_received_ms > 0 && now_ms - terminal.last_received_ms >= rights_break_ms;
}

// What a terminal gave and used by batches that came from a time on, as far as it is booked; amounts in minor units.
struct GivenSince {
  std::uint64_t coupons{};
  std::int64_t coupons_minor{};
  std::uint64_t coupons_used{};  // of those, wherever: they are the campaigns' loss
  std::int64_t points{};         // which their members keep
  std::uint64_t uses{};
  std::int64_t uses_minor{};
};

}  // namespace millpond::hub
