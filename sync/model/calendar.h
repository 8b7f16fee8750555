// SPDX-License-Identifier: Apache-2.0
// Calendar: the date arithmetic of the rules, in the zone that a signed document carries. Not a zone database and not a
// clock. Dates outside the years 0 to 9999 are read as the nearest end. Pure; any thread.
#pragma once

#include "sync/base/clock.h"
#include "sync/model/zone.h"

#include <cstdint>
#include <limits>

namespace millpond::model {

// A moment that never comes: the expiry of what does not expire.
inline constexpr std::int64_t never_ms = std::numeric_limits<std::int64_t>::max();

// The date in the zone: offset_at() of programme.h for a zone alone.
[[nodiscard]] base::LocalDate date_in_zone(Zone zone, std::int64_t wall_ms);

// The first moment after the last one of that local day, so that [.., end) is the day whatever clocks are put back or
// forward around midnight: 23 or 25 hours, and a midnight that happens twice belongs to the day before until its
// second.
[[nodiscard]] std::int64_t end_of_day_ms(Zone zone, base::LocalDate date);

[[nodiscard]] base::LocalDate add_days(base::LocalDate date, std::int64_t days);
// The same day of another month, or that month's last one: 31 January and a month is 28 or 29 February.
[[nodiscard]] base::LocalDate add_months(base::LocalDate date, std::int64_t months);
[[nodiscard]] base::LocalDate first_of_month(base::LocalDate date);
[[nodiscard]] base::LocalDate last_of_year(base::LocalDate date);
// A yearly day in a year; one that the year does not have is its month's last: 29 February is the 28th.
[[nodiscard]] base::LocalDate yearly_day(int year, int month, int day);

}  // namespace millpond::model
