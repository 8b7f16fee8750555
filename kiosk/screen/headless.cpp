// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/headless.h"

#include <algorithm>

namespace millpond::screen {

void run_headless(Kiosk& kiosk, Inbox& inbox, const base::Clock& clock) {
  constexpr std::int64_t longest_wait_ms = 60'000;
  while (!kiosk.stopped()) {
    const std::int64_t now_ms = clock.monotonic_ms();
    const std::int64_t wait_ms = kiosk.next_draw_ms().value_or(now_ms + longest_wait_ms) - now_ms;
    if (auto event = inbox.wait(std::clamp<std::int64_t>(wait_ms, 0, longest_wait_ms))) {
      kiosk.handle(std::move(*event), clock.monotonic_ms());
    }
    while (auto event = inbox.take()) kiosk.handle(std::move(*event), clock.monotonic_ms());
    kiosk.draw(clock.monotonic_ms());
  }
}

}  // namespace millpond::screen
