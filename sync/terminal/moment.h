// SPDX-License-Identifier: Apache-2.0
// Moment: when an action happens, by which rules, and what day that is in the store. Inside `terminal` only. A value.
#pragma once

#include "sync/model/programme.h"
#include "sync/store/hub_time.h"

namespace millpond::terminal {

struct Moment {
  std::int64_t now_ms{};
  std::int32_t utc_offset_min{};
  base::LocalDate today;              // in the store
  bool day_known{};                   // otherwise `today` labels, and nothing of value goes by it
  std::uint32_t programme_version{};  // 0: unrated

  // Without a programme nobody knows the store's zone: the day is UTC's.
  Moment(const store::HubTime::Time& time, const model::Programme* programme)
      : now_ms{time.wall_ms},
        utc_offset_min{programme == nullptr ? 0 : model::offset_at(*programme, now_ms)},
        today{base::local_date_at(now_ms, utc_offset_min)},
        day_known{time.day_known()},
        programme_version{programme == nullptr ? 0 : programme->version} {}
};

}  // namespace millpond::terminal
