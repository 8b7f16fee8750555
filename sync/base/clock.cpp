// SPDX-License-Identifier: Apache-2.0
#include "sync/base/clock.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace millpond::base {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

// The years 0 to 9999, which four digits can write. A clock beyond them is broken, and dates stop at the nearest end.
constexpr std::int64_t first_ms = -719'528 * day_ms;
constexpr std::int64_t last_ms = 2'932'897 * day_ms - 1;

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t wall_ms() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  [[nodiscard]] std::int64_t monotonic_ms() const override {
    // Not CLOCK_MONOTONIC, which stands still while the machine sleeps: what day it is is carried on by this.
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::int64_t{now.tv_sec} * 1'000 + now.tv_nsec / 1'000'000;
  }
};

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a % b < 0) != (b < 0)) ? 1 : 0);
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return text.empty() ? std::nullopt : std::optional{value};
}

// "HH:MM:SS" to seconds of the day.
std::optional<int> time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hour = number(text.substr(0, 2));
  const auto minute = number(text.substr(3, 2));
  const auto second = number(text.substr(6, 2));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return (*hour * 60 + *minute) * 60 + *second;
}

// "Z" or "+08:00" to minutes ahead of UTC.
std::optional<int> zone_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hour = number(text.substr(1, 2));
  const auto minute = number(text.substr(4, 2));
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  const int minutes = *hour * 60 + *minute;
  return text[0] == '-' ? -minutes : minutes;
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

LocalDate to_local_date(CivilDate date) {
  const std::chrono::year_month_day ymd{std::chrono::year{date.year},
                                        std::chrono::month{static_cast<unsigned>(date.month)},
                                        std::chrono::day{static_cast<unsigned>(date.day)}};
  return LocalDate{static_cast<std::int32_t>(std::chrono::sys_days{ymd}.time_since_epoch().count())};
}

CivilDate to_civil(LocalDate date) {
  const std::chrono::year_month_day ymd{std::chrono::sys_days{std::chrono::days{date.days}}};
  return {static_cast<int>(ymd.year()), static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(static_cast<unsigned>(ymd.day()))};
}

LocalDate local_date_at(std::int64_t wall_ms, int utc_offset_min) {
  const auto local_ms = std::clamp(wall_ms, first_ms, last_ms) + std::int64_t{utc_offset_min} * 60'000;
  return LocalDate{static_cast<std::int32_t>(floor_div(std::clamp(local_ms, first_ms, last_ms), day_ms))};
}

std::optional<LocalDate> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5, 2));
  const auto day = number(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day ymd{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                        std::chrono::day{static_cast<unsigned>(*day)}};
  if (!ymd.ok()) return std::nullopt;
  return to_local_date({*year, *month, *day});
}

std::string format_date(LocalDate date) {
  const auto civil = to_civil(date);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", civil.year, civil.month, civil.day);
  return text.data();
}

std::string format_utc(std::int64_t wall_ms) {
  wall_ms = std::clamp(wall_ms, first_ms, last_ms);
  const auto date = local_date_at(wall_ms, 0);
  const auto rest = wall_ms - std::int64_t{date.days} * day_ms;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "T%02d:%02d:%02d.%03dZ", static_cast<int>(rest / 3'600'000),
                static_cast<int>(rest / 60'000 % 60), static_cast<int>(rest / 1000 % 60),
                static_cast<int>(rest % 1000));
  return format_date(date) + text.data();
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't')) return std::nullopt;
  const auto date = parse_date(text.substr(0, 10));
  const auto seconds = time_of_day(text.substr(11, 8));
  auto rest = text.substr(19);
  int millisecond = 0;
  if (!rest.empty() && rest[0] == '.') {
    const auto end = rest.find_first_not_of("0123456789", 1);
    if (end == std::string_view::npos || end == 1 || end > 10) return std::nullopt;
    const auto padded = std::string{rest.substr(1, end - 1)} + "00";
    millisecond = *number(std::string_view{padded}.substr(0, 3));
    rest = rest.substr(end);
  }
  const auto offset = zone_offset(rest);
  if (!date || !seconds || !offset) return std::nullopt;
  const auto second_ms =
      std::int64_t{date->days} * day_ms + std::int64_t{*seconds} * 1000 - std::int64_t{*offset} * 60'000;
  // A leap second ends a day of UTC, wherever it is written down; no other minute has a sixty-first second.
  if (text.substr(17, 2) == "60" && second_ms % day_ms != 0) return std::nullopt;
  return second_ms + millisecond;
}

}  // namespace millpond::base
