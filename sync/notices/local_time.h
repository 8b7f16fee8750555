// SPDX-License-Identifier: Apache-2.0
// Times that others write without a zone. Inside `notices` only. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millpond::notices {

// "2026-11-22 10:42:00", also with a fraction, as told by a clock utc_offset_min ahead of UTC; nothing for anything
// else.
[[nodiscard]] std::optional<std::int64_t> local_time_ms(std::string_view text, std::int32_t utc_offset_min);

}  // namespace millpond::notices
