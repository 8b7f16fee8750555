// SPDX-License-Identifier: Apache-2.0
// Projector: the thread that runs stage 2 whenever stage 1 has taken something in, in transactions that end early when
// somebody waits for the store, so that an upload never waits long behind one. Trouble of the database is logged and
// tried again; nothing is skipped.
#pragma once

#include "sync/hub/core/hub_core.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace millpond::hub {

class Projector {
 public:
  static constexpr std::size_t events_per_turn = 10'000;  // a turn that a request waits for ends long before
  static constexpr std::int64_t retry_ms = 1'000;

  // Starts at once with what an earlier run left. The core is borrowed and outlives it.
  explicit Projector(HubCore& core);
  ~Projector();  // ends after the running transaction; the rest is projected at the next start
  Projector(const Projector&) = delete;
  Projector& operator=(const Projector&) = delete;

  void wake();  // any thread; never blocks
  [[nodiscard]] bool healthy() const { return healthy_; }

 private:
  void run();

  HubCore& core_;
  std::atomic<bool> healthy_ = true;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool awake_ = true;      // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace millpond::hub
