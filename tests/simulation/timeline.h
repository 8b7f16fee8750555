// SPDX-License-Identifier: Apache-2.0
// Timeline: the simulation's only time. Things to do in the order of their moments, and of their making within one
// moment, so that a seed gives one history. One thread.
#pragma once

#include "sync/base/clock.h"

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace millpond::simulation {

class Timeline {
 public:
  [[nodiscard]] std::int64_t now_ms() const { return now_ms_; }
  void at(std::int64_t at_ms, std::function<void()> what) {
    events_.emplace(std::pair{at_ms < now_ms_ ? now_ms_ : at_ms, made_++}, std::move(what));
  }
  void after(std::int64_t delay_ms, std::function<void()> what) { at(now_ms_ + delay_ms, std::move(what)); }

  // Does the next thing; false when there is none before until_ms.
  bool step(std::int64_t until_ms) {
    if (events_.empty() || events_.begin()->first.first > until_ms) return false;
    auto node = events_.extract(events_.begin());
    now_ms_ = node.key().first;
    node.mapped()();
    ++done_;
    return true;
  }
  [[nodiscard]] std::uint64_t done() const { return done_; }

 private:
  std::int64_t now_ms_{0};
  std::uint64_t made_{0};
  std::uint64_t done_{0};
  std::map<std::pair<std::int64_t, std::uint64_t>, std::function<void()>> events_;
};

// One machine's clocks: the wall clock may be wrong, the monotonic one is the timeline.
class MachineClock final : public base::Clock {
 public:
  explicit MachineClock(const Timeline& timeline) : timeline_{timeline} {}
  [[nodiscard]] std::int64_t wall_ms() const override { return epoch_ms + timeline_.now_ms() + shift_ms; }
  [[nodiscard]] std::int64_t monotonic_ms() const override { return timeline_.now_ms(); }

  static constexpr std::int64_t epoch_ms = 1'793'491'200'000;  // 2026-11-01
  std::int64_t shift_ms{};

 private:
  const Timeline& timeline_;
};

inline constexpr std::int64_t second_ms = 1'000;
inline constexpr std::int64_t minute_ms = 60'000;
inline constexpr std::int64_t hour_ms = 3'600'000;
inline constexpr std::int64_t day_ms = 86'400'000;

}  // namespace millpond::simulation
