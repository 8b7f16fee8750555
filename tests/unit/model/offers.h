// SPDX-License-Identifier: Apache-2.0
// Offers, baskets and shoppers of the rules' tests.
#pragma once

#include "sync/model/combination.h"

#include <string_view>
#include <utility>

namespace millpond::tests {

inline base::LocalDate day_of(std::string_view text) { return *base::parse_date(text); }

// A Sunday, 14:30.
inline const model::StoreMoment sunday_afternoon{day_of("2026-11-22"), 14 * 60 + 30};

inline model::CouponOffer offer_of(std::uint32_t id, model::CouponType type, std::int64_t value_minor) {
  model::CouponOffer offer;
  offer.id.value = id;
  offer.type = type;
  offer.days.valid_days = 30;
  offer.caps.per_sale = 0;
  if (type == model::CouponType::percent_off) {
    offer.basis_points = value_minor;
    offer.cap_minor = 1'000'000'000;
  } else if (type == model::CouponType::amount_off) {
    offer.value_minor = value_minor;
  } else {
    offer.cap_minor = value_minor;
  }
  return offer;
}

inline model::HeldCoupon held_of(const model::CouponOffer& offer, std::uint64_t coupon,
                                 std::string_view last = "2026-12-22") {
  return {base::CouponId{coupon}, &offer, {}, {day_of("2026-11-01"), day_of(last)}, {}};
}

inline model::BasketLine line_of(std::string sku, std::int64_t net_minor, std::int64_t quantity = 1,
                                 std::string category = "tea") {
  return {std::move(sku), std::move(category), quantity * 1'000, net_minor};
}

}  // namespace millpond::tests
