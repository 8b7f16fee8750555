// SPDX-License-Identifier: Apache-2.0
// Coupon words: what a coupon does and why it does not, in the customer's language, the same on screens, slips, at the
// till and on the command line. What is said here is what model/combination.h works out. Not who may honour a coupon
// (errors have their own sentences). Pure; any thread.
#pragma once

#include "kiosk/flow/flow.h"
#include "sync/model/combination.h"

namespace millpond::flow {

struct CouponWords {
  std::string value;               // large: "¥8", "8 折", "赠品"
  std::string noun;                // within a sentence: "¥8 优惠券", "20% off"
  std::string condition;           // "满 ¥30 可用，最高减 ¥20"
  std::vector<std::string> terms;  // when, where, on what, how many; each by itself
};

// Value, threshold and dates are those of the coupon, everything else its offer's. Of a coupon whose offer the
// programme does not have only the highest value can be said, and that the till knows more.
[[nodiscard]] CouponWords coupon_words(const CouponCard& card, const model::Programme* programme,
                                       text::Language language);

// The same of an offer, before a coupon of it exists.
[[nodiscard]] CouponWords coupon_words(const model::CouponOffer& offer, const model::Programme& programme,
                                       text::Language language);

// One sentence: why the coupon is not used, with the amount, the date or the hour that is missing.
[[nodiscard]] std::string hurdle_words(const model::CouponRefused& refused, const model::CouponOffer& offer,
                                       const model::Programme& programme, text::Language language);

}  // namespace millpond::flow
