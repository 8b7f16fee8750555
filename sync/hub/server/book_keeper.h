// SPDX-License-Identifier: Apache-2.0
// BookKeeper: the thread that books what is the hub's own to book: it joins notices with sales, books what no terminal
// tells in time, rates sales that were told without a programme, and takes points that have ended. It looks every few
// seconds and whenever it is woken; trouble is logged and tried again.
#pragma once

#include "sync/hub/core/hub_core.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace millpond::hub {

class BookKeeper {
 public:
  static constexpr std::int64_t pause_ms = 5'000;

  // Looks at once. The core is borrowed and outlives it; on_booked wakes stage 2 and must not block.
  BookKeeper(HubCore& core, std::function<void()> on_booked);
  ~BookKeeper();
  BookKeeper(const BookKeeper&) = delete;
  BookKeeper& operator=(const BookKeeper&) = delete;

  void look();  // now; any thread, never blocks

 private:
  void run();

  HubCore& core_;
  std::function<void()> on_booked_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_{};      // guarded by mutex_
  bool look_now_{true};  // guarded by mutex_
  std::thread thread_;
};

}  // namespace millpond::hub
