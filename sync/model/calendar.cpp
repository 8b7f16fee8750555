// SPDX-License-Identifier: Apache-2.0
#include "sync/model/calendar.h"

#include <algorithm>
#include <array>

namespace millpond::model {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t minute_ms = 60'000;
constexpr int year_max = 9'999;
constexpr std::int64_t first_day = -719'528;      // 0000-01-01
constexpr std::int64_t last_day = 2'932'896;      // 9999-12-31
constexpr std::int64_t months_max = 12 * 10'000;  // from one end of the years to the other

base::LocalDate within_years(std::int64_t days) {
  return base::LocalDate{static_cast<std::int32_t>(std::clamp(days, first_day, last_day))};
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in_month(int year, int month) {
  constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

base::CivilDate civil(base::LocalDate date) { return base::to_civil(within_years(date.days)); }

}  // namespace

base::LocalDate date_in_zone(Zone zone, std::int64_t wall_ms) {
  std::int32_t offset_min = zone.empty() ? 0 : zone.front().offset_min;
  for (const auto& transition : zone) {
    if (transition.from_ms <= wall_ms) offset_min = transition.offset_min;
  }
  return base::local_date_at(wall_ms, offset_min);
}

std::int64_t end_of_day_ms(Zone zone, base::LocalDate date) {
  const auto next_midnight_ms = (std::int64_t{within_years(date.days).days} + 1) * day_ms;  // on the wall's clock
  if (zone.empty()) return next_midnight_ms;
  auto end_ms = next_midnight_ms - zone.front().offset_min * minute_ms;
  if (zone.size() > 1) end_ms = std::min(end_ms, zone[1].from_ms);
  for (std::size_t i = 1; i < zone.size(); ++i) {
    const auto midnight_ms = next_midnight_ms - zone[i].offset_min * minute_ms;
    if (midnight_ms <= zone[i].from_ms) continue;
    end_ms = i + 1 < zone.size() ? std::min(midnight_ms, zone[i + 1].from_ms) : midnight_ms;
  }
  return end_ms;
}

base::LocalDate add_days(base::LocalDate date, std::int64_t days) {
  constexpr auto span = last_day - first_day;
  return within_years(within_years(date.days).days + std::clamp(days, -span, span));
}

base::LocalDate add_months(base::LocalDate date, std::int64_t months) {
  const auto from = civil(date);
  const auto month = std::int64_t{from.year} * 12 + from.month - 1 + std::clamp(months, -months_max, months_max);
  if (month < 0) return within_years(first_day);
  if (month >= std::int64_t{year_max + 1} * 12) return within_years(last_day);
  return yearly_day(static_cast<int>(month / 12), static_cast<int>(month % 12) + 1, from.day);
}

base::LocalDate first_of_month(base::LocalDate date) {
  const auto day = civil(date);
  return base::to_local_date({day.year, day.month, 1});
}

base::LocalDate last_of_year(base::LocalDate date) { return base::to_local_date({civil(date).year, 12, 31}); }

base::LocalDate yearly_day(int year, int month, int day) {
  year = std::clamp(year, 0, year_max);
  month = std::clamp(month, 1, 12);
  return base::to_local_date({year, month, std::clamp(day, 1, days_in_month(year, month))});
}

}  // namespace millpond::model
