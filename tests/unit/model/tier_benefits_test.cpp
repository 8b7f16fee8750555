// SPDX-License-Identifier: Apache-2.0
#include "sync/model/tier_benefits.h"

#include "sync/model/calendar.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace millpond;
using model::BenefitKind;

namespace {

base::LocalDate day(std::string_view text) { return *base::parse_date(text); }

model::TierRules three_tiers() {
  model::TierRules rules;
  rules.window = model::TierWindow::calendar;
  rules.months = 12;
  rules.birthday_lead_days = 7;
  rules.levels = {
      {1, {}, 0, {10'000, {}, {}, base::CampaignId{13}, {}}},
      {2, {}, 100, {12'000, base::CampaignId{21}, base::CampaignId{22}, base::CampaignId{23}, {base::CampaignId{90}}}},
      {3,
       {},
       300,
       {15'000,
        base::CampaignId{31},
        base::CampaignId{32},
        base::CampaignId{33},
        {base::CampaignId{90}, base::CampaignId{91}}}}};
  return rules;
}

model::TierState held(std::vector<model::TierSpan> history) {
  model::TierState state;
  for (std::size_t i = 0; i + 1 < history.size(); ++i) history[i].until = history[i + 1].from;
  state.level = history.back().level;
  state.history = std::move(history);
  return state;
}

const model::BenefitCase nobody_born{base::BrandId{{1}}, base::MemberId{5}, std::nullopt};

std::vector<std::pair<std::string, std::uint32_t>> listed(const std::vector<model::DueBenefit>& due) {
  std::vector<std::pair<std::string, std::uint32_t>> list;
  for (const auto& benefit : due) list.emplace_back(base::format_date(benefit.due), benefit.pack.value);
  return list;
}
using List = std::vector<std::pair<std::string, std::uint32_t>>;

std::set<base::Hash> causes(const std::vector<model::DueBenefit>& due) {
  std::set<base::Hash> causes;
  for (const auto& benefit : due) causes.insert(benefit.cause);
  return causes;
}

}  // namespace

TEST_CASE("A pack on entry and one on the first of every month after it, of the tier held then", "[tier_benefits]") {
  const auto rules = three_tiers();
  const auto state = held({{0, day("2026-01-10"), {}, false},
                           {1, day("2026-03-05"), {}, true},
                           {2, day("2026-05-01"), {}, true},
                           {1, day("2026-07-01"), {}, false}});
  const auto due = model::due_benefits(rules, state, nobody_born, day("2026-01-01"), day("2026-08-01"));
  CHECK(listed(due) ==
        List{{"2026-03-05", 21}, {"2026-04-01", 22}, {"2026-05-01", 31}, {"2026-06-01", 32}, {"2026-07-01", 22}});
  CHECK(causes(due).size() == due.size());
  // Half-open, and in parts as in one piece.
  const auto first = model::due_benefits(rules, state, nobody_born, day("2026-01-01"), day("2026-05-01"));
  const auto second = model::due_benefits(rules, state, nobody_born, day("2026-05-01"), day("2026-08-01"));
  auto both = first;
  both.insert(both.end(), second.begin(), second.end());
  CHECK(both == due);
  CHECK(model::due_benefits(rules, state, nobody_born, day("2026-08-01"), day("2026-01-01")).empty());
}

TEST_CASE("A birthday gift comes once a year, ahead of the day, also on 29 February", "[tier_benefits]") {
  struct Row {
    model::BirthDay birthday;
    std::string_view from;
    std::string_view to;
    List due;
  };
  const auto rules = three_tiers();
  auto quiet = rules;
  for (auto& level : quiet.levels) level.benefits.monthly_pack = {};
  const auto state = held({{0, day("2026-06-10"), {}, false}, {1, day("2027-03-05"), {}, false}});
  const std::vector<Row> rows{
      {{2, 29}, "2026-06-01", "2029-01-01", {{"2027-02-21", 13}, {"2028-02-22", 23}}},
      {{6, 10}, "2026-06-01", "2027-01-01", {{"2026-06-10", 13}}},  // joined on the day
      {{6, 15}, "2026-06-01", "2027-01-01", {{"2026-06-10", 13}}},  // within the days ahead of it
      {{6, 9}, "2026-06-01", "2027-01-01", {}},                     // the day after it
      {{1, 3}, "2026-06-01", "2027-01-01", {{"2026-12-27", 13}}},   // ahead of the day is in the year before
      {{1, 3}, "2026-12-28", "2027-12-27", {}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.birthday.month, row.birthday.day, row.from);
    auto of = nobody_born;
    of.birthday = row.birthday;
    CHECK(listed(model::due_benefits(quiet, state, of, day(row.from), day(row.to))) == row.due);
  }
}

TEST_CASE("Who moves the birthday, and whose tier moves by a late sale, gets nothing twice", "[tier_benefits]") {
  const auto rules = three_tiers();
  const auto span = std::pair{day("2026-01-01"), day("2027-01-01")};
  auto of = nobody_born;
  of.birthday = model::BirthDay{3, 8};
  const auto told = held({{0, day("2026-01-01"), {}, false}, {1, day("2026-05-20"), {}, true}});
  const auto late = held({{0, day("2026-01-01"), {}, false}, {1, day("2026-04-30"), {}, true}});
  auto granted = causes(model::due_benefits(rules, told, of, span.first, span.second));
  const auto before = granted.size();
  CHECK(before == 1 + 7 + 1);  // entry, June to December, birthday
  of.birthday = model::BirthDay{9, 9};
  granted.merge(causes(model::due_benefits(rules, late, of, span.first, span.second)));
  CHECK(granted.size() == before + 1);  // May's pack, which the late sale brought
  // Another entry after a fall is another cause; another member, another brand too.
  const auto again = held({{0, day("2026-01-01"), {}, false},
                           {1, day("2026-02-02"), {}, true},
                           {0, day("2026-03-01"), {}, false},
                           {1, day("2026-04-30"), {}, true}});
  const auto entries = model::due_benefits(rules, again, nobody_born, span.first, span.second);
  CHECK(std::ranges::count(entries, BenefitKind::entry_pack, &model::DueBenefit::kind) == 2);
  CHECK(causes(entries).size() == entries.size());
  auto other = nobody_born;
  other.member.value += 1;
  CHECK(causes(model::due_benefits(rules, late, other, span.first, span.second)) !=
        causes(model::due_benefits(rules, late, nobody_born, span.first, span.second)));
}

TEST_CASE("An exclusive offer is for the tiers that list it, any other for everybody", "[tier_benefits]") {
  const auto rules = three_tiers();
  struct Row {
    std::uint32_t offer;
    std::vector<bool> open;
  };
  const std::vector<Row> rows{{90, {false, true, true}}, {91, {false, false, true}}, {92, {true, true, true}}};
  for (const auto& row : rows) {
    for (std::size_t level = 0; level < row.open.size(); ++level) {
      CHECK(model::is_open_to(rules, level, base::CampaignId{row.offer}) == row.open[level]);
    }
  }
}

TEST_CASE("A cause of a benefit never changes", "[tier_benefits]") {
  const auto rules = three_tiers();
  const auto state = held({{0, day("2026-01-01"), {}, false}, {1, day("2026-05-20"), {}, true}});
  const auto due = model::due_benefits(rules, state, nobody_born, day("2026-05-20"), day("2026-06-02"));
  REQUIRE(due.size() == 2);
  CHECK(base::to_hex(due[0].cause) == "4bc1f056ebf7fef87611566be5796d7c6a3c7aaea6d9eabd96492607b47af3f9");
  CHECK(base::to_hex(due[1].cause) == "51d29fe008d056f999e81d6483a2a5e817467048532062c0a14d7b6a579aa326");
}
