// SPDX-License-Identifier: Apache-2.0
// TillHealth: what a till hears when it asks how the terminal is: before all whether a sale would be taken. Pure.
#pragma once

#include "hardware/ports/device_state.h"
#include "sync/base/error.h"
#include "sync/engine/messages.h"
#include "sync/store/journal_health.h"

#include <optional>
#include <string>

namespace millpond::service {

struct TillHealth {
  std::optional<store::JournalHealth> journal{};  // nothing: it cannot be asked
  base::Code journal_error{};                     // then
  bool suspended{};                               // the hub has seen another copy of this terminal
  bool day_known{};
  std::uint32_t programme{};  // its version; 0: none
  std::size_t holds_left{};   // baskets for which coupons can still be kept
  engine::Line line{};
  ports::DeviceState printer{};
};

// {"ok", "programme", "refuses", "line", "printer", "holds_left"}: `ok` is whether sales are taken; `refuses` names
// what is not, "sales", "members", "coupons" or "holds", each with its code.
[[nodiscard]] std::string health_json(const TillHealth& health);

// "unknown", "online", "offline" or "stopped".
[[nodiscard]] std::string_view line_name(engine::Line line);

}  // namespace millpond::service
