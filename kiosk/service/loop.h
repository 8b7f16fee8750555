// SPDX-License-Identifier: Apache-2.0
// Loop: the one thread that owns screens and sessions. Other threads post functions; the loop runs them in order and
// wakes for the one timer it was given. Posting never blocks; when 4096 functions wait, the newest is refused, which is
// reported to the poster because only it knows what that means.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/queue.h"

#include <atomic>
#include <functional>

namespace millpond::service {

class Loop {
 public:
  static constexpr std::size_t waiting_max = 4096;

  explicit Loop(const base::Clock& clock) : clock_{clock}, tasks_{waiting_max, base::Overflow::refuse} {}

  // Any thread. False when the loop is stopped or full.
  [[nodiscard]] bool post(std::function<void()> task) { return tasks_.push(std::move(task)); }

  // Runs until stop(). `wake` is called when the time `next_wake_ms` returned has come (monotonic; 0: never).
  void run(const std::function<std::int64_t()>& next_wake_ms, const std::function<void()>& wake);

  // Any thread, and safe in a signal-waiting thread. What is already posted still runs.
  void stop() { tasks_.close(); }

 private:
  const base::Clock& clock_;
  base::Queue<std::function<void()>> tasks_;
};

}  // namespace millpond::service
