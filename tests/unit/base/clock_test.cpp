// SPDX-License-Identifier: Apache-2.0
#include "sync/base/clock.h"

#include <catch2/catch_test_macros.hpp>

#include <limits>

namespace base = millpond::base;

TEST_CASE("dates are read and written, and impossible ones refused") {
  struct Row {
    const char* text;
    std::int32_t days;
  };
  for (const auto& row : {Row{"1970-01-01", 0}, Row{"1969-12-31", -1}, Row{"2000-02-29", 11016},
                          Row{"2026-11-21", 20778}, Row{"9999-12-31", 2932896}, Row{"0000-01-01", -719528}}) {
    CAPTURE(row.text);
    REQUIRE(base::parse_date(row.text));
    CHECK(base::parse_date(row.text)->days == row.days);
    CHECK(base::format_date({row.days}) == row.text);
  }
  for (const auto* bad : {"", "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-04-31",
                          "2026-1-01", "2026/01/01", "+026-01-01", "2026-01-1 ", "2026-01-011", "20260101"}) {
    CAPTURE(bad);
    CHECK_FALSE(base::parse_date(bad));
  }
}

TEST_CASE("every day of four centuries survives the way there and back") {
  for (std::int32_t days = 0; days < 146'097; ++days) {
    const auto civil = base::to_civil({days});
    REQUIRE(base::to_local_date(civil).days == days);
  }
}

TEST_CASE("the date at a place is that of its own clock") {
  constexpr std::int64_t evening = 1'795'284'000'000;  // 2026-11-21T18:00:00Z
  CHECK(base::format_date(base::local_date_at(evening, 0)) == "2026-11-21");
  CHECK(base::format_date(base::local_date_at(evening, 8 * 60)) == "2026-11-22");
  CHECK(base::format_date(base::local_date_at(evening, -5 * 60)) == "2026-11-21");
  CHECK(base::local_date_at(-1, 0).days == -1);
  CHECK(base::local_date_at(0, -1).days == -1);
  CHECK(base::local_date_at(0, 0).days == 0);
}

TEST_CASE("instants are written in UTC with milliseconds") {
  CHECK(base::format_utc(0) == "1970-01-01T00:00:00.000Z");
  CHECK(base::format_utc(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(base::format_utc(1'795'284'000'123) == "2026-11-21T18:00:00.123Z");
}

TEST_CASE("RFC 3339 instants are read with any zone and fraction") {
  struct Row {
    const char* text;
    std::int64_t wall_ms;
  };
  for (const auto& row :
       {Row{"1970-01-01T00:00:00Z", 0}, Row{"1970-01-01t00:00:00z", 0}, Row{"1970-01-01T08:00:00+08:00", 0},
        Row{"1969-12-31T19:00:00-05:00", 0}, Row{"1970-01-01T05:30:00.5+05:30", 500},
        Row{"1970-01-01T00:00:00.12Z", 120}, Row{"1970-01-01T00:00:00.123456789Z", 123},
        Row{"1969-12-31T23:59:59.999Z", -1}, Row{"2026-11-21T18:00:00.123Z", 1'795'284'000'123},
        Row{"2016-12-31T23:59:60Z", 1'483'228'800'000}}) {
    CAPTURE(row.text);
    CHECK(base::parse_rfc3339(row.text) == row.wall_ms);
  }
  for (const auto* bad : {"",
                          "1970-01-01",
                          "1970-01-01T00:00:00",
                          "1970-01-01 00:00:00Z",
                          "1970-01-01T24:00:00Z",
                          "1970-01-01T00:60:00Z",
                          "1970-01-01T00:00:61Z",
                          "1970-01-01T00:00:00.Z",
                          "1970-01-01T00:00:00.1",
                          "1970-01-01T00:00:00.1234567890Z",
                          "1970-01-01T00:00:00+8:00",
                          "1970-01-01T00:00:00+24:00",
                          "1970-01-01T00:00:00+08:60",
                          "1970-01-01T00:00:00+0800",
                          "1970-02-30T00:00:00Z",
                          "1970-01-01T00:00:00ZZ",
                          "1970-01-01T00.00.00Z",
                          "1970-01-01T00:00:00,5Z",
                          "1970-01-01T12:00:60Z",
                          "2016-12-30T23:58:60Z"}) {
    CAPTURE(bad);
    CHECK_FALSE(base::parse_rfc3339(bad));
  }
}

TEST_CASE("what format_utc writes, parse_rfc3339 reads") {
  for (const std::int64_t wall_ms : {std::int64_t{-62'167'219'200'000}, std::int64_t{-1}, std::int64_t{951'782'399'999},
                                     std::int64_t{253'402'300'799'999}}) {
    CHECK(base::parse_rfc3339(base::format_utc(wall_ms)) == wall_ms);
  }
}

TEST_CASE("an absurd clock still has a date") {
  // Drained batteries and hostile hubs report such times; the terminal must not stop over one.
  for (const std::int64_t wall_ms :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    CHECK_FALSE(base::format_utc(wall_ms).empty());
    CHECK_FALSE(base::format_date(base::local_date_at(wall_ms, 14 * 60)).empty());
    CHECK_FALSE(base::format_date(base::local_date_at(wall_ms, -12 * 60)).empty());
  }
}

TEST_CASE("the monotonic clock never goes back") {
  auto last = base::system_clock().monotonic_ms();
  for (int i = 0; i < 1000; ++i) {
    const auto now = base::system_clock().monotonic_ms();
    REQUIRE(now >= last);
    last = now;
  }
  CHECK(base::system_clock().wall_ms() > 1'700'000'000'000);
}
