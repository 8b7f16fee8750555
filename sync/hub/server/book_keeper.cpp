// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/book_keeper.h"

#include "sync/hub/server/log.h"

namespace millpond::hub {

BookKeeper::BookKeeper(HubCore& core, std::function<void()> on_booked)
    : core_{core}, on_booked_{std::move(on_booked)}, rounds_{{.pause_ms = pause_ms}, [this](bool) { settle(); }} {}

void BookKeeper::settle() {
  const auto settled = core_.settle();
  if (!settled) log_error("settling_failed", settled.error());
  if (!settled || *settled == 0) return;
  log(Level::info, "settled", {{"count", static_cast<std::int64_t>(*settled)}});
  on_booked_();
  rounds_.wake();  // perhaps there is more
}

}  // namespace millpond::hub
