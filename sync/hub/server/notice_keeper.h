// SPDX-License-Identifier: Apache-2.0
// NoticeKeeper: the thread that joins notices with sales and books what no terminal tells in time. It looks every few
// seconds and whenever it is woken; trouble is logged and tried again.
#pragma once

#include "sync/hub/core/hub_core.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace millpond::hub {

class NoticeKeeper {
 public:
  static constexpr std::int64_t pause_ms = 5'000;

  // Looks at once. The core is borrowed and outlives it; on_booked wakes stage 2 and must not block.
  NoticeKeeper(HubCore& core, std::function<void()> on_booked);
  ~NoticeKeeper();
  NoticeKeeper(const NoticeKeeper&) = delete;
  NoticeKeeper& operator=(const NoticeKeeper&) = delete;

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
