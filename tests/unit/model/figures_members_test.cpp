// SPDX-License-Identifier: Apache-2.0
#include "sync/model/figures_members.h"

#include "tests/unit/model/figures_world.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

using namespace millpond;
using model::OriginChannel;
using model::Period;
using model::Ratio;
using model::RfmClass;
using testing::at;
using testing::first_day;
using testing::World;

namespace {

constexpr base::LocalDate all_known{first_day + 10'000};
constexpr Period january{{first_day}, {first_day + 31}};

model::SaleEvent sale(std::uint64_t number, std::uint64_t member, std::int32_t day, std::int64_t net_minor) {
  return {number, {member}, at(day), model::Place::store, {1}, {}, net_minor};
}

const model::RfmBands bands{1, 365, {180, 90, 30, 7}, {2, 3, 5, 10}, {1'000, 5'000, 20'000, 100'000}};

}  // namespace

TEST_CASE("Enrolments are counted by channel, natural and paid", "[figures]") {
  const std::vector<model::EnrolmentEvent> enrolments{{{1}, at(0), OriginChannel::kiosk, {}},
                                                      {{2}, at(1), OriginChannel::kiosk, {7}},
                                                      {{3}, at(30), OriginChannel::pay_wechat, {}},
                                                      {{4}, at(31), OriginChannel::kiosk, {}},
                                                      {{1}, at(5), OriginChannel::import, {}}};  // known already
  CHECK(
      model::enrolments_by_channel(enrolments, january) ==
      std::vector<model::ChannelEnrolments>{{OriginChannel::kiosk, 2, {1, 1}}, {OriginChannel::pay_wechat, 1, {1, 0}}});
}

TEST_CASE("The funnel compares a period with the one before it", "[figures]") {
  const auto sales = model::net_sales(std::vector{sale(1, 1, -31, 100), sale(2, 1, 5, 300), sale(3, 2, -1, 100),
                                                  sale(4, 3, 6, 50), sale(5, 4, -32, 10), sale(6, 0, 7, 999)},
                                      {});
  const std::vector<model::EnrolmentEvent> enrolments{{{3}, at(0), OriginChannel::kiosk, {}},
                                                      {{5}, at(0), OriginChannel::kiosk, {}}};
  const std::vector<model::ReferralEvent> referrals{
      {{1}, {3}, at(0), true}, {{1}, {5}, at(0), true}, {{3}, {6}, at(0), false}, {{2}, {7}, at(0), true}};
  CHECK(model::rarra(enrolments, sales, referrals, january, all_known) ==
        model::Rarra{{1, 2}, {{1, 2}, true}, {1, 2}, {350, 2}, 2});
}

TEST_CASE("Classes of recency, frequency and value follow the bands to the unit", "[figures]") {
  struct Row {
    std::int32_t last_days_ago;
    std::int64_t purchases;
    std::int64_t net_minor;  // of all of them
    model::RfmStanding standing;
  };
  for (const auto& row : std::vector<Row>{{0, 10, 100'000, {{1}, 5, 5, 5, RfmClass::important_value}},
                                          {7, 10, 99'999, {{1}, 5, 5, 4, RfmClass::important_value}},
                                          {8, 4, 20'000, {{1}, 4, 3, 4, RfmClass::important_develop}},
                                          {30, 5, 4'999, {{1}, 4, 4, 2, RfmClass::general_value}},
                                          {31, 5, 20'000, {{1}, 3, 4, 4, RfmClass::important_keep}},
                                          {90, 9, 999, {{1}, 3, 4, 1, RfmClass::general_keep}},
                                          {180, 1, 20'000, {{1}, 2, 1, 4, RfmClass::important_win_back}},
                                          {181, 1, 0, {{1}, 1, 1, 1, RfmClass::general_win_back}},
                                          {364, 2, 19'999, {{1}, 1, 2, 3, RfmClass::general_win_back}},
                                          {0, 1, 1'000, {{1}, 5, 1, 2, RfmClass::general_develop}},
                                          {365, 9, 900'000, {{1}, 0, 0, 0, RfmClass::none}}}) {
    CAPTURE(row.last_days_ago, row.purchases, row.net_minor);
    std::vector<model::SaleEvent> sales;
    for (std::int64_t i = 0; i < row.purchases; ++i) {
      sales.push_back(sale(static_cast<std::uint64_t>(i), 1, -row.last_days_ago, i == 0 ? row.net_minor : 0));
    }
    CHECK(model::rfm(bands, model::net_sales(sales, {}), {first_day}) == std::vector{row.standing});
  }
  const auto tomorrow = model::net_sales(std::vector{sale(1, 1, 1, 100)}, {});
  CHECK(model::rfm(bands, tomorrow, {first_day}).empty());
}

TEST_CASE("Bands are read strictly", "[figures]") {
  const std::string good = R"({"version": 1, "window_days": 365, "recency_days_max": [180, 90, 30, 7],)"
                           R"( "frequency_min": [2, 3, 5, 10], "monetary_minor_min": [1000, 5000, 20000, 100000]})";
  const auto read = model::parse_rfm_bands(base::view_of(good));
  REQUIRE(read);
  CHECK(*read == bands);
  struct Row {
    std::string from;
    std::string to;
    std::string detail;
  };
  for (const auto& row : std::vector<Row>{
           {"[180, 90, 30, 7]", "[7, 30, 90, 180]", "/recency_days_max: must descend"},
           {"[2, 3, 5, 10]", "[2, 3, 5]", "/frequency_min: must be a list of 4"},
           {"[2, 3, 5, 10]", "[2, 5, 3, 10]", "/frequency_min: must ascend"},
           {"[1000, 5000,", "[5000, 1000,", "/monetary_minor_min: must ascend"},
           {"\"window_days\": 365", "\"window_days\": 0", "/window_days: must be a whole number from 1 to 3660"}}) {
    CAPTURE(row.detail);
    auto json = good;
    json.replace(json.find(row.from), row.from.size(), row.to);
    const auto refused = model::parse_rfm_bands(base::view_of(json));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Code::programme_invalid);
    CHECK(refused.error().detail == row.detail);
  }
}

TEST_CASE("A cohort is the month of the first purchase, with its value and lifespan", "[figures]") {
  const auto sales = model::net_sales(
      std::vector{sale(1, 1, 0, 100), sale(2, 1, 40, 200), sale(3, 2, 30, 50), sale(4, 3, 31, 70), sale(5, 0, 3, 999)},
      {});
  CHECK(model::ltv_by_cohort(sales) ==
        std::vector<model::LtvCohort>{{2026, 1, {350, 2}, {40, 2}, 3}, {2026, 2, {70, 1}, {0, 1}, 1}});
}

TEST_CASE("A referral tree has no rings and one referrer for each", "[figures]") {
  const auto sales = model::net_sales(std::vector{sale(1, 2, 0, 100), sale(2, 3, 0, 30)}, {});
  const std::vector<model::ReferralEvent> referrals{{{1}, {2}, at(0), true},  {{2}, {3}, at(1), false},
                                                    {{3}, {1}, at(2), true},  // closes a ring
                                                    {{4}, {3}, at(3), true},  // bound already
                                                    {{5}, {5}, at(0), true},  // to themselves
                                                    {{1}, {6}, at(4), false}, {{0}, {7}, at(0), true}};
  CHECK(model::referral_tree(referrals, sales) ==
        std::vector<model::ReferralNode>{{{1}, {}, 2, 1, 3, 100}, {{2}, {1}, 1, 0, 1, 30}});
}

TEST_CASE("A channel's cost is shared by those who bought, and pays back on a day", "[figures]") {
  const std::vector<model::EnrolmentEvent> enrolments{{{1}, at(0), OriginChannel::kiosk, {}},
                                                      {{2}, at(10), OriginChannel::kiosk, {}},
                                                      {{3}, at(0), OriginChannel::kiosk, {}},
                                                      {{4}, at(0), OriginChannel::cashier, {}},
                                                      {{5}, at(99), OriginChannel::kiosk, {}}};
  const auto sales = model::net_sales(std::vector{sale(1, 1, 0, 1'000), sale(2, 2, 15, 1'000), sale(3, 1, 20, 10'000),
                                                  sale(4, 2, 9, 50'000), sale(5, 5, 99, 50'000), sale(6, 4, 3, 5)},
                                      {});
  struct Row {
    std::int64_t cost_minor;
    std::int64_t margin;
    std::optional<std::int32_t> payback_days;
  };
  for (const auto& row : std::vector<Row>{{0, 5'000, 0},
                                          {500, 5'000, 0},
                                          {501, 5'000, 5},
                                          {1'000, 5'000, 5},
                                          {1'001, 5'000, 20},
                                          {6'000, 5'000, 20},
                                          {6'001, 5'000, std::nullopt},
                                          {1, 0, std::nullopt},
                                          {12'000, 20'000, 20}}) {  // a margin is at most everything
    CAPTURE(row.cost_minor, row.margin);
    const std::vector<model::ChannelCost> costs{{OriginChannel::kiosk, row.cost_minor}};
    CHECK(model::acquisition(costs, row.margin, enrolments, sales, january) ==
          std::vector<model::Acquisition>{{OriginChannel::kiosk, {row.cost_minor, 2}, 3, row.payback_days}});
  }
  const auto limit = std::numeric_limits<std::int64_t>::max();
  const std::vector<model::ChannelCost> costs{{OriginChannel::import, limit}, {OriginChannel::import, limit}};
  CHECK(model::acquisition(costs, 5'000, enrolments, sales, january) ==
        std::vector<model::Acquisition>{{OriginChannel::import, {limit, 0}, 0, std::nullopt}});
}

namespace {

// Whoever hangs below, found by walking down from each.
std::int64_t naive_below(const std::map<std::uint64_t, std::uint64_t>& parents, std::uint64_t top) {
  std::int64_t count = 0;
  for (const auto& [child, parent] : parents) {
    auto above = parents.find(child);
    for (int steps = 0; above != parents.end() && steps < 100; ++steps) {
      if (above->second == top) {
        ++count;
        break;
      }
      above = parents.find(above->second);
    }
  }
  return count;
}

bool makes_ring(const std::map<std::uint64_t, std::uint64_t>& parents, std::uint64_t child, std::uint64_t parent) {
  for (auto above = parent;;) {
    if (above == child) return true;
    const auto next = parents.find(above);
    if (next == parents.end()) return false;
    above = next->second;
  }
}

}  // namespace

TEST_CASE("The pool's figures are what their formulas say, in whatever order events come", "[figures]") {
  std::int64_t counted = 0;
  for (std::uint64_t seed = 1; seed <= 700; ++seed) {
    CAPTURE(seed);
    testing::WorldMaker maker{seed};
    auto world = maker.make();
    const auto period = maker.period();
    const auto sales = world.net();
    auto other = world;
    maker.shuffle(other);
    const auto other_sales = other.net();

    // Lists from the sentences, member by member.
    std::map<std::pair<int, int>, model::LtvCohort> cohorts;
    std::vector<model::RfmStanding> standings;
    for (std::uint64_t member = 1; member <= testing::members; ++member) {
      std::optional<base::LocalDate> first;
      base::LocalDate last;
      std::int64_t net_minor = 0;
      std::int64_t purchases = 0;
      for (const auto& each : sales.sales) {
        if (each.sale.member.value != member) continue;
        first = std::min(first.value_or(each.sale.at.date), each.sale.at.date);
        last = std::max(last, each.sale.at.date);
        net_minor += each.net_minor;
        ++purchases;
      }
      if (!first) continue;
      const auto month = base::to_civil(*first);
      auto& cohort = cohorts[{month.year, month.month}];
      cohort = {month.year,
                month.month,
                {cohort.value.numerator + net_minor, cohort.value.denominator + 1},
                {cohort.lifespan.numerator + last.days - first->days, cohort.lifespan.denominator + 1},
                cohort.purchases + purchases};
      const auto score = [](std::int64_t value, std::vector<std::int64_t> bounds) {
        std::int8_t reached = 1;
        for (const auto bound : bounds) reached = static_cast<std::int8_t>(reached + (value >= bound ? 1 : 0));
        return reached;
      };
      const base::LocalDate today{first_day + testing::days};
      const auto recency = score(last.days - today.days, {-180, -90, -30, -7});
      const auto frequency = score(purchases, {2, 3, 5, 10});
      const auto monetary = score(net_minor, {1'000, 5'000, 20'000, 100'000});
      auto number = 1;
      if (recency >= 4) number += 4;
      if (frequency >= 4) number += 2;
      if (monetary >= 4) number += 1;
      standings.push_back({{member}, recency, frequency, monetary, static_cast<RfmClass>(number)});
    }
    std::vector<model::LtvCohort> cohort_list;
    for (const auto& [month, cohort] : cohorts) cohort_list.push_back(cohort);
    CHECK(model::ltv_by_cohort(other_sales) == cohort_list);
    CHECK(model::rfm(bands, other_sales, {first_day + testing::days}) == standings);

    std::ranges::sort(world.referrals, {}, [](const auto& edge) {
      return std::tuple{edge.bound_at, edge.referrer, edge.invited, !edge.qualified};
    });
    std::map<std::uint64_t, std::uint64_t> parents;
    for (const auto& edge : world.referrals) {
      const auto child = edge.invited.value;
      if (!parents.contains(child) && !makes_ring(parents, child, edge.referrer.value)) {
        parents[child] = edge.referrer.value;
      }
    }
    const auto tree = model::referral_tree(other.referrals, other_sales);
    std::set<std::uint64_t> referrers;
    for (const auto& [child, parent] : parents) referrers.insert(parent);
    CHECK(tree.size() == referrers.size());
    for (const auto& node : tree) {
      const auto top = node.referrer.value;
      CHECK(node.below == naive_below(parents, top));
      CHECK(node.bound == std::ranges::count_if(parents, [&](const auto& edge) { return edge.second == top; }));
      std::int64_t net_minor = 0;
      for (const auto& each : sales.sales) {
        const auto found = parents.find(each.sale.member.value);
        if (found != parents.end() && found->second == top) net_minor += each.net_minor;
      }
      CHECK(node.bound_net_minor == net_minor);
      counted += node.below;
    }

    CHECK(model::rarra(world.enrolments, sales, world.referrals, period, all_known) ==
          model::rarra(other.enrolments, other_sales, other.referrals, period, all_known));
    std::int64_t enrolled = 0;
    for (const auto& row : model::enrolments_by_channel(other.enrolments, period)) {
      CHECK(row.members == row.natural_to_paid.numerator + row.natural_to_paid.denominator);
      enrolled += row.members;
    }
    CHECK(enrolled == model::rarra(world.enrolments, sales, {}, period, all_known).acquisition);
    const std::vector<model::ChannelCost> costs{{OriginChannel::kiosk, 500}, {OriginChannel::cashier, 5'000}};
    CHECK(model::acquisition(costs, 3'000, world.enrolments, sales, period) ==
          model::acquisition(costs, 3'000, other.enrolments, other_sales, period));
  }
  CHECK(counted > 1'000);
}
