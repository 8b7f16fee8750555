// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/book_keeper.h"

#include "sync/hub/server/log.h"

#include <chrono>

namespace millpond::hub {

BookKeeper::BookKeeper(HubCore& core, std::function<void()> on_booked)
    : core_{core}, on_booked_{std::move(on_booked)}, thread_{[this] { run(); }} {}

BookKeeper::~BookKeeper() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void BookKeeper::look() {
  {
    const std::lock_guard lock{mutex_};
    look_now_ = true;
  }
  changed_.notify_one();
}

void BookKeeper::run() {
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      changed_.wait_for(lock, std::chrono::milliseconds{pause_ms}, [this] { return stopping_ || look_now_; });
      if (stopping_) return;
      look_now_ = false;
    }
    const auto settled = core_.settle();
    if (!settled) log_error("settling_failed", settled.error());
    if (settled && *settled > 0) {
      log(Level::info, "settled", {{"count", static_cast<std::int64_t>(*settled)}});
      on_booked_();
      look();  // perhaps there is more
    }
  }
}

}  // namespace millpond::hub
