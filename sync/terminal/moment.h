// SPDX-License-Identifier: Apache-2.0
// Moment: when an action happens, by which rules, and what day that is in the store. Inside `terminal` only. A value.
#pragma once

#include "sync/base/clock.h"
#include "sync/model/programme.h"

namespace millpond::terminal {

struct Moment {
  std::int64_t now_ms{};
  std::int32_t utc_offset_min{};
  base::LocalDate today;              // in the store
  std::uint32_t programme_version{};  // 0: unrated

  // Without a programme nobody knows the store's zone: the day is UTC's.
  Moment(std::int64_t wall_ms, const model::Programme* programme)
      : now_ms{wall_ms},
        utc_offset_min{programme == nullptr ? 0 : model::offset_at(*programme, wall_ms)},
        today{base::local_date_at(wall_ms, utc_offset_min)},
        programme_version{programme == nullptr ? 0 : programme->version} {}
};

}  // namespace millpond::terminal
