// SPDX-License-Identifier: Apache-2.0
// ReopenPause: how long to wait before a device that is gone is opened again, and whether its name has come back
// meanwhile: a name appears within moments of the plug, and to look for it costs less than to be told. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

namespace millpond::screen {

class ReopenPause {
 public:
  static constexpr std::int64_t min_ms = 250;  // a cable that was only loose
  static constexpr std::int64_t max_ms = 5'000;
  static constexpr std::int64_t look_ms = 250;  // how often is_back is worth a call

  // The device's name, as under /dev; empty: it has none that comes and goes.
  explicit ReopenPause(std::filesystem::path device = {}) : device_{std::move(device)} {}

  // Twice as long after every failure in a row.
  [[nodiscard]] std::int64_t after_failure_ms() {
    was_there_ = is_there();
    return ms_ = std::clamp(2 * ms_, min_ms, max_ms);
  }
  // True once when the name is there and was not at the last failure. Then pauses are short again: who may open it is
  // often settled a moment after it appears.
  [[nodiscard]] bool is_back() {
    if (was_there_ || device_.empty() || !is_there()) return false;
    was_there_ = true;
    ms_ = 0;
    return true;
  }
  void works() { ms_ = 0; }

 private:
  [[nodiscard]] bool is_there() const {
    std::error_code ignored;
    return std::filesystem::exists(device_, ignored);
  }

  const std::filesystem::path device_;
  bool was_there_ = true;
  std::int64_t ms_ = 0;
};

}  // namespace millpond::screen
