// SPDX-License-Identifier: Apache-2.0
// What a till reads about coupons and points, as JSON text: what they do, what they take off, and why not, with a
// stable code and a sentence in the till's language. Pure; any thread.
#pragma once

#include "kiosk/flow/coupon_words.h"
#include "sync/terminal/coupon_desk.h"

#include <string>
#include <string_view>

namespace millpond::service {

// Every rule's name, as programs see it: "threshold", "weekday".
[[nodiscard]] std::string_view hurdle_name(model::Hurdle hurdle);

// {"coupon", "value_minor", "threshold_minor", "expires", "says", "type"?, "name"?}
[[nodiscard]] std::string coupon_json(const terminal::MemberCoupon& coupon,
                                      const std::optional<model::Programme>& programme, text::Language language);
// {"not_active"?, "expiring"?: {"points", "until"}}: of a member's points, where there are such.
[[nodiscard]] std::string points_json(const terminal::MemberView& member);
// {"code", "what", "next", "why"?, "coupon"?, "missing_minor"?, "date"?, "other"?}
[[nodiscard]] std::string refusal_json(const terminal::Refusal& refusal,
                                       const std::optional<model::Programme>& programme, text::Language language);
// lines: of the basket that was asked about. kept: until_ms, and how each coupon is honoured.
[[nodiscard]] std::string quote_json(const terminal::Quote& quote, const std::vector<model::SaleLine>& lines, bool kept,
                                     const std::optional<model::Programme>& programme, text::Language language);

// Of a sale that was recorded: {"redeemed", "refused", "discount_minor"?}, for whoever tells of it.
[[nodiscard]] std::string sale_coupons_json(const terminal::SaleOutcome& outcome,
                                            const std::optional<model::Programme>& programme, text::Language language);

}  // namespace millpond::service
