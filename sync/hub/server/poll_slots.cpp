// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/poll_slots.h"

namespace millpond::hub {

std::uint32_t PollSlots::grant(base::TerminalId terminal, std::int64_t now_ms) {
  const std::lock_guard lock{mutex_};
  if (const auto own = used_ms_.find(terminal); own != used_ms_.end()) {
    own->second = now_ms;
    return poll_slot_ms;
  }
  if (used_ms_.size() >= slots_max_) {
    std::erase_if(used_ms_, [&](const auto& slot) { return slot.second + 2 * std::int64_t{poll_slot_ms} < now_ms; });
  }
  if (used_ms_.size() >= slots_max_) return 0;
  used_ms_.emplace(terminal, now_ms);
  return poll_slot_ms;
}

}  // namespace millpond::hub
