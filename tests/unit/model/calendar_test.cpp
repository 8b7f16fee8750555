// SPDX-License-Identifier: Apache-2.0
#include "sync/model/calendar.h"

#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_ms = 24 * 60 * minute_ms;

base::LocalDate day(std::string_view text) { return *base::parse_date(text); }
std::int64_t at(std::string_view text) { return *base::parse_rfc3339(text); }

const std::vector<model::ZoneTransition> shanghai{{0, 480}};
const std::vector<model::ZoneTransition> berlin{
    {0, 60}, {at("2026-03-29T01:00:00Z"), 120}, {at("2026-10-25T01:00:00Z"), 60}};
// Clocks go forward at midnight, and back at midnight to the evening before: that evening happens twice.
const std::vector<model::ZoneTransition> havana{
    {0, -300}, {at("2026-03-08T05:00:00Z"), -240}, {at("2026-11-01T04:00:00Z"), -300}};

}  // namespace

TEST_CASE("A month later is the same day, or the month's last", "[calendar]") {
  struct Row {
    std::string_view from;
    std::int64_t months;
    std::string_view to;
  };
  const std::vector<Row> rows{
      {"2026-01-15", 1, "2026-02-15"},         {"2026-01-31", 1, "2026-02-28"},
      {"2028-01-31", 1, "2028-02-29"},         {"2026-01-31", 2, "2026-03-31"},
      {"2026-08-31", 1, "2026-09-30"},         {"2028-02-29", 12, "2029-02-28"},
      {"2026-12-31", 2, "2027-02-28"},         {"2026-03-31", -1, "2026-02-28"},
      {"2026-01-01", -1, "2025-12-01"},        {"2026-05-05", 0, "2026-05-05"},
      {"2026-11-30", 12, "2027-11-30"},        {"2000-02-29", -1200, "1900-02-28"},
      {"2026-01-01", 1LL << 62, "9999-12-31"}, {"2026-01-01", -(1LL << 62), "0000-01-01"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.from, row.months);
    CHECK(base::format_date(model::add_months(day(row.from), row.months)) == row.to);
  }
}

TEST_CASE("Days, first and last days, and birthdays that a year does not have", "[calendar]") {
  CHECK(model::add_days(day("2026-12-31"), 1) == day("2027-01-01"));
  CHECK(model::add_days(day("2026-12-31"), 1LL << 62) == day("9999-12-31"));
  CHECK(model::add_days({std::numeric_limits<std::int32_t>::min()}, -1) == day("0000-01-01"));
  CHECK(model::first_of_month(day("2028-02-29")) == day("2028-02-01"));
  CHECK(model::last_of_year(day("2028-02-29")) == day("2028-12-31"));
  CHECK(model::yearly_day(2028, 2, 29) == day("2028-02-29"));
  CHECK(model::yearly_day(2027, 2, 29) == day("2027-02-28"));
  CHECK(model::yearly_day(2100, 2, 29) == day("2100-02-28"));
  CHECK(model::yearly_day(2000, 2, 29) == day("2000-02-29"));
  CHECK(model::yearly_day(2026, 4, 31) == day("2026-04-30"));
}

TEST_CASE("A day ends where the clocks of its zone say so", "[calendar]") {
  struct Row {
    model::Zone zone;
    std::string_view date;
    std::string_view end;
  };
  const std::vector<Row> rows{
      {{}, "2026-11-21", "2026-11-22T00:00:00Z"},
      {shanghai, "2026-11-21", "2026-11-22T00:00:00+08:00"},
      {berlin, "2026-03-28", "2026-03-29T00:00:00+01:00"},
      {berlin, "2026-03-29", "2026-03-30T00:00:00+02:00"},  // 23 hours
      {berlin, "2026-10-25", "2026-10-26T00:00:00+01:00"},  // 25 hours
      {havana, "2026-03-07", "2026-03-08T05:00:00Z"},       // there is no midnight
      {havana, "2026-10-31", "2026-11-01T00:00:00-05:00"},  // the evening that happens twice is the day's
  };
  for (const auto& row : rows) {
    CAPTURE(row.date);
    CHECK(base::format_utc(model::end_of_day_ms(row.zone, day(row.date))) == base::format_utc(at(row.end)));
  }
}

TEST_CASE("The end of a day agrees with looking at every minute", "[calendar]") {
  base::SeededRng rng{11};
  for (int round = 0; round < 150; ++round) {
    std::vector<model::ZoneTransition> zone;
    auto from_ms = at("2026-05-01T00:00:00Z");
    for (auto count = rng.below(4); zone.size() < count;) {
      from_ms += static_cast<std::int64_t>(rng.below(3 * 24 * 60)) * minute_ms;
      zone.push_back({from_ms, static_cast<std::int32_t>(rng.below(25) * 60) - 720});
      from_ms += 36 * 60 * minute_ms;
    }
    const auto date = day("2026-05-04");
    std::int64_t naive = 0;
    for (auto ms = date.days * day_ms - 2 * day_ms; ms < date.days * day_ms + 4 * day_ms; ms += minute_ms) {
      if (model::date_in_zone(zone, ms) <= date) naive = ms + minute_ms;
    }
    REQUIRE(model::end_of_day_ms(zone, date) == naive);
  }
}
