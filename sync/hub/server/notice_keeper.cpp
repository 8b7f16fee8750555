// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/notice_keeper.h"

#include "sync/hub/server/log.h"

#include <chrono>

namespace millpond::hub {

NoticeKeeper::NoticeKeeper(HubCore& core, std::function<void()> on_booked)
    : core_{core}, on_booked_{std::move(on_booked)}, thread_{[this] { run(); }} {}

NoticeKeeper::~NoticeKeeper() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void NoticeKeeper::look() {
  {
    const std::lock_guard lock{mutex_};
    look_now_ = true;
  }
  changed_.notify_one();
}

void NoticeKeeper::run() {
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      changed_.wait_for(lock, std::chrono::milliseconds{pause_ms}, [this] { return stopping_ || look_now_; });
      if (stopping_) return;
      look_now_ = false;
    }
    const auto settled = core_.settle_notices();
    if (!settled) log_error("notices_failed", settled.error());
    if (settled && *settled > 0) {
      log(Level::info, "notices_settled", {{"count", static_cast<std::int64_t>(*settled)}});
      on_booked_();
    }
  }
}

}  // namespace millpond::hub
