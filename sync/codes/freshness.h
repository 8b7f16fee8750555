// SPDX-License-Identifier: Apache-2.0
// Freshness: whether a rotating code was made just now, and not shown before. Not order and not proof: a wall clock
// only decides whether a moment is close enough, and a clock that nobody vouches for decides nothing. Not thread-safe;
// one owner.
#pragma once

#include "sync/base/ids.h"
#include "sync/base/result.h"

#include <cstdint>
#include <set>
#include <utility>

namespace millpond::codes {

inline constexpr std::int64_t rotation_ms = 15'000;  // a phone makes a new code this often

// What a terminal knows of the time.
struct TimeNow {
  std::int64_t wall_ms{};
  std::int64_t since_hub_ms{};  // since the hub last said the time; clocks drift apart while it is silent
  bool trusted{};               // not before the build, not jumped back: see store/hub_time.h
};

// How far the moment of a code may lie from ours: 30 s for two people and a bad phone clock, 10 s more for each day
// without the hub (a cheap quartz loses a few seconds a day on both sides), 120 s at most.
[[nodiscard]] std::int64_t window_ms(std::int64_t since_hub_ms);

// Remembers shown codes by member and step for as long as they could pass again.
class ShownCodes {
 public:
  // Takes note of a code and says whether it may count. Errors: time_unknown, code_stale (too old, or of a phone
  // whose clock is ahead), code_shown_before (this member's code of this step was taken), overloaded (more members than
  // a shop can hold have shown codes within the window: none is forgotten early).
  [[nodiscard]] base::Result<> take(base::MemberId member, std::uint32_t made_s, const TimeNow& now);

  static constexpr std::size_t kept_max = 100'000;

 private:
  using Step = std::int64_t;
  std::set<std::pair<Step, base::MemberId>> taken_;  // oldest first
};

}  // namespace millpond::codes
