// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/projector.h"

#include "sync/hub/server/log.h"

#include <chrono>

namespace millpond::hub {

Projector::Projector(HubCore& core) : core_{core}, thread_{[this] { run(); }} {}

Projector::~Projector() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Projector::wake() {
  {
    const std::lock_guard lock{mutex_};
    awake_ = true;
  }
  changed_.notify_one();
}

void Projector::run() {
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [this] { return awake_ || stopping_; });
      if (stopping_) return;
      awake_ = false;
    }
    const auto outcome = core_.project(events_per_turn);
    healthy_ = outcome.has_value();
    if (outcome && outcome->verdicts > 0) {
      log(Level::warning, "verdicts_given", {{"count", static_cast<std::int64_t>(outcome->verdicts)}});
    }
    if (outcome && outcome->more) wake();
    if (outcome) continue;
    log_error("project_failed", outcome.error());
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, std::chrono::milliseconds{retry_ms}, [this] { return stopping_; });
    awake_ = true;
  }
}

}  // namespace millpond::hub
