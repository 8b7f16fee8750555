// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/rounds.h"

#include <chrono>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace millpond::hub {

Rounds::Rounds(Options options, std::function<void(bool)> work)
    : options_{options}, work_{std::move(work)}, woken_{options.at_once}, thread_{[this] { run(); }} {}

Rounds::~Rounds() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Rounds::wake() {
  {
    const std::lock_guard lock{mutex_};
    woken_ = true;
  }
  changed_.notify_one();
}

void Rounds::run() {
  // Of this thread only, as Linux has it. Refused, it would be an ordinary thread and nothing worse.
  if (options_.nice_step != 0) {
    static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), options_.nice_step));
  }
  for (;;) {
    bool woken = false;
    {
      std::unique_lock lock{mutex_};
      changed_.wait_for(lock, std::chrono::milliseconds{options_.pause_ms}, [this] { return stopping_ || woken_; });
      if (stopping_) return;
      woken = std::exchange(woken_, false);
    }
    work_(woken);
  }
}

}  // namespace millpond::hub
