// SPDX-License-Identifier: Apache-2.0
// BulkHours: the part of the day in which a line may carry bulk. Pure.
#pragma once

#include <cstdint>
#include <ctime>

namespace millpond::client {

// Minutes of the local day; from > until passes midnight, from == until is the whole day.
struct BulkHours {
  int from_min{};
  int until_min{};
  [[nodiscard]] constexpr bool holds(int minute) const {
    if (from_min == until_min) return true;
    if (from_min < until_min) return minute >= from_min && minute < until_min;
    return minute >= from_min || minute < until_min;
  }
  friend bool operator==(const BulkHours&, const BulkHours&) = default;
};

// The minute of the day where this machine stands. Reads the process's time zone.
[[nodiscard]] inline int local_minute(std::int64_t wall_ms) {
  const std::time_t seconds = static_cast<std::time_t>(wall_ms / 1'000);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return 0;
  return local.tm_hour * 60 + local.tm_min;
}

}  // namespace millpond::client
