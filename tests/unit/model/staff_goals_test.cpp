// SPDX-License-Identifier: Apache-2.0
#include "sync/model/staff_goals.h"

#include "tests/unit/model/figures_world.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <set>
#include <string>

using namespace millpond;
using model::GoalMetric;
using model::Period;
using model::StaffResult;
using testing::at;
using testing::first_day;

namespace {

constexpr Period january{{first_day}, {first_day + 31}};

model::SaleEvent sale(std::uint64_t number, std::uint64_t member, std::uint32_t staff, std::int32_t day,
                      std::int64_t net) {
  return {number, {member}, at(day), model::Place::store, {1}, {staff}, net};
}

}  // namespace

TEST_CASE("A ranking shares a place among equals and leaves out the next", "[staff_goals]") {
  const std::vector<model::StaffCredit> credits{
      {GoalMetric::enrolments, {1}, {11}, at(0)},  {GoalMetric::enrolments, {2}, {12}, at(1)},
      {GoalMetric::enrolments, {2}, {11}, at(2)},  // enrolled already, by person 1
      {GoalMetric::enrolments, {3}, {13}, at(1)},  {GoalMetric::enrolments, {3}, {14}, at(2)},
      {GoalMetric::enrolments, {4}, {15}, at(31)}, {GoalMetric::referrals, {4}, {16}, at(3)},
      {GoalMetric::enrolments, {9}, {17}, at(3)}};  // does not take part
  const std::vector<base::StaffId> everybody{{4}, {3}, {2}, {1}, {1}};
  const model::NetSales none;
  CHECK(model::staff_ranking(GoalMetric::enrolments, everybody, credits, none, january) ==
        std::vector<StaffResult>{{{3}, 2, 1}, {{1}, 1, 2}, {{2}, 1, 2}, {{4}, 0, 4}});
  CHECK(model::staff_ranking(GoalMetric::referrals, everybody, credits, none, january)[0] == StaffResult{{4}, 1, 1});
  const auto sales = model::net_sales(std::vector{sale(1, 0, 1, 0, 500), sale(2, 0, 2, 0, 900), sale(3, 0, 1, 31, 900)},
                                      std::vector<model::RefundEvent>{{2, {first_day + 60}, 400}});
  CHECK(model::staff_ranking(GoalMetric::net_sales, everybody, credits, sales, january) ==
        std::vector<StaffResult>{{{1}, 500, 1}, {{2}, 500, 1}, {{3}, 0, 3}, {{4}, 0, 3}});
  CHECK(model::goal_progress({GoalMetric::enrolments, {{1}, {3}, {3}}, january, 10}, credits, none) ==
        model::Ratio{3, 10});
  CHECK(model::goal_progress({GoalMetric::net_sales, {{2}, {4}}, january, 600}, credits, sales) ==
        model::Ratio{500, 600});
}

