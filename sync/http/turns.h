// SPDX-License-Identifier: Apache-2.0
// Turns: when those who are sent away by a busy server should come back. Each gets a turn behind everybody who was sent
// away before, as far apart as requests were served last, so that thousands of terminals which find their hub again in
// the same moment come back as fast as it can serve them and not all at once. Whole seconds, as Retry-After has them;
// who waits adds a drawn pause of its own. A value with a caller's clock; one thread; nothing is durable.
#pragma once

#include <algorithm>
#include <cstdint>

namespace millpond::http {

class Turns {
 public:
  static constexpr std::int64_t wait_max_s = 60;
  // Before anything was measured; a hub of two cores serves about five times as many.
  static constexpr double first_guess_per_s = 250;
  static constexpr double per_s_min = 5;

  // A request was served. Only what a busy server serves says what it can.
  void served(std::int64_t now_ms) {
    roll(now_ms);
    ++served_;
  }

  // Seconds after which whoever is sent away now should come back, 1 to wait_max_s.
  [[nodiscard]] std::int64_t next_s(std::int64_t now_ms) {
    roll(now_ms);
    busy_ = true;
    turn_ms_ = std::max(turn_ms_, static_cast<double>(now_ms)) + 1'000 / per_s_;
    const auto wait_ms = turn_ms_ - static_cast<double>(now_ms);
    return std::clamp<std::int64_t>(1 + static_cast<std::int64_t>(wait_ms / 1'000), 1, wait_max_s);
  }

 private:
  static constexpr std::int64_t window_ms = 1'000;

  void roll(std::int64_t now_ms) {
    const auto elapsed_ms = now_ms - since_ms_;
    if (elapsed_ms < window_ms) return;
    // A window that began before the crowd came, or that nobody looked at for long, says nothing.
    if (busy_ && whole_ && elapsed_ms < 2 * window_ms) {
      per_s_ = std::max(per_s_min, 1'000 * static_cast<double>(served_) / static_cast<double>(elapsed_ms));
    }
    whole_ = busy_;
    busy_ = false;
    since_ms_ = now_ms;
    served_ = 0;
  }

  double per_s_{first_guess_per_s};
  double turn_ms_{};
  std::int64_t since_ms_{INT64_MIN / 2};
  std::uint64_t served_{};
  bool busy_{};   // somebody was sent away in this window
  bool whole_{};  // and in the one before
};

}  // namespace millpond::http
