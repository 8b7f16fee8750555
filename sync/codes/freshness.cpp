// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/freshness.h"

#include <algorithm>

namespace millpond::codes {
namespace {

constexpr std::int64_t window_min_ms = 30'000;
constexpr std::int64_t window_max_ms = 120'000;
constexpr std::int64_t drift_ms_a_day = 10'000;
constexpr std::int64_t day_ms = 86'400'000;

base::Error refusal(base::Code code, const char* why) { return {code, "take rotating code", why}; }

}  // namespace

std::int64_t window_ms(std::int64_t since_hub_ms) {
  const auto days = std::max<std::int64_t>(since_hub_ms, 0) / day_ms;
  return std::min(window_min_ms + std::min(days, window_max_ms / drift_ms_a_day) * drift_ms_a_day, window_max_ms);
}

base::Result<> ShownCodes::take(base::MemberId member, std::uint32_t made_s, const TimeNow& now) {
  if (!now.trusted) return refusal(base::Code::time_unknown, "nobody vouches for this machine's time");
  const auto made_ms = std::int64_t{made_s} * 1'000;
  const auto window = window_ms(now.since_hub_ms);
  if (made_ms < now.wall_ms - window) return refusal(base::Code::code_stale, "shown too late");
  if (made_ms > now.wall_ms + window) return refusal(base::Code::code_stale, "the phone's clock is ahead");
  // A code that was ahead by a window passes for two; what is older than that can never pass again.
  const Step oldest = (now.wall_ms - 2 * window_max_ms) / rotation_ms;
  taken_.erase(taken_.begin(), taken_.lower_bound({oldest, base::MemberId{}}));
  const std::pair<Step, base::MemberId> shown{made_ms / rotation_ms, member};
  if (taken_.contains(shown)) return refusal(base::Code::code_shown_before, "taken before");
  if (taken_.size() >= kept_max) return refusal(base::Code::overloaded, "too many codes within the window");
  taken_.insert(shown);
  return {};
}

}  // namespace millpond::codes
