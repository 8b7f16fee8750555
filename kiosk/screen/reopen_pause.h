// SPDX-License-Identifier: Apache-2.0
// ReopenPause: how long to wait before a device that is gone is opened again. One thread.
#pragma once

#include <algorithm>
#include <cstdint>

namespace millpond::screen {

class ReopenPause {
 public:
  static constexpr std::int64_t min_ms = 250;  // a cable that was only loose
  static constexpr std::int64_t max_ms = 5'000;

  // Twice as long after every failure in a row.
  [[nodiscard]] std::int64_t after_failure_ms() { return ms_ = std::clamp(2 * ms_, min_ms, max_ms); }
  void works() { ms_ = 0; }

 private:
  std::int64_t ms_ = 0;
};

}  // namespace millpond::screen
