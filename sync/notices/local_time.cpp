// SPDX-License-Identifier: Apache-2.0
#include "sync/notices/local_time.h"

#include "sync/base/clock.h"

#include <string>

namespace millpond::notices {

std::optional<std::int64_t> local_time_ms(std::string_view text, std::int32_t utc_offset_min) {
  constexpr std::size_t date_size = 10;
  constexpr std::int64_t minute_ms = 60'000;
  if (text.size() <= date_size || text.size() > 32 || text[date_size] != ' ') return std::nullopt;
  // Python writes an hour below ten with one digit.
  const bool short_hour = text.size() > date_size + 2 && text[date_size + 2] == ':';
  const auto rfc3339 = std::string{text.substr(0, date_size)} + (short_hour ? "T0" : "T") +
                       std::string{text.substr(date_size + 1)} + "Z";
  const auto utc = base::parse_rfc3339(rfc3339);
  if (!utc) return std::nullopt;
  return *utc - utc_offset_min * minute_ms;
}

}  // namespace millpond::notices
