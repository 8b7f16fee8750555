// SPDX-License-Identifier: Apache-2.0
// ImportCommand: sales of a day's end into the sale keys of this terminal: what came live counts once. Blocks for a
// commit a sale; any thread.
#pragma once

#include "hardware/ports/till_gateway.h"
#include "sync/base/result.h"

#include <string>

namespace millpond::service {

inline constexpr std::size_t import_sales_max = 50;  // of one question, so that others are answered between

// {"dry": bool, "sales": [as POST /v1/sales, ...]} to {"results": [{"once": "recorded" | "known" | "changed" |
// "unavailable" | "refused", "detail"}, ...]}, in order. dry: what would become of them. Error: bad_input.
[[nodiscard]] base::Result<std::string> import_sales(ports::TillHandler& handler, const std::string& params_json);

}  // namespace millpond::service
