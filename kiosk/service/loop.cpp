// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/loop.h"

#include <algorithm>

namespace millpond::service {
namespace {

constexpr std::int64_t idle_wait_ms = 3'600'000;  // nothing to do: an hour, so that an idle terminal costs nothing

}  // namespace

void Loop::run(const std::function<std::int64_t()>& next_wake_ms, const std::function<void()>& wake) {
  for (;;) {
    const auto at = next_wake_ms();
    const auto wait = at == 0 ? idle_wait_ms : std::clamp<std::int64_t>(at - clock_.monotonic_ms(), 0, idle_wait_ms);
    if (auto task = tasks_.pop(wait)) {
      (*task)();
    } else if (tasks_.closed()) {
      return;
    }
    if (const auto due = next_wake_ms(); due != 0 && clock_.monotonic_ms() >= due) wake();
  }
}

}  // namespace millpond::service
