// SPDX-License-Identifier: Apache-2.0
// Clock: the only source of time, passed in, so that a simulation can own it. Wall time labels facts and never orders
// them; monotonic time measures waits. Civil dates are days since 1970-01-01 in a stated zone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millpond::base {

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since 1970-01-01 UTC as this machine believes. May jump either way. Any thread.
  [[nodiscard]] virtual std::int64_t wall_ms() const = 0;
  // Milliseconds since an arbitrary start, sleep included; never goes back. Any thread.
  [[nodiscard]] virtual std::int64_t monotonic_ms() const = 0;
};

// The machine's clocks. Stateless; lives for the whole program.
[[nodiscard]] const Clock& system_clock();

struct LocalDate {
  std::int32_t days{};  // since 1970-01-01
  friend auto operator<=>(const LocalDate&, const LocalDate&) = default;
};

struct CivilDate {
  int year{};
  int month{};  // 1 .. 12
  int day{};    // 1 .. 31
  friend auto operator<=>(const CivilDate&, const CivilDate&) = default;
};

[[nodiscard]] LocalDate to_local_date(CivilDate date);
[[nodiscard]] CivilDate to_civil(LocalDate date);
// The date at a place whose clock is utc_offset_min ahead of UTC. Always in the years 0 to 9999: a clock beyond them is
// read as the nearest end, here and in format_utc.
[[nodiscard]] LocalDate local_date_at(std::int64_t wall_ms, int utc_offset_min);
// "2026-11-21"; nothing for anything else, impossible days included.
[[nodiscard]] std::optional<LocalDate> parse_date(std::string_view text);
[[nodiscard]] std::string format_date(LocalDate date);
// "2026-11-21T10:42:00.123Z".
[[nodiscard]] std::string format_utc(std::int64_t wall_ms);
// RFC 3339 with a zone or Z, to milliseconds since 1970 UTC; nothing when malformed.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace millpond::base
