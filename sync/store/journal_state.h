// SPDX-License-Identifier: Apache-2.0
// What the journal's memory repeats of its file, as values. Inside `store`.
#pragma once

#include "sync/base/ids.h"

#include <cstdint>

namespace millpond::store {

// What actions change; copied before each action and put back when it fails.
struct Growth {
  base::Seq head;
  base::Hash chain{};
  std::uint32_t id_counter{};
};

// The sent ring beside its rows.
struct RingState {
  std::uint64_t bytes{};
  std::int64_t hub_ms{};         // stamp of what is kept from now on: the hub's word, never behind age
  std::int64_t age_ms{};         // what retention goes by; as hear_hub_time() says
  std::int64_t heard_at_ms{};    // monotonic, of this process: up to when age may have caught up
  std::int64_t behind_for_ms{};  // how long words have been far behind age
  std::int64_t swept_day{};      // of age: when the tables without an order by position were last swept
  std::uint64_t cut_position{};  // ring_bytes_max took this and everything before it too early
  std::int64_t cut_acked_at_ms{};
};

// What the tables say of rights; what is unsettled comes after it.
struct RightsState {
  std::uint64_t released{};     // position of the last RightsReleased
  std::uint64_t last_issued{};  // position of the newest coupon
};

}  // namespace millpond::store