TEST_CASE("Commission is for net sales past their return window, rounded down once", "[staff_goals]") {
  const model::CommissionRules rules{1, 150, 300, 14};  // 1.5 %
  const std::vector<model::StaffCredit> credits{{GoalMetric::enrolments, {1}, {11}, at(0)},
                                                {GoalMetric::enrolments, {1}, {12}, at(0)},
                                                {GoalMetric::enrolments, {2}, {13}, at(10)}};
  const auto sales =
      model::net_sales(std::vector{sale(1, 11, 1, 0, 99), sale(2, 0, 1, 1, 99), sale(3, 0, 1, 15, 9'999),
                                   sale(4, 13, 2, 9, 1'000), sale(5, 12, 2, 2, 1'000), sale(6, 0, 0, 2, 5'000)},
                       std::vector<model::RefundEvent>{{5, {first_day + 9}, 1'000}});
  // 14 dates after day 14 are over when day 29 is the first one that is not complete: sale 3 is not among them.
  CHECK(model::commissions(rules, credits, sales, january, {first_day + 29}) ==
        std::vector<model::Commission>{{{1}, 198, 1, 2 + 300}, {{2}, 1'000, 0, 15}});
  CHECK(model::commissions(rules, credits, sales, january, {first_day + 30}) ==
        std::vector<model::Commission>{{{1}, 10'197, 1, 152 + 300}, {{2}, 1'000, 0, 15}});
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const auto largest = model::net_sales(std::vector{sale(1, 11, 1, 0, most), sale(2, 12, 1, 0, most)}, {});
  CHECK(model::commissions({1, 10'000, most, 0}, credits, largest, january, {first_day + 30}) ==
        std::vector<model::Commission>{{{1}, most, 2, most}});
}

TEST_CASE("Commission rules are read strictly", "[staff_goals]") {
  const std::string good = R"({"version": 1, "sales_basis_points": 150, "enrolment_minor": 300, "return_days": 14})";
  const auto read = model::parse_commission_rules(base::view_of(good));
  REQUIRE(read);
  CHECK(*read == model::CommissionRules{1, 150, 300, 14});
  auto json = good;
  json.replace(json.find("150"), 3, "10001");
  const auto refused = model::parse_commission_rules(base::view_of(json));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail == "/sales_basis_points: must be a whole number from 0 to 10000");
}

TEST_CASE("Places are one more than the number of better results, in whatever order events come", "[staff_goals]") {
  std::int64_t counted = 0;
  for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
    CAPTURE(seed);
    base::SeededRng rng{seed};
    std::vector<model::StaffCredit> credits;
    std::vector<model::SaleEvent> sales;
    for (std::uint64_t i = 1; i <= 20; ++i) {
      credits.push_back({GoalMetric::enrolments,
                         {static_cast<std::uint32_t>(1 + rng.below(5))},
                         {1 + rng.below(12)},
                         at(static_cast<std::int32_t>(rng.below(40)), 0)});
      sales.push_back(sale(i, rng.below(13), static_cast<std::uint32_t>(rng.below(6)),
                           static_cast<std::int32_t>(rng.below(40)), static_cast<std::int64_t>(rng.below(300))));
    }
    std::vector<std::int64_t> results(6);
    std::vector<model::Commission> commissions(6);
    std::set<std::uint64_t> paid;
    for (std::uint64_t member = 1; member <= 12; ++member) {
      std::optional<std::pair<model::When, std::uint32_t>> first;
      for (const auto& credit : credits) {
        const std::pair at_staff{credit.at, credit.staff.value};
        if (credit.member.value == member) first = std::min(first.value_or(at_staff), at_staff);
      }
      if (!first || !january.contains(first->first.date)) continue;
      ++results[first->second];
      for (const auto& each : sales) {
        if (each.member.value == member && each.at >= first->first && each.at.date.days + 5 < first_day + 35)
          paid.insert(member * 10 + first->second);
      }
    }
    for (std::uint32_t staff = 1; staff <= 5; ++staff) {
      commissions[staff].staff = {staff};
      for (const auto& each : sales) {
        const bool counts =
            each.staff.value == staff && january.contains(each.at.date) && each.at.date.days + 5 < first_day + 35;
        commissions[staff].net_minor += counts ? each.net_minor : 0;
      }
      for (const auto key : paid) commissions[staff].enrolments += key % 10 == staff ? 1 : 0;
      commissions[staff].amount_minor =
          commissions[staff].net_minor * 777 / 10'000 + commissions[staff].enrolments * 11;
    }
    for (std::size_t i = credits.size(); i > 1; --i) std::swap(credits[i - 1], credits[rng.below(i)]);
    for (std::size_t i = sales.size(); i > 1; --i) std::swap(sales[i - 1], sales[rng.below(i)]);
    const std::vector<base::StaffId> everybody{{5}, {4}, {3}, {2}, {1}};
    const auto net = model::net_sales(sales, {});
    for (const auto& row : model::staff_ranking(GoalMetric::enrolments, everybody, credits, net, january)) {
      CHECK(row.achieved == results[row.staff.value]);
      std::int32_t better = 0;
      for (std::uint32_t staff = 1; staff <= 5; ++staff) better += results[staff] > row.achieved ? 1 : 0;
      CHECK(row.place == 1 + better);
    }
    for (const auto& row : model::commissions({1, 777, 11, 5}, credits, net, january, {first_day + 35})) {
      CHECK(row == commissions[row.staff.value]);
      counted += row.enrolments;
    }
  }
  CHECK(counted > 1'000);
}
