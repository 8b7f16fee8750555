// SPDX-License-Identifier: Apache-2.0
// BookKeeper: the thread that books what is the hub's own to book: it joins notices with sales, books what no terminal
// tells in time, rates sales that were told without a programme, takes points that have ended, and decides what
// campaigns give of what terminals promised or what happened without a sale. It looks every few seconds and whenever it
// is woken; trouble is logged and tried again.
#pragma once

#include "sync/hub/core/hub_core.h"
#include "sync/hub/server/rounds.h"

#include <functional>

namespace millpond::hub {

class BookKeeper {
 public:
  static constexpr std::int64_t pause_ms = 5'000;

  // Looks at once. The core is borrowed and outlives it; on_booked wakes stage 2 and must not block.
  BookKeeper(HubCore& core, std::function<void()> on_booked);

  void look() { rounds_.wake(); }  // now; any thread, never blocks

 private:
  void settle();

  HubCore& core_;
  std::function<void()> on_booked_;
  Rounds rounds_;
};

}  // namespace millpond::hub
