// SPDX-License-Identifier: Apache-2.0
#include "sync/model/allocate.h"

#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

using namespace millpond;
using model::allocate;

namespace {

__extension__ using Wide = __int128;
using Parts = std::vector<std::int64_t>;

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

// By the sentence: round every share down, then hand out one unit at a time to whoever is owed most.
Parts one_by_one(std::int64_t total, const Parts& weights) {
  Wide sum = 0;
  for (const auto weight : weights) sum += weight;
  const Wide whole = total < 0 ? -Wide{total} : Wide{total};
  std::vector<Wide> parts;
  Wide given = 0;
  for (const auto weight : weights) {
    parts.push_back(sum == 0 ? whole / static_cast<Wide>(weights.size()) : whole * weight / sum);
    given += parts.back();
  }
  std::vector<bool> served(weights.size());
  for (; given < whole; ++given) {
    std::size_t best = weights.size();
    const auto owed = [&](std::size_t i) {
      return sum == 0 ? whole % static_cast<Wide>(weights.size()) : whole * weights[i] % sum;
    };
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (!served[i] && (best == weights.size() || owed(i) > owed(best))) best = i;
    }
    served[best] = true;
    parts[best] += 1;
  }
  Parts result;
  for (const auto part : parts) result.push_back(static_cast<std::int64_t>(total < 0 ? -part : part));
  return result;
}

std::int64_t any_number(base::SeededRng& rng) {
  const auto bits = static_cast<std::int64_t>(rng.next() >> rng.below(64) >> 1);
  return rng.chance(1, 2) ? bits : -bits;
}

}  // namespace

TEST_CASE("An amount is spread by largest remainder, ties to the lower index", "[allocate]") {
  struct Row {
    std::int64_t total;
    Parts weights;
    Parts parts;
  };
  const std::vector<Row> rows{
      {100, {1, 1, 1}, {34, 33, 33}},
      {-100, {1, 1, 1}, {-34, -33, -33}},
      {10, {3, 3, 1}, {4, 4, 2}},  // 4.29, 4.29, 1.43: the unit left goes to the last
      {1, {5, 5}, {1, 0}},
      {5, {1, 0, 1}, {3, 0, 2}},
      {1, {0, 0, 7}, {0, 0, 1}},
      {0, {3, 4}, {0, 0}},
      {7, {0, 0, 0}, {3, 2, 2}},
      {7, {-9, 1}, {0, 7}},
      {-3, {-9, -1}, {-2, -1}},
      {7, {}, {}},
      {0, {}, {}},
      {most, {1}, {most}},
      {least, {1}, {least}},
      {least, {most, most}, {least / 2, least / 2}},
      {most, {most, most}, {most / 2 + 1, most / 2}},
      {most, {most, 0, 1}, {most - 1, 0, 1}},  // exact shares: most - 1 + 1/2^63 and 1 - 1/2^63
  };
  for (const auto& row : rows) {
    CAPTURE(row.total, row.weights);
    CHECK(allocate(row.total, row.weights) == row.parts);
  }
}

TEST_CASE("Spreading loses nothing, stays within a unit, and agrees with doing it one by one", "[allocate]") {
  base::SeededRng rng{7};
  for (int round = 0; round < 4'000; ++round) {
    const auto total = rng.chance(1, 2) ? any_number(rng) : static_cast<std::int64_t>(rng.below(200));
    Parts weights(1 + rng.below(8));
    for (auto& weight : weights) {
      weight = rng.chance(1, 4) ? 0 : std::abs(rng.chance(1, 2) ? any_number(rng) : any_number(rng) % 50);
    }
    const auto parts = allocate(total, weights);
    CAPTURE(total, weights);
    REQUIRE(parts == one_by_one(total, weights));
    Wide sum = 0;
    Wide weight_sum = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      sum += parts[i];
      weight_sum += weights[i];
    }
    REQUIRE(sum == total);
    for (std::size_t i = 0; i < parts.size() && weight_sum > 0; ++i) {
      if (weights[i] == 0) REQUIRE(parts[i] == 0);
      const Wide distance = Wide{parts[i]} - Wide{total} * weights[i] / weight_sum;
      REQUIRE((distance >= -1 && distance <= 1));
    }
  }
}

TEST_CASE("A percentage is rounded half up once, and its opposite is its mirror image", "[allocate]") {
  struct Row {
    std::int64_t amount;
    std::int64_t basis_points;
    std::int64_t part;
  };
  const std::vector<Row> rows{
      {1000, 1000, 100},
      {1, 5000, 1},
      {1, 4999, 0},
      {-1, 5000, -1},
      {-1, 4999, 0},
      {3333, 150, 50},
      {0, 10'000, 0},
      {most, 10'000, most},
      {least, 10'000, least},
      {most, 20'000, most},
      {least, 1, -922'337'203'685'478},
      {least, most, least},
      {least, least, most},
      {most, most, most},
      {15, 1000, 2},
      {14, 1000, 1},
      {25, -1000, -3},
      {999, 3333, 333},
  };
  for (const auto& row : rows) {
    CAPTURE(row.amount, row.basis_points);
    CHECK(model::percent_half_up(row.amount, row.basis_points) == row.part);
  }
}

TEST_CASE("A percentage agrees with the nearest whole number found by search", "[allocate]") {
  base::SeededRng rng{8};
  for (int round = 0; round < 4'000; ++round) {
    const auto amount = static_cast<std::int64_t>(rng.below(3'000));
    const auto basis_points = static_cast<std::int64_t>(rng.below(10'001));
    std::int64_t nearest = 0;  // the largest n with n - 1/2 <= amount * basis_points / 10,000
    while ((2 * (nearest + 1) - 1) * 10'000 <= 2 * amount * basis_points) ++nearest;
    REQUIRE(model::percent_half_up(amount, basis_points) == nearest);
    REQUIRE(model::percent_half_up(-amount, basis_points) == -nearest);
  }
}

TEST_CASE("Sums are held within the type", "[allocate]") {
  CHECK(model::add_held(2, -5) == -3);
  CHECK(model::add_held(most, 1) == most);
  CHECK(model::add_held(least, -1) == least);
  CHECK(model::add_held(least, most) == -1);
}

TEST_CASE("A product that does not fit is held at the end of its type", "[allocate]") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  CHECK(model::multiply_held(0, most) == 0);
  CHECK(model::multiply_held(3, 7) == 21);
  CHECK(model::multiply_held(most, 1) == most);
  CHECK(model::multiply_held(most / 2 + 1, 2) == most);
}
