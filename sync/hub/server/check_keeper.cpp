// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/check_keeper.h"

#include "sync/hub/server/log.h"

#include <ctime>

namespace millpond::hub {
namespace {

constexpr int nice_step = 10;  // it waits for nobody and nobody waits for it, but for steps of a copy
constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t day_ms = 86'400'000;

// Of this machine's zone at a time, which is what its people mean by an hour of the night.
int offset_min_at(std::int64_t wall_ms) {
  const std::time_t seconds = wall_ms / 1'000;
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return 0;
  return static_cast<int>(local.tm_gmtoff / 60);
}

}  // namespace

bool CheckTimes::due(std::int64_t wall_ms, std::int64_t monotonic_ms, int offset_min) {
  if (at_h_ < 0) return false;
  const auto local_ms = wall_ms + offset_min * minute_ms;
  const auto day = local_ms / day_ms;
  const bool hour_has_come = local_ms % day_ms / hour_ms == at_h_ && day != last_day_;
  const bool started = after_start_ && monotonic_ms - start_ms_ >= after_start_ms;
  if (hour_has_come) last_day_ = day;
  if (started) after_start_ = false;
  return hour_has_come || started;
}

void CheckTimes::again_after(std::int64_t monotonic_ms) {
  start_ms_ = monotonic_ms;
  after_start_ = true;
}

CheckKeeper::CheckKeeper(HubCore& core, const base::Clock& clock, int at_h)
    : core_{core},
      clock_{clock},
      times_{at_h, clock.monotonic_ms()},
      rounds_{{.pause_ms = pause_ms, .at_once = false, .nice_step = nice_step}, [this](bool asked) {
                const auto now_ms = clock_.wall_ms();
                if (times_.due(now_ms, clock_.monotonic_ms(), offset_min_at(now_ms)) || asked) check();
              }} {}

void CheckKeeper::check() {
  const auto from_ms = clock_.monotonic_ms();
  const auto checked = core_.check(CheckDepth::sums);
  const auto took_ms = clock_.monotonic_ms() - from_ms;
  if (!checked) return log_error("check_failed", checked.error());
  if (checked->batches_asked > 0) times_.again_after(clock_.monotonic_ms());
  const auto level = checked->holds() ? Level::info : Level::error;
  log(level, checked->holds() ? "check_holds" : "check_broken",
      {{"batches", static_cast<std::int64_t>(checked->batches)},
       {"batches_broken", static_cast<std::int64_t>(checked->batches_broken)},
       {"batches_asked", static_cast<std::int64_t>(checked->batches_asked)},
       {"batches_put_right", static_cast<std::int64_t>(checked->batches_put_right)},
       {"took_ms", took_ms}});
  remind();
}

// Once a day, so that coupons do not wait for ever for a terminal that nobody misses.
void CheckKeeper::remind() {
  const auto all = core_.rights();
  if (!all) return log_error("reminding_failed", all.error());
  const auto now_ms = clock_.wall_ms();
  for (const auto& each : *all) {
    if (!may_be_broken(each, now_ms)) continue;
    log(Level::warning, "rights_wait",
        {{"terminal", std::int64_t{each.terminal.value}},
         {"coupons", static_cast<std::int64_t>(each.held)},
         {"silent_h", (now_ms - each.last_received_ms) / hour_ms}});
  }
}

}  // namespace millpond::hub
