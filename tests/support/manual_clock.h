// SPDX-License-Identifier: Apache-2.0
// ManualClock: time that moves when the test says so. Any thread.
#pragma once

#include "sync/base/clock.h"

#include <atomic>

namespace millpond::tests {

class ManualClock final : public base::Clock {
 public:
  explicit ManualClock(std::int64_t wall_ms = 1'700'000'000'000, std::int64_t monotonic_ms = 1'000)
      : wall_ms_{wall_ms}, monotonic_ms_{monotonic_ms} {}

  [[nodiscard]] std::int64_t wall_ms() const override { return wall_ms_; }
  [[nodiscard]] std::int64_t monotonic_ms() const override { return monotonic_ms_; }

  void advance_ms(std::int64_t ms) {
    wall_ms_ += ms;
    monotonic_ms_ += ms;
  }
  void set_wall_ms(std::int64_t wall_ms) { wall_ms_ = wall_ms; }
  void set_monotonic_ms(std::int64_t monotonic_ms) { monotonic_ms_ = monotonic_ms; }

 private:
  std::atomic<std::int64_t> wall_ms_;
  std::atomic<std::int64_t> monotonic_ms_;
};

}  // namespace millpond::tests
