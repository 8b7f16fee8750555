// SPDX-License-Identifier: Apache-2.0
// FeedWaker: tells parked downlink requests that the feed has moved, a tenth of a second after it did: a projector that
// works through a backlog moves it many times a second, and each time every held request would read it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace millpond::hub {

class FeedWaker {
 public:
  static constexpr std::int64_t gather_ms = 100;

  explicit FeedWaker(std::function<void()> wake);
  ~FeedWaker();  // without a last wake
  FeedWaker(const FeedWaker&) = delete;
  FeedWaker& operator=(const FeedWaker&) = delete;

  void moved();  // any thread; never blocks

 private:
  void run();

  std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool moved_{};     // guarded by mutex_
  bool stopping_{};  // guarded by mutex_
  std::thread thread_;
};

}  // namespace millpond::hub
