// SPDX-License-Identifier: Apache-2.0
#include "sync/model/check_in.h"

#include "sync/base/rng.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <iterator>
#include <set>

using namespace millpond;
using model::CheckInDay;
using model::CheckInDays;
using model::CheckInWord;
using model::EarnedReward;
using model::Streak;

namespace {

constexpr base::LocalDate start{20'000};

base::LocalDate day(std::int32_t number) { return {start.days + number - 1}; }

CheckInDay at(std::int32_t number, std::uint32_t store = 1) {
  return {day(number), base::StoreId{store}, base::TerminalId{store}, base::Epoch{1},
          base::Seq{static_cast<std::uint64_t>(number)}};
}

// 1: five points a day. 2: a coupon on the third day in a row. 3: a chance each seventh.
model::CheckInRules rules_of() {
  using model::CheckInKind;
  return {{7},
          2,
          {"打卡", "Check-in"},
          start,
          day(100),
          {{1, 1, true, CheckInKind::points, 5, {}},
           {2, 3, false, CheckInKind::coupon, 0, {12}},
           {3, 7, true, CheckInKind::chance, 0, {13}}}};
}

CheckInDays days_of(const std::vector<std::int32_t>& numbers) {
  CheckInDays days;
  for (const auto number : numbers) CHECK(model::check_in(rules_of(), days, at(number)) == CheckInWord::counted);
  return days;
}

std::vector<EarnedReward> without_daily(std::vector<EarnedReward> rewards) {
  std::erase_if(rewards, [](const EarnedReward& reward) { return reward.reward == 1; });
  return rewards;
}

// From the sentence: on each date, count how many days in a row end there.
std::vector<EarnedReward> naive_due(const model::CheckInRules& rules, const std::set<std::int32_t>& dates) {
  std::vector<EarnedReward> due;
  for (const auto& reward : rules.rewards) {
    for (const auto date : dates) {
      std::int32_t in_a_row = 1;
      while (dates.contains(date - in_a_row)) ++in_a_row;
      const bool earned = reward.repeats ? in_a_row % reward.days == 0 : in_a_row == reward.days;
      if (earned) due.push_back({reward.number, {date}});
    }
  }
  std::ranges::sort(due);
  return due;
}

}  // namespace

TEST_CASE("A member checks in once a date, wherever and in whatever order the news comes", "[check_in]") {
  const auto rules = rules_of();
  CheckInDays days;
  CHECK(model::check_in(rules, days, at(2, 5)) == CheckInWord::counted);
  CHECK(model::check_in(rules, days, at(2, 5)) == CheckInWord::known);
  CHECK(model::check_in(rules, days, at(2, 9)) == CheckInWord::known);
  CHECK(days == CheckInDays{at(2, 5)});
  CHECK(model::check_in(rules, days, at(2, 3)) == CheckInWord::known);
  CHECK(days == CheckInDays{at(2, 3)});
  CHECK(model::check_in(rules, days, at(1)) == CheckInWord::counted);
  CHECK(model::check_in(rules, days, at(0)) == CheckInWord::outside);
  CHECK(model::check_in(rules, days, at(101)) == CheckInWord::outside);
  CHECK(model::check_in(rules, days, at(100)) == CheckInWord::counted);
  CHECK(days == CheckInDays{at(1), at(2, 3), at(100)});
}

TEST_CASE("Days in a row are a streak until one is missing", "[check_in]") {
  struct Row {
    std::vector<std::int32_t> days;
    std::vector<Streak> streaks;
    std::int32_t today;
    std::int32_t shown;
  };
  for (const auto& row : std::vector<Row>{
           {{}, {}, 5, 0},
           {{5}, {{day(5), 1}}, 5, 1},
           {{4}, {{day(4), 1}}, 5, 1},
           {{3}, {{day(3), 1}}, 5, 0},
           {{1, 2, 3}, {{day(1), 3}}, 3, 3},
           {{3, 1, 2}, {{day(1), 3}}, 4, 3},
           {{1, 2, 4, 5}, {{day(1), 2}, {day(4), 2}}, 5, 2},
           {{1, 2, 4, 5}, {{day(1), 2}, {day(4), 2}}, 2, 2},  // as of an earlier day
           {{1, 2, 4, 5}, {{day(1), 2}, {day(4), 2}}, 7, 0},
       }) {
    CAPTURE(row.days, row.today);
    CHECK(model::streaks(days_of(row.days)) == row.streaks);
    CHECK(model::streak_on(days_of(row.days), day(row.today)) == row.shown);
  }
}

TEST_CASE("A reward is due on the day that completes it", "[check_in]") {
  struct Row {
    std::vector<std::int32_t> days;
    std::vector<EarnedReward> due;  // without the daily points
  };
  for (const auto& row : std::vector<Row>{
           {{1, 2}, {}},
           {{1, 2, 3}, {{2, day(3)}}},
           {{1, 2, 3, 4, 5, 6}, {{2, day(3)}}},
           {{1, 2, 3, 5, 6, 7}, {{2, day(3)}, {2, day(7)}}},
           {{1, 2, 3, 4, 5, 6, 7}, {{2, day(3)}, {3, day(7)}}},
           {{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {{2, day(4)}, {3, day(8)}, {3, day(15)}}},
       }) {
    CAPTURE(row.days);
    const auto due = model::rewards_due(rules_of(), days_of(row.days));
    CHECK(without_daily(due) == row.due);
    CHECK(due.size() == row.due.size() + row.days.size());
  }
}

TEST_CASE("A late day moves, adds or leaves over a reward, and takes none back", "[check_in]") {
  const auto rules = rules_of();
  struct Row {
    std::vector<std::int32_t> before, late;
    model::CheckInChanges changes;  // without the daily points
  };
  for (const auto& row : std::vector<Row>{
           {{1, 2}, {3}, {{{2, day(3)}}, {}, {}}},
           {{1, 2, 3}, {}, {}},
           // The streak began a day earlier: the same coupon, given for another day.
           {{2, 3, 4}, {1}, {{}, {{{2, day(4)}, day(3)}}, {}}},
           // Two streaks were one: it had one coupon to bring.
           {{1, 2, 3, 5, 6, 7}, {4}, {{{3, day(7)}}, {}, {{2, day(7)}}}},
           // Of what one streak had too much another one does not get too little.
           {{1, 2, 3, 5, 6, 7}, {4, 11, 12, 13}, {{{2, day(13)}, {3, day(7)}}, {}, {{2, day(7)}}}},
           {{1, 3, 11, 12, 13}, {2}, {{{2, day(3)}}, {}, {}}},
           {{8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21},
            {6, 7},
            {{}, {{{2, day(10)}, day(8)}, {{3, day(14)}, day(12)}, {{3, day(21)}, day(19)}}, {}}},
       }) {
    CAPTURE(row.before, row.late);
    auto days = days_of(row.before);
    const auto given = without_daily(model::rewards_due(rules, days));
    for (const auto late : row.late) CHECK(model::check_in(rules, days, at(late)) == CheckInWord::counted);
    auto weekly = rules;
    weekly.rewards.erase(weekly.rewards.begin());
    const auto changes = model::recompute(weekly, days, given);
    CHECK(changes == row.changes);
    const auto after = model::apply(given, changes);
    CHECK(after.size() == given.size() + changes.grant.size());
    const auto again = model::recompute(weekly, days, after);
    CHECK(again.grant.empty());
    CHECK(again.move.empty());
    CHECK(again.not_due == row.changes.not_due);
  }
}

TEST_CASE("Any order of the same days ends in the same streaks and the same rewards", "[check_in]") {
  auto rules = rules_of();
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    CAPTURE(seed);
    base::SeededRng rng{seed};
    for (auto& reward : rules.rewards) {
      reward.days = static_cast<std::int32_t>(1 + rng.below(8));
      reward.repeats = rng.chance(1, 2);
    }
    std::vector<CheckInDay> news;
    const auto count = 1 + rng.below(40);
    for (std::uint64_t i = 0; i < count; ++i) {
      news.push_back(at(static_cast<std::int32_t>(1 + rng.below(30)), static_cast<std::uint32_t>(1 + rng.below(3))));
    }
    std::set<std::int32_t> dates;
    for (const auto& one : news) dates.insert(one.date.days);
    const auto due = naive_due(rules, dates);

    std::optional<CheckInDays> first_result;
    for (int order = 0; order < 3; ++order) {
      for (auto left = news.size(); left > 1; --left) std::swap(news[left - 1], news[rng.below(left)]);
      CheckInDays days;
      std::vector<EarnedReward> given;
      std::set<EarnedReward> held;  // what the ledger's unique key lets in
      for (const auto& one : news) {
        CHECK(model::check_in(rules, days, one) != CheckInWord::outside);
        if (rng.chance(1, 3)) continue;  // the hub recomputes when it gets round to it
        const auto changes = model::recompute(rules, days, given);
        for (const auto& moved : changes.move) CHECK(held.erase(moved.given) == 1);
        for (const auto& moved : changes.move) CHECK(held.insert({moved.given.reward, moved.to}).second);
        for (const auto& granted : changes.grant) CHECK(held.insert(granted).second);
        given = model::apply(given, changes);
        CHECK(std::vector<EarnedReward>(held.begin(), held.end()) == given);
      }
      given = model::apply(given, model::recompute(rules, days, given));
      const auto rest = model::recompute(rules, days, given);
      CHECK(rest.grant.empty());
      CHECK(rest.move.empty());
      std::vector<EarnedReward> stands;
      std::ranges::set_difference(given, rest.not_due, std::back_inserter(stands));
      CHECK(stands == due);
      CHECK(given.size() == due.size() + rest.not_due.size());
      CHECK(std::ranges::adjacent_find(given) == given.end());
      if (!first_result) first_result = days;
      CHECK(days == *first_result);
    }
    // Whoever hears of everything at once has nothing left over.
    CHECK(model::recompute(rules, *first_result, {}) == model::CheckInChanges{due, {}, {}});
  }
}

TEST_CASE("A reward has one cause", "[check_in]") {
  const base::BrandId brand{{1, 2, 3}};
  const EarnedReward reward{2, {20'778}};
  const std::set<base::Hash> causes{
      model::check_in_cause(brand, {7}, {5}, reward),        model::check_in_cause(brand, {8}, {5}, reward),
      model::check_in_cause(brand, {7}, {6}, reward),        model::check_in_cause(brand, {7}, {5}, {3, {20'778}}),
      model::check_in_cause(brand, {7}, {5}, {2, {20'779}}), model::check_in_cause(base::BrandId{}, {7}, {5}, reward)};
  CHECK(causes.size() == 6);
  // Persisted: never changes. Computed a second time with Python's hashlib.
  CHECK(base::to_hex(model::check_in_cause(brand, {7}, {5}, reward)) ==
        "bdc69ec8f3cfea4399be70ab7b9ae0262cdeffe8e89967b557a830808a69ce5b");
}

TEST_CASE("A check-in document is read to the letter", "[check_in]") {
  const std::string good = R"({"version": 2, "campaign": 7, "name": {"zh-CN": "打卡", "en": "Check-in"},
    "starts": "2024-10-04", "ends": "2025-01-11", "rewards": [
    {"number": 1, "days": 1, "repeats": true, "kind": "points", "points": 5},
    {"number": 2, "days": 3, "kind": "coupon", "campaign": 12},
    {"number": 3, "days": 7, "repeats": true, "kind": "chance", "campaign": 13}]})";
  const auto rules = model::parse_check_in(base::view_of(good));
  REQUIRE(rules);
  CHECK(*rules == rules_of());
  struct Row {
    std::string from, to, detail;
  };
  for (const auto& row : std::vector<Row>{
           {R"("2025-01-11")", R"("2024-10-03")", "/ends: must not be before starts"},
           {R"("2025-01-11")", R"("2034-10-12")", "/ends: is more than ten years later"},
           {R"("number": 2)", R"("number": 1)", "/rewards/1/number: is used twice"},
           {R"("days": 7)", R"("days": 101)", "/rewards/2/days: is more than there are from starts to ends"},
           {R"("days": 7)", R"("days": 0)", "/rewards/2/days: must be a whole number from 1 to 3660"},
           {R"("points": 5)", R"("campaign": 5)", "/rewards/0/points: is missing"},
           {R"("campaign": 13)", R"("points": 13)", "/rewards/2/campaign: is missing"},
           {R"("kind": "chance")", R"("kind": "money")", "/rewards/2/kind: must be one of points, coupon, chance"},
           {R"("version": 2)", R"("version": 2, "note": 1)", "/note: is not known"},
       }) {
    CAPTURE(row.to);
    auto json = good;
    json.replace(json.find(row.from), row.from.size(), row.to);
    const auto refused = model::parse_check_in(base::view_of(json));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Code::programme_invalid);
    CHECK(refused.error().detail == row.detail);
  }
  auto none = good;
  none.erase(none.find(R"({"number": 1)"), none.rfind("]") - none.find(R"({"number": 1)"));
  CHECK(model::parse_check_in(base::view_of(none)).error().detail == "/rewards: must name at least one");
}
