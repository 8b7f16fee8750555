// SPDX-License-Identifier: Apache-2.0
// PollSlots: which terminals may have their downlink request held until there is news. Whoever came first keeps a slot
// while it uses it; the others are told an interval. Thread-safe; bounded by its number of slots. Time is the caller's
// monotonic clock.
#pragma once

#include "sync/base/ids.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace millpond::hub {

inline constexpr std::uint32_t poll_slot_ms = 25'000;  // below the half minute after which lines are often cut

class PollSlots {
 public:
  explicit PollSlots(std::size_t slots_max) : slots_max_{slots_max} {}

  // How long this terminal may be held, in milliseconds; 0 without a slot. A slot that was not used for twice its time
  // is given to somebody else.
  [[nodiscard]] std::uint32_t grant(base::TerminalId terminal, std::int64_t now_ms);

 private:
  const std::size_t slots_max_;
  std::mutex mutex_;
  std::unordered_map<base::TerminalId, std::int64_t> used_ms_;  // guarded by mutex_
};

}  // namespace millpond::hub
