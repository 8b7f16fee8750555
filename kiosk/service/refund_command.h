// SPDX-License-Identifier: Apache-2.0
// The command "refund": goods that came back to a shop whose till cannot say so. Somebody who gave the money back says
// which sale it was and how much. Runs on the work thread; blocks for a commit.
#pragma once

#include "hardware/ports/till_gateway.h"
#include "kiosk/service/shop.h"
#include "sync/base/result.h"

#include <string>

namespace millpond::service {

// What a person does not type.
struct RefundHere {
  base::StoreId store;
  base::LocalDate today;
  std::int64_t now_ms{};
  base::Currency currency;      // the programme's
  base::StaffId approved_by{};  // whose PIN was checked for it; 0: nobody's, as at the command line
};
// Errors: no_programme, time_unknown.
[[nodiscard]] base::Result<RefundHere> refund_here(Shop& shop);

// {"of": {"till", "date", "number"}, "number", "total_minor" or "whole": true, "till"?, "elsewhere"?}. `number` is the
// refund's own, unique at its till (the sale's unless told) and day; the same command again is the same refund. A sale
// that this terminal does not know is refused unless `elsewhere` says that another recorded it: a mistyped number would
// wait at the hub for ever. Returns the answer of TillHandler::refund. Errors: bad_input (also more than the sale's
// total, where it is known), not_found, sale_changed (the number is used for something else), and what the handler
// refuses with.
[[nodiscard]] base::Result<std::string> refund_by_hand(ports::TillHandler& handler, const RefundHere& here,
                                                       const std::string& params_json);

}  // namespace millpond::service
