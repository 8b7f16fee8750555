// SPDX-License-Identifier: Apache-2.0
// CheckKeeper: the thread that checks the hub's file, books and batches without being asked: ten minutes after a start,
// and once a day at an hour when shops sleep. It reads a copy beside the file and yields the processor to everybody
// else. What it found is HubCore::last_check() and a line in the log.
#pragma once

#include "sync/base/clock.h"
#include "sync/hub/core/hub_core.h"
#include "sync/hub/server/rounds.h"

namespace millpond::hub {

// When checks are due. Pure; days and hours are the machine's own, offset_min east of UTC.
class CheckTimes {
 public:
  static constexpr std::int64_t after_start_ms = 600'000;

  // at_h: 0 to 23; -1: never, not even after a start.
  CheckTimes(int at_h, std::int64_t start_monotonic_ms) : at_h_{at_h}, start_ms_{start_monotonic_ms} {}
  // True at most once for each time that is due.
  [[nodiscard]] bool due(std::int64_t wall_ms, std::int64_t monotonic_ms, int offset_min);
  // One more, as after a start: what was broken may have been mended by then.
  void again_after(std::int64_t monotonic_ms);

 private:
  int at_h_;
  std::int64_t start_ms_;
  bool after_start_{true};     // still to come
  std::int64_t last_day_{-1};  // on which the hour's check was due
};

class CheckKeeper {
 public:
  static constexpr std::int64_t pause_ms = 60'000;

  // The core and the clock are borrowed and outlive it.
  CheckKeeper(HubCore& core, const base::Clock& clock, int at_h);
  // Its end waits for the check under way.

  void look() { rounds_.wake(); }  // check now; any thread, never blocks

 private:
  void check();
  void remind();

  HubCore& core_;
  const base::Clock& clock_;
  CheckTimes times_;  // of the thread of rounds_
  Rounds rounds_;
};

}  // namespace millpond::hub
