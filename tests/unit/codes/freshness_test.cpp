// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/freshness.h"

#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <string>
#include <vector>

using namespace millpond;
using base::Code;

namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::uint32_t made_s = 1'795'000'005;
constexpr std::int64_t made_ms = std::int64_t{made_s} * 1'000;

std::optional<Code> refusal(codes::ShownCodes& shown, base::MemberId member, std::int64_t now_ms,
                            std::int64_t since_hub_ms = 0, bool trusted = true) {
  const auto taken = shown.take(member, made_s, {now_ms, since_hub_ms, trusted});
  return taken ? std::nullopt : std::optional{taken.error().code};
}

}  // namespace

TEST_CASE("The window grows with the days without the hub, up to two minutes", "[freshness]") {
  struct Row {
    std::int64_t since_hub_ms;
    std::int64_t window_ms;
  };
  for (const auto& row : std::vector<Row>{{-5, 30'000},
                                          {0, 30'000},
                                          {day_ms - 1, 30'000},
                                          {day_ms, 40'000},
                                          {3 * day_ms, 60'000},
                                          {9 * day_ms, 120'000},
                                          {10 * day_ms, 120'000},
                                          {4'000 * day_ms, 120'000},
                                          {INT64_MAX, 120'000}}) {
    CAPTURE(row.since_hub_ms);
    CHECK(codes::window_ms(row.since_hub_ms) == row.window_ms);
  }
}

TEST_CASE("A rotating code counts within its window, by a clock that is trusted", "[freshness]") {
  struct Row {
    std::int64_t late_ms;
    std::int64_t since_hub_ms;
    bool trusted;
    std::optional<Code> refusal;
  };
  for (const auto& row : std::vector<Row>{{0, 0, true, {}},
                                          {30'000, 0, true, {}},
                                          {30'001, 0, true, Code::code_stale},
                                          {-30'000, 0, true, {}},
                                          {-30'001, 0, true, Code::code_stale},
                                          {60'000, 3 * day_ms, true, {}},
                                          {120'000, 30 * day_ms, true, {}},
                                          {120'001, 30 * day_ms, true, Code::code_stale},
                                          {-made_ms, 0, true, Code::code_stale},
                                          {0, 0, false, Code::time_unknown}}) {
    CAPTURE(row.late_ms, row.since_hub_ms);
    codes::ShownCodes shown;
    CHECK(refusal(shown, base::MemberId{1}, made_ms + row.late_ms, row.since_hub_ms, row.trusted) == row.refusal);
  }
}

TEST_CASE("A code that was taken is not taken again while it could pass", "[freshness]") {
  codes::ShownCodes shown;
  CHECK(refusal(shown, base::MemberId{1}, made_ms) == std::nullopt);
  CHECK(refusal(shown, base::MemberId{2}, made_ms) == std::nullopt);
  for (std::int64_t late_ms = -30'000; late_ms <= 30'000; late_ms += 5'000) {
    CHECK(refusal(shown, base::MemberId{1}, made_ms + late_ms) == Code::code_shown_before);
  }
  // Other members' codes, later, do not make room for it.
  for (std::uint64_t member = 10; member < 2'000; ++member) {
    CHECK(refusal(shown, base::MemberId{member}, made_ms + 29'000) == std::nullopt);
  }
  CHECK(refusal(shown, base::MemberId{1}, made_ms + 29'000) == Code::code_shown_before);
}

TEST_CASE("Two codes of one step are one code, and the next step's is another", "[freshness]") {
  codes::ShownCodes shown;
  const codes::TimeNow now{made_ms, 0, true};
  const auto step_s = static_cast<std::uint32_t>(codes::rotation_ms / 1'000);
  CHECK(shown.take(base::MemberId{1}, made_s, now));
  CHECK_FALSE(shown.take(base::MemberId{1}, made_s + step_s - 1, now));
  CHECK(shown.take(base::MemberId{1}, made_s + step_s, now));
}

TEST_CASE("A crowd that no shop can hold is refused rather than forgotten", "[freshness]") {
  codes::ShownCodes shown;
  const codes::TimeNow now{made_ms, 0, true};
  for (std::uint64_t member = 1; member <= codes::ShownCodes::kept_max; ++member) {
    REQUIRE(shown.take(base::MemberId{member}, made_s, now));
  }
  const auto more = shown.take(base::MemberId{codes::ShownCodes::kept_max + 1}, made_s, now);
  REQUIRE_FALSE(more);
  CHECK(more.error().code == Code::overloaded);
  // Five minutes later all of them are too old to pass, and there is room.
  const codes::TimeNow later{made_ms + 300'000, 0, true};
  CHECK(shown.take(base::MemberId{7}, made_s + 300, later));
}
