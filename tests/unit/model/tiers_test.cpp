// SPDX-License-Identifier: Apache-2.0
#include "sync/model/tiers.h"

#include "sync/base/rng.h"
#include "sync/model/calendar.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <limits>

using namespace millpond;
using model::QualifyingEvent;
using model::TierSpan;
using model::TierWindow;

namespace {

base::LocalDate day(std::string_view text) { return *base::parse_date(text); }

model::TierRules rules_of(TierWindow window, std::int32_t months, std::int32_t hold_months,
                          std::vector<std::int64_t> thresholds = {0, 100'000, 300'000}) {
  model::TierRules rules;
  rules.window = window;
  rules.months = months;
  rules.hold_months = hold_months;
  for (const auto threshold : thresholds) {
    const auto id = static_cast<std::uint32_t>(rules.levels.size() + 1);
    rules.levels.push_back({id, {}, threshold, {}});
  }
  return rules;
}

// A sale, or with sold_on a refund of one.
QualifyingEvent event(std::uint64_t seq, std::string_view happened, std::int64_t amount,
                      std::string_view sold_on = {}) {
  const auto date = day(happened);
  const auto counts_on = sold_on.empty() ? date : day(sold_on);
  const auto ms = std::int64_t{date.days} * 86'400'000 + static_cast<std::int64_t>(seq);
  return {ms, {base::TerminalId{1}, base::Epoch{1}, base::Seq{seq}}, date, counts_on, amount, amount > 0 ? 1 : -1};
}

std::vector<std::pair<std::size_t, std::string>> changes(const model::TierState& state) {
  std::vector<std::pair<std::size_t, std::string>> changes;
  for (const auto& span : state.history) changes.emplace_back(span.level, base::format_date(span.from));
  return changes;
}
using Changes = std::vector<std::pair<std::size_t, std::string>>;

}  // namespace

TEST_CASE("Thresholds are inclusive: the vectors of the specification", "[tiers]") {
  struct Row {
    std::int64_t spend;
    std::size_t level;
    std::int64_t missing;
  };
  const std::vector<Row> rows{
      {0, 0, 100'000},       {20'000, 0, 80'000}, {99'999, 0, 1},  {100'000, 1, 200'000},
      {196'000, 1, 104'000}, {299'999, 1, 1},     {300'000, 2, 0}, {std::numeric_limits<std::int64_t>::max(), 2, 0},
  };
  for (const auto window : {TierWindow::rolling, TierWindow::calendar}) {
    for (const auto& row : rows) {
      CAPTURE(row.spend);
      const std::vector sales{event(1, "2026-05-05", row.spend)};
      const auto state = model::tier_state(rules_of(window, 12, 12), sales, day("2026-01-01"), day("2026-05-05"));
      CHECK(state.level == row.level);
      CHECK(state.missing == row.missing);
      CHECK(state.qualifying == row.spend);
      CHECK(state.next.has_value() == (row.level < 2));
    }
  }
}

