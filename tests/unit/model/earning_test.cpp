// SPDX-License-Identifier: Apache-2.0
#include "sync/model/earning.h"

#include "sync/base/rng.h"
#include "sync/model/allocate.h"
#include "sync/model/lots.h"
#include "sync/model/rules.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <numeric>

using namespace millpond;
using model::BonusKind;
using model::TenderType;
using Amounts = std::vector<std::int64_t>;

namespace {

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
const base::Currency cny = *base::parse_currency("CNY");
const base::Currency jpy = *base::parse_currency("JPY");

model::PointsRules one_per(std::int64_t per_minor) {
  model::PointsRules rules;
  rules.version = 1;
  rules.gift_card_categories = {"gift-card"};
  rules.base = {{1, 1, per_minor, {}, {}}};
  return rules;
}

// Lines as {category, net}; the sale adds up to them.
model::SaleRecorded sale_of(const std::vector<std::pair<std::string, std::int64_t>>& lines,
                            std::vector<model::Tender> tenders = {}, std::int64_t tax_minor = 0) {
  model::SaleRecorded sale;
  sale.key = {base::StoreId{7}, "till-1", {20'000}, "T-1"};
  sale.member = base::MemberId{5};
  sale.currency = cny;
  for (const auto& [category, net] : lines) {
    sale.lines.push_back({std::to_string(sale.lines.size()), "", "1", category, net, 0});
    sale.total_minor += net;
  }
  sale.eligible_minor = sale.total_minor;
  sale.tax_minor = tax_minor;
  sale.tenders = std::move(tenders);
  return sale;
}

std::vector<std::pair<std::uint32_t, std::int64_t>> parts_of(const model::SaleEarning& earning) {
  std::vector<std::pair<std::uint32_t, std::int64_t>> parts;
  for (const auto& part : earning.parts) parts.emplace_back(part.bonus, part.points);
  return parts;
}

const model::EarningContext plain{10'000, false, false, "store"};

}  // namespace

TEST_CASE("What earns is eligible goods before tax, less points, coupons and gift cards", "[earning]") {
  struct Row {
    std::vector<std::pair<std::string, std::int64_t>> lines;
    std::vector<model::Tender> tenders;
    std::int64_t tax;
    bool before_tax;
    std::int64_t eligible;  // -1: the total
    Amounts bases;
  };
  const std::vector<Row> rows{
      {{{"tea", 1000}, {"cake", 500}}, {}, 0, true, -1, {1000, 500}},
      {{{"tea", 1000}, {"cake", 500}}, {}, 150, true, -1, {900, 450}},
      {{{"tea", 1000}, {"cake", 500}}, {}, 150, false, -1, {1000, 500}},
      {{{"tea", 1000}, {"gift-card", 500}}, {}, 0, true, -1, {1000, 0}},
      {{{"gift-card", 500}}, {}, 0, true, -1, {}},
      {{{"tea", 1000}, {"milk-powder", 500}}, {}, 0, true, -1, {1000, 0}},
      {{{"tea", 1000}, {"cake", 500}}, {{TenderType::coupon, 300}}, 0, true, -1, {800, 400}},
      {{{"tea", 100}, {"cake", 100}, {"cup", 100}}, {{TenderType::points, 100}}, 0, true, -1, {67, 67, 66}},
      {{{"tea", 1000}}, {{TenderType::gift_card, 400}, {TenderType::cash, 600}}, 0, true, -1, {600}},
      {{{"tea", 1000}}, {{TenderType::gift_card, huge}, {TenderType::points, huge}}, 0, true, -1, {}},
      {{{"tea", 1000}}, {{TenderType::coupon, -400}}, 0, true, -1, {1000}},
      {{{"tea", 1000}, {"cake", 500}}, {}, 0, true, 900, {600, 300}},  // the till's word: not all of it is eligible
      {{{"tea", 1000}, {"back", -400}}, {}, 0, true, -1, {600, 0}},
      {{{"tea", 1000}, {"back", -1400}}, {}, 0, true, -1, {}},
      {{{"tea", huge}}, {}, huge, true, -1, {}},
      {{}, {}, 0, true, 700, {700}},  // a till that tells no lines
      {{}, {}, 70, true, 700, {630}},
  };
  for (const auto& row : rows) {
    auto rules = one_per(100);
    rules.before_tax = row.before_tax;
    rules.excluded_categories = {"milk-powder"};
    auto sale = sale_of(row.lines, row.tenders, row.tax);
    if (row.eligible >= 0) sale.eligible_minor = row.eligible;
    CAPTURE(row.lines.size(), sale.total_minor, row.tax);
    CHECK(model::earning_bases(rules, sale) == row.bases);
  }
}

TEST_CASE("Of several base rules the one that brings most wins", "[earning]") {
  auto rules = one_per(100);
  rules.base.push_back({2, 5, 100, {"tea"}, {}});
  rules.base.push_back({3, 50, 100, {}, {9}});  // another store
  rules.base.push_back({4, 5, 100, {"tea"}, {7}});
  struct Row {
    std::vector<std::pair<std::string, std::int64_t>> lines;
    std::uint32_t rule;
    std::int64_t points;
    std::int64_t base;
  };
  const std::vector<Row> rows{
      {{{"tea", 1000}}, 2, 50, 1000},                 // as 4, and the lower number
      {{{"tea", 200}, {"cake", 2000}}, 1, 22, 2200},  // 22 against 10
      {{{"tea", 400}, {"cake", 1599}}, 2, 20, 400},   // 19 against 20
      {{{"cake", 99}}, 1, 0, 99},                     // too little for a point, and still spend
  };
  for (const auto& row : rows) {
    const auto earning = model::earn(rules, cny, sale_of(row.lines), plain);
    REQUIRE(earning);
    CHECK(earning->rule == row.rule);
    CHECK(earning->points == row.points);
    CHECK(earning->base_minor == row.base);
  }
  rules.base.erase(rules.base.begin());
  const auto nothing = model::earn(rules, cny, sale_of({{"cake", 5000}}), plain);
  REQUIRE(nothing);
  CHECK(nothing->points == 0);
  CHECK(nothing->qualifying_minor == 5000);
}

TEST_CASE("Bonuses add only when they say so; of the others the best one counts", "[earning]") {
  struct Row {
    std::vector<model::BonusRule> bonuses;
    model::EarningContext context;
    std::vector<std::pair<std::uint32_t, std::int64_t>> parts;  // of 10,000 at 1 per 100
  };
  const model::BonusRule tier{11, BonusKind::tier, false, 0, 0, ""};
  const model::BonusRule tier_adds{11, BonusKind::tier, true, 0, 0, ""};
  const model::BonusRule birthday{12, BonusKind::birthday, false, 20'000, 0, ""};
  const model::BonusRule first{13, BonusKind::first_purchase, true, 0, 88, ""};
  const model::BonusRule channel{14, BonusKind::channel, true, 5'000, 0, "app"};
  const model::EarningContext gold{15'000, false, false, "store"};
  const model::EarningContext golden_birthday{15'000, true, true, "app"};
  const std::vector<Row> rows{
      {{}, golden_birthday, {{0, 100}}},
      {{tier}, gold, {{0, 100}, {11, 50}}},
      {{tier}, plain, {{0, 100}}},
      {{tier, birthday}, golden_birthday, {{0, 100}, {12, 200}}},
      {{birthday, tier}, golden_birthday, {{0, 100}, {12, 200}}},
      {{tier_adds, birthday}, golden_birthday, {{0, 100}, {11, 50}, {12, 200}}},
      {{tier, birthday, first, channel}, golden_birthday, {{0, 100}, {12, 200}, {13, 88}, {14, 50}}},
      {{first, channel}, gold, {{0, 100}}},
  };
  for (const auto& row : rows) {
    auto rules = one_per(100);
    rules.bonuses = row.bonuses;
    const auto earning = model::earn(rules, cny, sale_of({{"tea", 10'000}}), row.context);
    REQUIRE(earning);
    CHECK(parts_of(*earning) == row.parts);
  }
}

TEST_CASE("Multiplied points are rounded down once, not once for each bonus", "[earning]") {
  auto rules = one_per(100);
  rules.bonuses = {{1, BonusKind::tier, true, 0, 0, ""}, {2, BonusKind::birthday, true, 5'000, 0, ""}};
  const model::EarningContext both{15'000, true, false, ""};
  CHECK(model::earn(rules, cny, sale_of({{"tea", 150}}), both)->points ==
        3);  // 1.5 twice, where 1 and 0 and 0 lose two
  CHECK(model::earn(rules, cny, sale_of({{"tea", 99}}), both)->points == 1);
  CHECK(model::earn(rules, cny, sale_of({{"tea", 49}}), both)->points == 0);
}

TEST_CASE("What is not known here is left out and named, and the hub only adds", "[earning]") {
  auto rules = one_per(100);
  rules.bonuses = {{1, BonusKind::tier, true, 0, 0, ""},
                   {2, BonusKind::birthday, true, 10'000, 0, ""},
                   {3, BonusKind::first_purchase, true, 0, 50, ""},
                   {4, BonusKind::channel, true, 0, 5, "app"}};
  const auto sale = sale_of({{"tea", 10'000}});
  const auto here = model::earn(rules, cny, sale, {});
  REQUIRE(here);
  CHECK(here->points == 100);
  CHECK(here->deferred == std::vector<std::uint32_t>{1, 2, 3, 4});
  const auto hub = model::earn(rules, cny, sale, {20'000, true, false, "app"});
  CHECK(hub->points == 305);
  CHECK(hub->deferred.empty());
  CHECK(model::rerated_gain(here->points, hub->points) == 205);
  CHECK(model::rerated_gain(hub->points, here->points) == 0);
  CHECK(model::rerated_gain(std::numeric_limits<std::int64_t>::min(), huge) == huge);
}

TEST_CASE("Nobody, training, another currency and nothing to earn from bring nothing", "[earning]") {
  const auto rules = one_per(100);
  const auto good = sale_of({{"tea", 10'000}});
  CHECK(model::earn(rules, cny, good, plain)->points == 100);
  CHECK_FALSE(model::earn(rules, jpy, good, plain));
  auto nobody = good;
  nobody.member = {};
  CHECK_FALSE(model::earn(rules, cny, nobody, plain));
  auto training = good;
  training.training = true;
  CHECK_FALSE(model::earn(rules, cny, training, plain));
  CHECK_FALSE(model::earn(rules, cny, sale_of({{"gift-card", 10'000}}), plain));
  CHECK_FALSE(model::earn(rules, cny, sale_of({{"tea", 500}}, {{TenderType::points, 500}}), plain));
  auto yen = good;
  yen.currency = jpy;
  CHECK(model::earn(one_per(1), jpy, yen, plain)->points == 10'000);  // no minor units: the number is the amount
}

TEST_CASE("No amount overflows a rule", "[earning]") {
  auto rules = one_per(1);
  rules.base[0].points = huge;
  rules.bonuses.assign(model::bonuses_max + 5, {1, BonusKind::birthday, true, huge, huge, ""});
  const auto earning = model::earn(rules, cny, sale_of({{"tea", huge}}), {huge, true, true, ""});
  REQUIRE(earning);
  CHECK(earning->points == model::points_per_sale_max);
  std::int64_t parts = 0;
  for (const auto& part : earning->parts) parts += part.points;
  CHECK(parts == earning->points);
  rules.base[0].per_minor = 0;
  CHECK(model::earn(rules, cny, sale_of({{"tea", huge}}), {})->points == 0);
}

TEST_CASE("Earnings of random sales add up, agree with plain counting, and with the programme's own rule",
          "[earning]") {
  base::SeededRng rng{31};
  const auto number = [&](std::uint64_t bound) { return static_cast<std::int64_t>(rng.below(bound)); };
  for (int round = 0; round < 3'000; ++round) {
    auto rules = one_per(1 + number(300));
    rules.before_tax = false;
    rules.base[0].points = 1 + number(5);
    std::vector<std::pair<std::string, std::int64_t>> lines(1 + rng.below(6));
    for (auto& line : lines) line = {"tea", number(4'000)};
    auto sale = sale_of(lines, {{TenderType::coupon, number(2'000)}, {TenderType::cash, 1}});
    model::Programme programme;
    programme.currency = cny;
    programme.earn = {rules.base[0].points, rules.base[0].per_minor};
    const auto expected = model::earning_of(programme, sale);
    const model::EarningContext context{10'000 + number(30'000), {}, {}, {}};
    rules.bonuses = {{9, BonusKind::tier, rng.chance(1, 2), 0, 0, ""}};
    const auto earning = model::earn(rules, cny, sale, context);
    REQUIRE(earning.has_value() == expected.has_value());
    if (!earning) continue;
    REQUIRE(earning->base_minor == expected->base_minor);
    REQUIRE(earning->parts[0].points == expected->points);
    std::int64_t naive = expected->points;  // up to the product, one by one
    const auto factor = *context.tier_multiplier_basis_points * rules.base[0].points;
    while ((naive + 1) * rules.base[0].per_minor * 10'000 <= earning->base_minor * factor) ++naive;
    REQUIRE(earning->points == naive);
    std::int64_t base_sum = 0;
    std::int64_t points_sum = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      REQUIRE(earning->lines[i].base_minor <= lines[i].second);
      base_sum += earning->lines[i].base_minor;
      points_sum += earning->lines[i].points;
    }
    REQUIRE(base_sum == earning->base_minor);
    REQUIRE(points_sum == earning->points);
  }
}

TEST_CASE("Lines that come back one by one, in any order, take back exactly what the sale brought", "[earning]") {
  base::SeededRng rng{32};
  for (int round = 0; round < 1'000; ++round) {
    auto rules = one_per(70);
    rules.base.push_back({2, 2, 90, {"cake"}, {}});
    std::vector<std::pair<std::string, std::int64_t>> lines(1 + rng.below(8));
    for (auto& line : lines) {
      line = {rng.chance(1, 2) ? "cake" : "tea", static_cast<std::int64_t>(1 + rng.below(3'000))};
    }
    const auto sale = sale_of(lines, {{TenderType::coupon, static_cast<std::int64_t>(rng.below(900))}});
    const auto earning = model::earn(rules, cny, sale, plain);
    if (!earning) continue;
    const model::EventKey key{base::TerminalId{1}, base::Epoch{1}, base::Seq{1}};
    model::Ledger ledger;
    model::apply(ledger,
                 {0, key,
                  model::PointsGranted{
                      key, earning->points, earning->base_minor, model::LotSource::sale, {0, model::never_ms}}});
    std::vector<std::size_t> order(lines.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
    std::uint64_t seq = 2;
    std::int64_t refunded = 0;
    for (const auto line : order) {
      const auto base = earning->lines[line].base_minor;
      refunded += base;
      model::apply(ledger, {1,
                            {base::TerminalId{1}, base::Epoch{1}, base::Seq{seq++}},
                            model::PointsRefunded{key, base, lines[line].second, false, 0}});
      const auto left = earning->points - earning->points * refunded / std::max<std::int64_t>(earning->base_minor, 1);
      REQUIRE(model::balance_at(ledger, 1).balance() == left);
    }
    REQUIRE(model::balance_at(ledger, 1) == model::PointsBalance{0, 0, 0});
  }
}
