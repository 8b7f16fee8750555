// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/feed_waker.h"

#include <chrono>

namespace millpond::hub {

FeedWaker::FeedWaker(std::function<void()> wake) : wake_{std::move(wake)}, thread_{[this] { run(); }} {}

FeedWaker::~FeedWaker() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void FeedWaker::moved() {
  {
    const std::lock_guard lock{mutex_};
    moved_ = true;
  }
  changed_.notify_one();
}

void FeedWaker::run() {
  for (;;) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return moved_ || stopping_; });
    changed_.wait_for(lock, std::chrono::milliseconds{gather_ms}, [this] { return stopping_; });
    if (stopping_) return;
    moved_ = false;
    lock.unlock();
    wake_();
  }
}

}  // namespace millpond::hub