TEST_CASE("Up at once, down only when the period is over", "[tiers]") {
  struct Row {
    model::TierRules rules;
    std::vector<QualifyingEvent> events;
    std::string_view today;
    Changes changes;
    std::string_view holds_through;
  };
  const auto year = rules_of(TierWindow::calendar, 12, 0);
  const auto quarter = rules_of(TierWindow::calendar, 3, 0);
  const auto rolling = rules_of(TierWindow::rolling, 12, 12);
  const auto short_hold = rules_of(TierWindow::rolling, 12, 3);
  const std::vector<Row> rows{
      // Reached in a period, kept through the next.
      {year, {event(1, "2026-05-05", 300'000)}, "2027-12-31", {{0, "2026-01-01"}, {2, "2026-05-05"}}, "2027-12-31"},
      {year,
       {event(1, "2026-05-05", 300'000)},
       "2028-01-01",
       {{0, "2026-01-01"}, {2, "2026-05-05"}, {0, "2028-01-01"}},
       ""},
      // To what the next period brought, not to the bottom.
      {year,
       {event(1, "2026-05-05", 300'000), event(2, "2027-02-01", 150'000)},
       "2028-06-01",
       {{0, "2026-01-01"}, {2, "2026-05-05"}, {1, "2028-01-01"}},
       "2028-12-31"},
      // Two steps, and a renewal that nobody notices.
      {year,
       {event(1, "2026-05-05", 100'000), event(2, "2026-06-01", 200'000), event(3, "2027-07-01", 300'000)},
       "2028-12-31",
       {{0, "2026-01-01"}, {1, "2026-05-05"}, {2, "2026-06-01"}},
       "2028-12-31"},
      // The period's last day counts.
      {quarter,
       {event(1, "2026-01-15", 100'000), event(2, "2026-06-30", 100'000)},
       "2026-09-30",
       {{0, "2026-01-01"}, {1, "2026-01-15"}},
       "2026-09-30"},
      {quarter,
       {event(1, "2026-01-15", 100'000), event(2, "2026-07-01", 100'000)},
       "2026-07-02",
       {{0, "2026-01-01"}, {1, "2026-01-15"}, {0, "2026-07-01"}, {1, "2026-07-01"}},
       "2026-09-30"},
      // Rolling: a year from the day of entry; then what the last year brought.
      {rolling, {event(1, "2026-05-05", 100'000)}, "2027-05-04", {{0, "2026-01-01"}, {1, "2026-05-05"}}, "2027-05-04"},
      {rolling, {event(1, "2026-05-05", 100'000)}, "2027-05-05", {{0, "2026-01-01"}, {1, "2026-05-05"}}, "2028-05-04"},
      {rolling,
       {event(1, "2026-05-04", 50'000), event(2, "2026-05-05", 50'000)},
       "2027-05-05",
       {{0, "2026-01-01"}, {1, "2026-05-05"}, {0, "2027-05-05"}},
       ""},
      {short_hold,
       {event(1, "2026-05-05", 100'000)},
       "2027-05-06",
       {{0, "2026-01-01"}, {1, "2026-05-05"}},
       "2027-08-04"},
      {short_hold,
       {event(1, "2026-05-05", 100'000)},
       "2027-08-05",
       {{0, "2026-01-01"}, {1, "2026-05-05"}, {0, "2027-08-05"}},
       ""},
      // A refund takes nothing away before the period's end, and then it does.
      {year,
       {event(1, "2026-05-05", 100'000), event(2, "2026-05-20", -100'000, "2026-05-05")},
       "2026-12-31",
       {{0, "2026-01-01"}, {1, "2026-05-05"}},
       "2026-12-31"},
      {year,
       {event(1, "2026-05-05", 100'000), event(2, "2026-05-20", -100'000, "2026-05-05")},
       "2027-01-01",
       {{0, "2026-01-01"}, {1, "2026-05-05"}, {0, "2027-01-01"}},
       ""},
      // It counts against the sale's own period, not against the one it happens in.
      {year,
       {event(1, "2026-12-30", 90'000), event(2, "2027-01-02", -90'000, "2026-12-30"), event(3, "2027-01-03", 100'000)},
       "2027-01-03",
       {{0, "2026-01-01"}, {1, "2027-01-03"}},
       "2027-12-31"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.today, row.events.size());
    const auto state = model::tier_state(row.rules, row.events, day("2026-01-01"), day(row.today));
    CHECK(changes(state) == row.changes);
    CHECK((state.holds_through ? base::format_date(*state.holds_through) : "") == row.holds_through);
    CHECK(state.level == state.history.back().level);
  }
}

TEST_CASE("Visits count where the rules say so, and a refunded visit does not", "[tiers]") {
  auto rules = rules_of(TierWindow::rolling, 12, 12, {0, 3, 5});
  rules.measure = model::TierMeasure::visits;
  std::vector<QualifyingEvent> events;
  for (std::uint64_t i = 1; i <= 3; ++i) events.push_back(event(i, "2026-05-05", 1));
  CHECK(model::tier_state(rules, events, day("2026-01-01"), day("2026-05-05")).level == 1);
  events[1] = event(2, "2026-05-05", -1);
  const auto state = model::tier_state(rules, events, day("2026-01-01"), day("2026-05-05"));
  CHECK(state.level == 0);
  CHECK(state.missing == 2);
}

TEST_CASE("Tomorrow's events and repetitions do not count", "[tiers]") {
  const auto rules = rules_of(TierWindow::calendar, 12, 0);
  const std::vector events{event(1, "2026-05-05", 60'000), event(1, "2026-05-05", 60'000),
                           event(2, "2026-05-07", 60'000)};
  CHECK(model::tier_state(rules, events, day("2026-01-01"), day("2026-05-06")).qualifying == 60'000);
  CHECK(model::tier_state(rules, events, day("2026-01-01"), day("2026-05-07")).level == 1);
}

TEST_CASE("No amount and no date is too much", "[tiers]") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  std::vector<QualifyingEvent> events{event(1, "9999-12-30", most), event(2, "9999-12-31", most),
                                      event(3, "9999-12-31", std::numeric_limits<std::int64_t>::min())};
  for (const auto window : {TierWindow::rolling, TierWindow::calendar}) {
    const auto state = model::tier_state(rules_of(window, 12, 1), events, day("0000-01-01"), day("9999-12-31"));
    CHECK(state.level == 2);
    CHECK(state.qualifying == most - 1);
  }
  const auto state = model::tier_state(rules_of(TierWindow::rolling, 12, 1), std::vector{event(1, "2026-05-05", most)},
                                       day("0000-01-01"), day("9999-12-31"));
  CHECK(state.level == 0);
}

TEST_CASE("Tiers agree with living day by day, in whatever order events are told", "[tiers]") {
  base::SeededRng rng{41};
  const auto start = day("2026-01-01");
  int moved = 0;
  for (int round = 0; round < 400; ++round) {
    const auto window = rng.chance(1, 2) ? TierWindow::rolling : TierWindow::calendar;
    const std::array<std::int32_t, 4> months{1, 2, 3, 6};
    const auto rules =
        rules_of(window, months[rng.below(4)], 1 + static_cast<std::int32_t>(rng.below(4)), {0, 100, 250});
    std::vector<QualifyingEvent> events;
    const auto count = rng.below(16);
    for (std::uint64_t seq = 1; seq <= count; ++seq) {
      const base::LocalDate happened{start.days + static_cast<std::int32_t>(rng.below(400))};
      auto made = event(seq, base::format_date(happened), static_cast<std::int64_t>(10 + rng.below(120)));
      if (rng.chance(1, 5)) {
        made.amount_minor = -made.amount_minor;
        made.counts_on.days -= static_cast<std::int32_t>(rng.below(40));
      }
      events.push_back(made);
    }
    auto sorted = events;
    std::ranges::sort(sorted, {}, &QualifyingEvent::occurred_ms);

    std::size_t level = 0;
    auto ends = start;
    const auto value = [&](base::LocalDate on, std::int64_t seen_through) {
      std::int64_t sum = 0;
      for (const auto& each : sorted) {
        if (each.occurred_ms > seen_through || each.counts_on > on) continue;
        if (window == TierWindow::rolling) {
          if (each.counts_on > model::add_months(on, -rules.months)) sum += each.amount_minor;
        } else {
          const auto a = base::to_civil(each.counts_on);
          const auto b = base::to_civil(on);
          const bool same = a.year == b.year && (a.month - 1) / rules.months == (b.month - 1) / rules.months;
          if (same) sum += each.amount_minor;
        }
      }
      return sum;
    };
    const auto reached = [&](std::int64_t sum) { return sum >= 250 ? 2U : sum >= 100 ? 1U : 0U; };
    const auto end_after = [&](base::LocalDate from) {
      if (window == TierWindow::rolling) return base::LocalDate{model::add_months(from, rules.hold_months).days - 1};
      auto last = from;  // the last day of the same period
      while ((base::to_civil(last).month - 1) / rules.months == (base::to_civil(from).month - 1) / rules.months)
        ++last.days;
      return base::LocalDate{last.days - 1};
    };
    const base::LocalDate today{start.days + 500};
    std::vector<std::size_t> lived;
    for (auto date = start; date <= today; ++date.days) {
      if (level > 0 && date > ends) {
        const auto before = std::int64_t{date.days} * 86'400'000 - 1;
        level = std::min<std::size_t>(level, reached(value(base::LocalDate{date.days - 1}, before)));
        ends = end_after(date);
      }
      for (const auto& each : sorted) {
        if (each.happened != date) continue;
        const auto up = reached(value(date, each.occurred_ms));
        if (up <= level) continue;
        level = up;
        ends = end_after(date);
        ++moved;
      }
      lived.push_back(level);
    }

    for (std::size_t i = events.size(); i > 1; --i) std::swap(events[i - 1], events[rng.below(i)]);
    const auto state = model::tier_state(rules, events, start, today);
    CAPTURE(round, static_cast<int>(window), rules.months, rules.hold_months);
    for (std::size_t i = 0; i < lived.size(); ++i) {
      REQUIRE(model::level_on(state, {start.days + static_cast<std::int32_t>(i)}) == lived[i]);
    }
    REQUIRE(state == model::tier_state(rules, sorted, start, today));
  }
  CHECK(moved > 200);
  CHECK_FALSE(
      model::level_on(model::tier_state(rules_of(TierWindow::calendar, 12, 0), {}, start, start), {start.days - 1}));
}
