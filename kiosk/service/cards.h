// SPDX-License-Identifier: Apache-2.0
// From what the terminal knows to what screens and slips show: member views, sale outcomes and stored slips as flow's
// values, with codes encoded as QR modules. Pure; any thread.
#pragma once

#include "kiosk/flow/flow.h"
#include "sync/terminal/terminal.h"

#include <optional>

namespace millpond::service {

[[nodiscard]] flow::CouponCard coupon_card(const terminal::MemberCoupon& coupon,
                                           const std::optional<model::Programme>& programme);
[[nodiscard]] flow::MemberCard member_card(const terminal::MemberView& member, const std::string& code_text,
                                           const std::optional<model::Programme>& programme);
[[nodiscard]] flow::SaleResult sale_result(const terminal::SaleOutcome& outcome, std::int64_t total_minor,
                                           const std::optional<model::Programme>& programme);
[[nodiscard]] flow::SaleResult sale_result(const terminal::Slip& slip,
                                           const std::optional<model::Programme>& programme);
[[nodiscard]] flow::RefundResult refund_result(const terminal::Slip& slip,
                                               const std::optional<model::Programme>& programme);

[[nodiscard]] flow::Locale locale_of(std::string_view language);

}  // namespace millpond::service
