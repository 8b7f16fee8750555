// SPDX-License-Identifier: Apache-2.0
#include "sync/model/usual.h"

#include "sync/base/rng.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

using namespace millpond;
using model::OrderedLine;
using model::UsualItem;

namespace {

constexpr base::LocalDate today{20'780};

OrderedLine line(std::uint64_t sale, std::int32_t days_ago, std::string sku, std::vector<std::string> modifiers = {}) {
  return {sale, {today.days - days_ago}, std::move(sku), std::move(modifiers)};
}

}  // namespace

TEST_CASE("The weight of a sale halves in thirty days and is nothing in half a year", "[usual]") {
  struct Row {
    std::int64_t age_days;
    std::int64_t weight;
  };
  for (const auto& row : std::vector<Row>{{-1, 0},
                                          {0, 1 << 20},
                                          {15, (1 << 20) * 3 / 4},
                                          {30, 1 << 19},
                                          {60, 1 << 18},
                                          {179, (1 << 15) - (1 << 14) * 29 / 30},
                                          {180, 0},
                                          {INT64_MAX, 0},
                                          {INT64_MIN, 0}}) {
    CAPTURE(row.age_days);
    CHECK(model::usual_weight_at(row.age_days) == row.weight);
  }
  for (std::int64_t age = 1; age < 180; ++age) CHECK(model::usual_weight_at(age) < model::usual_weight_at(age - 1));
}

TEST_CASE("The usual is an exact item with exact modifiers", "[usual]") {
  const std::vector<std::string> cold{"less_ice", "sugar_30"};
  const std::vector<OrderedLine> lines{line(1, 1, "oolong", {"sugar_30", "less_ice"}),
                                       line(2, 2, "oolong", {"less_ice", "sugar_30"}),
                                       line(3, 3, "oolong", {"less_ice"}),
                                       line(4, 4, "oolong", {"sugar_30"}),
                                       line(5, 0, "matcha"),
                                       line(5, 0, "matcha"),  // two cups in one sale are once
                                       line(6, 200, "puer"),
                                       line(7, 201, "puer"),  // long ago
                                       line(8, 10, "jasmine"),
                                       line(9, 11, "jasmine")};
  const auto weight = [](std::int64_t a, std::int64_t b) {
    return model::usual_weight_at(a) + model::usual_weight_at(b);
  };
  const std::vector<UsualItem> usual{{"oolong", cold, 2, weight(1, 2)}, {"jasmine", {}, 2, weight(10, 11)}};
  CHECK(model::usual_of(lines, today, false, 5) == usual);
  CHECK(model::usual_of(lines, today, false, 1) == std::vector{usual[0]});
  CHECK(model::usual_of(lines, today, true, 5).empty());
}

TEST_CASE("Ties have an order of their own", "[usual]") {
  const std::vector<OrderedLine> lines{line(1, 0, "b"),        line(2, 0, "b"), line(1, 0, "a", {"x"}),
                                       line(2, 0, "a", {"x"}), line(1, 0, "a"), line(2, 0, "a")};
  const auto usual = model::usual_of(lines, today, false, 3);
  REQUIRE(usual.size() == 3);
  CHECK((usual[0].sku == "a" && usual[0].modifiers.empty()));
  CHECK(usual[1].modifiers == std::vector<std::string>{"x"});
  CHECK(usual[2].sku == "b");
}

TEST_CASE("The same lines in any order give the same usual, and only what was bought", "[usual]") {
  base::SeededRng rng{20261126};
  std::size_t found = 0;
  for (int round = 0; round < 2'000; ++round) {
    std::vector<OrderedLine> lines;
    for (std::uint64_t i = 0; i < 14; ++i) {
      const std::uint64_t sale = rng.below(8);
      lines.push_back(
          line(sale, static_cast<std::int32_t>(sale * 26), std::string(1, static_cast<char>('a' + rng.below(3)))));
      if (rng.chance(1, 2)) lines.back().modifiers.push_back("ice");
      if (rng.chance(1, 2)) lines.back().modifiers.push_back("hot");
    }
    // Scores of every combination there is, from the sentence.
    std::vector<UsualItem> expected;
    for (const auto* sku : {"a", "b", "c"}) {
      for (const auto& modifiers : std::vector<std::vector<std::string>>{{}, {"hot"}, {"hot", "ice"}, {"ice"}}) {
        UsualItem item{sku, modifiers, 0, 0};
        for (std::uint64_t sale = 0; sale < 7; ++sale) {  // 7 * 26 is 182 days
          const bool bought = std::ranges::any_of(lines, [&](const OrderedLine& each) {
            return each.sale == sale && each.sku == sku &&
                   std::set(each.modifiers.begin(), each.modifiers.end()) ==
                       std::set(modifiers.begin(), modifiers.end());
          });
          if (!bought) continue;
          ++item.times;
          item.weight += model::usual_weight_at(static_cast<std::int64_t>(sale) * 26);
        }
        if (item.times >= 2) expected.push_back(item);
      }
    }
    for (std::size_t i = lines.size(); i > 1; --i) std::swap(lines[i - 1], lines[rng.below(i)]);
    auto usual = model::usual_of(lines, today, false, 100);
    CHECK(std::ranges::is_sorted(usual, std::greater{}, &UsualItem::weight));
    found += usual.size();
    const auto by_name = [](const UsualItem& item) { return std::pair{item.sku, item.modifiers}; };
    std::ranges::sort(usual, {}, by_name);
    std::ranges::sort(expected, {}, by_name);
    CHECK(usual == expected);
  }
  CHECK(found > 1'000);
}
