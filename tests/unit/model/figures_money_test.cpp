// SPDX-License-Identifier: Apache-2.0
#include "sync/model/figures_money.h"

#include "tests/unit/model/figures_world.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <map>

using namespace millpond;
using model::LossKind;
using model::Period;
using model::PointsStep;
using model::Ratio;
using testing::at;
using testing::first_day;

namespace {

constexpr Period january{{first_day}, {first_day + 31}};
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

model::PointsEvent points(std::uint64_t lot, PointsStep step, std::int32_t day, std::int64_t amount) {
  return {lot, step, {first_day + day}, amount};
}

}  // namespace

TEST_CASE("Breakage is what expired of the lots granted in a period", "[figures]") {
  const std::vector<model::PointsEvent> events{
      points(1, PointsStep::expired, 300, 60),   points(1, PointsStep::granted, 0, 100),
      points(1, PointsStep::spent, 5, 40),       points(2, PointsStep::granted, 30, 100),
      points(2, PointsStep::reversed, 33, 30),   points(2, PointsStep::spent, 40, 50),
      points(2, PointsStep::given_back, 41, 20), points(3, PointsStep::granted, 31, 500),
      points(4, PointsStep::expired, 3, 9),      points(5, PointsStep::granted, 3, 10),
      points(5, PointsStep::spent, 4, 25)};
  CHECK(model::breakage(events, january) == model::Breakage{{60, 180}, 40});
  const std::vector<model::PointsEvent> largest{
      points(1, PointsStep::granted, 0, most), points(1, PointsStep::granted, 0, most),
      points(2, PointsStep::granted, 0, most), points(2, PointsStep::expired, 0, most)};
  CHECK(model::breakage(largest, january) == model::Breakage{{most, most}, most});
}

TEST_CASE("Costs, complaints and errors are set against what was sold", "[figures]") {
  const auto sales =
      model::net_sales(std::vector<model::SaleEvent>{{1, {1}, at(0), model::Place::store, {1}, {}, 900},
                                                     {2, {}, at(1), model::Place::store, {1}, {}, 100},
                                                     {3, {2}, at(40), model::Place::store, {1}, {}, 5'000}},
                       {});
  const std::vector<model::GestureEvent> gestures{
      {{1}, {first_day}, 30}, {{2}, {first_day + 30}, 20}, {{2}, {first_day + 31}, 9}};
  CHECK(model::gesture_cost(gestures, sales, january) == Ratio{50, 1'000});
  const std::vector<model::ComplaintEvent> complaints{{{1}, {first_day}}, {{1}, {first_day + 31}}};
  CHECK(model::complaints(complaints, sales, january) == Ratio{1, 1});
  const std::vector<model::AdjustmentEvent> adjustments{
      {{1}, {first_day}, true}, {{1}, {first_day}, false}, {{1}, {first_day - 1}, true}};
  CHECK(model::points_errors(adjustments, sales, january) == Ratio{1, 1});
}

TEST_CASE("Losses are named by the terminal that was heard second", "[figures]") {
  const std::vector<model::LossEvent> losses{
      {{9}, {first_day}, LossKind::coupon, 500},    {{3}, {first_day}, LossKind::points, 70},
      {{9}, {first_day + 30}, LossKind::points, 5}, {{9}, {first_day + 31}, LossKind::coupon, 900},
      {{3}, {first_day}, LossKind::coupon, most},   {{3}, {first_day}, LossKind::coupon, most}};
  CHECK(model::offline_loss(losses, january) == std::vector<model::TerminalLoss>{{{3}, most, 70, 3}, {{9}, 500, 5, 2}});
}

TEST_CASE("A partner pays its share of each coupon, and nothing is lost in rounding", "[figures]") {
  const std::vector<model::PartnerUseEvent> uses{
      {{1}, {first_day}, 20, 1'001, {{30, 5'000}, {20, 5'000}}},             // 501 goes to the smaller number, 20
      {{2}, {first_day}, 20, 100, {{30, 3'333}, {10, 3'333}, {40, 3'334}}},  // 33, 33, 34
      {{2}, {first_day}, 20, 100, {{30, 10'000}}},                           // told twice
      {{3}, {first_day + 31}, 20, 100, {{30, 10'000}}},
      {{4}, {first_day}, 30, 7, {{20, 10'000}}},
      {{5}, {first_day}, 30, 7, {}}};
  CHECK(model::settlements(uses, january) ==
        std::vector<model::Settlement>{{10, 20, 33, 1}, {20, 30, 7, 1}, {30, 20, 533, 2}, {40, 20, 34, 1}});
}

TEST_CASE("Satisfaction is a sum and a count", "[figures]") {
  std::vector<model::RatingEvent> ratings;
  for (const auto score : {5, 4, 3, 1, 0, 6}) ratings.push_back({{1}, {first_day}, score});
  ratings.push_back({{1}, {first_day + 31}, 1});
  CHECK(model::satisfaction(ratings, january) == model::Satisfaction{{13, 4}, {2, 4}});
}

TEST_CASE("Every unit of a coupon is paid by somebody, and points are neither made nor lost", "[figures]") {
  base::SeededRng rng{20261124};
  for (int round = 0; round < 1'500; ++round) {
    CAPTURE(round);
    std::vector<model::PartnerUseEvent> uses;
    std::map<std::uint64_t, std::int64_t> foreign;  // by acceptor: value less its own share, within a unit a coupon
    std::int64_t total = 0;
    for (std::uint64_t id = 1; id <= 6; ++id) {
      const auto split = static_cast<std::int32_t>(rng.below(10'001));
      const auto acceptor = static_cast<std::uint32_t>(50 + rng.below(2));  // never a funder: all of it is owed
      const auto value_minor = static_cast<std::int64_t>(rng.below(1'000));
      uses.push_back({{id}, {first_day}, acceptor, value_minor, {{2, split}, {1, 10'000 - split}}});
      foreign[acceptor] += value_minor;
      total += value_minor;
    }
    std::int64_t paid = 0;
    for (const auto& row : model::settlements(uses, january)) {
      paid += row.amount_minor;
      foreign[row.acceptor] -= row.amount_minor;
    }
    CHECK(paid == total);
    for (const auto& [acceptor, left] : foreign) CHECK(left == 0);

    std::vector<model::PointsEvent> events;
    std::map<std::uint64_t, std::array<std::int64_t, 3>> lots;  // granted, spent, expired
    for (std::uint64_t lot = 1; lot <= 5; ++lot) {
      const auto granted = static_cast<std::int64_t>(1 + rng.below(100));
      const auto spent = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(granted) + 1));
      const auto expired = rng.chance(1, 2) ? granted - spent : 0;
      events.push_back(points(lot, PointsStep::granted, rng.chance(1, 5) ? 40 : 0, granted));
      if (events.back().date.days == first_day) lots[lot] = {granted, spent, expired};
      events.push_back(points(lot, PointsStep::spent, 50, spent));
      events.push_back(points(lot, PointsStep::expired, 90, expired));
    }
    for (std::size_t i = events.size(); i > 1; --i) std::swap(events[i - 1], events[rng.below(i)]);
    model::Breakage expected;
    for (const auto& [lot, of] : lots) {
      expected.expired.numerator += of[2];
      expected.expired.denominator += of[0];
      expected.open += of[0] - of[1] - of[2];
    }
    CHECK(model::breakage(events, january) == expected);
  }
}
