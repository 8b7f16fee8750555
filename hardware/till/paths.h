// SPDX-License-Identifier: Apache-2.0
// The paths of a gateway's doors as values, for HTTP and for dropped files alike. Pure; any thread.
#pragma once

#include "hardware/ports/till_gateway.h"
#include "sync/base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::till {

inline constexpr std::string_view sales_path = "/v1/sales";
inline constexpr std::string_view refunds_path = "/v1/refunds";
inline constexpr std::string_view void_end = "/void";

// Nothing when a % is not followed by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);
// The segments of a path, decoded; none when one is empty or not encoded well.
[[nodiscard]] std::vector<std::string> parts_of(std::string_view path);
// What stands between a path and its end, as "store/till/date/transaction"; nothing when there is none.
[[nodiscard]] std::optional<std::string_view> inner_of(std::string_view path, std::string_view begin,
                                                       std::string_view end);
// "store/till/date/transaction", each encoded. Error: bad_input.
[[nodiscard]] base::Result<ports::TillSaleKey> parse_sale_key(std::string_view path);

}  // namespace millpond::till
