// SPDX-License-Identifier: Apache-2.0
// Staff: who may do what behind the counter, and how long somebody waits who mistypes a PIN. Not where PINs are kept
// and checked (terminal/staff_desk.h). Pure: no clock, no I/O. Any thread.
#pragma once

#include "sync/base/error.h"
#include "sync/model/facts.h"

#include <cstdint>
#include <optional>

namespace millpond::model {

enum class Role : std::uint8_t { cashier = 1, manager = 2, auditor = 3, technician = 4 };  // persisted

// Whether the role is enough for an act, alone or as the approver of somebody else's. An auditor reads and does
// nothing; a technician tends machines and no members.
[[nodiscard]] bool may_approve(Role role, Act act);

// Misses since the last PIN that fitted or the last unlocking. Durable before the PIN of the attempt is looked at, so
// that pulling the plug gives nobody another try.
struct PinMisses {
  std::uint32_t count{};
  std::int64_t last_ms{};  // monotonic, of the last attempt; a start of the machine counts as one
};

struct PinGate {
  std::int64_t wait_ms{};  // 0: try now
  bool needs_unlocking{};  // a manager has to
  friend bool operator==(const PinGate&, const PinGate&) = default;
};

// Four misses are free; after the fifth to the eighth one waits 1, 5, 15 and 60 minutes, after the ninth 60 again, and
// after the tenth a manager unlocks. A million PINs at that rate take centuries.
[[nodiscard]] PinGate gate_of(const PinMisses& misses, std::int64_t now_ms);

}  // namespace millpond::model
