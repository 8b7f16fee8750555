// SPDX-License-Identifier: Apache-2.0
#include "sync/model/settlement.h"

#include "sync/base/rng.h"
#include "sync/model/document.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <map>
#include <numeric>
#include <set>

using namespace millpond;
using model::PartnerRedemption;
using model::PartnerReturn;
using model::PartnerShare;

namespace {

const base::Currency cny = *base::parse_currency("CNY");
const base::Currency jpy = *base::parse_currency("JPY");

base::LocalDate day(std::string_view text) { return *base::parse_date(text); }

PartnerRedemption used(std::uint64_t redemption, std::string_view date, std::int64_t value, std::string acceptor,
                       std::vector<PartnerShare> funders) {
  return {redemption, base::CouponId{redemption}, day(date),         cny, value,
          "cinema",   std::move(acceptor),        std::move(funders)};
}

using Amounts = std::vector<std::tuple<std::string, std::string, std::int64_t>>;
Amounts amounts(const std::vector<model::SettlementLine>& lines) {
  Amounts list;
  for (const auto& line : lines) list.emplace_back(line.payer, line.payee, line.amount_minor);
  return list;
}

}  // namespace

TEST_CASE("Shares are from 1 to 10,000, one a partner, and add up to 10,000", "[settlement]") {
  struct Row {
    std::vector<PartnerShare> shares;
    bool good;
  };
  const std::vector<Row> rows{
      {{}, true},
      {{{"cinema", 10'000}}, true},
      {{{"", 3'333}, {"cinema", 6'667}}, true},
      {{{"", 3'333}, {"cinema", 6'666}}, false},
      {{{"", 5'000}, {"cinema", 5'001}}, false},
      {{{"", 0}, {"cinema", 10'000}}, false},
      {{{"", -1}, {"cinema", 10'001}}, false},
      {{{"cinema", 5'000}, {"cinema", 5'000}}, false},
      {{{"", std::numeric_limits<std::int64_t>::max()}, {"cinema", std::numeric_limits<std::int64_t>::max()}}, false},
  };
  for (const auto& row : rows) CHECK(model::shares_problem(row.shares).has_value() == !row.good);
}

TEST_CASE("Each funder owes the acceptor its share, to the last unit", "[settlement]") {
  struct Row {
    std::vector<PartnerRedemption> used;
    std::vector<PartnerReturn> returned;
    Amounts amounts;
  };
  const std::vector<PartnerShare> thirds{{"", 3'334}, {"cinema", 3'333}, {"bakery", 3'333}};
  const std::vector<Row> rows{
      {{used(1, "2026-03-01", 1'000, "cinema", {})}, {}, {{"", "cinema", 1'000}}},
      {{used(1, "2026-03-01", 1'000, "", {})}, {}, {}},  // the brand's own coupon at home
      {{used(1, "2026-03-01", 1'000, "bakery", {{"", 5'000}, {"cinema", 5'000}})},
       {},
       {{"", "bakery", 500}, {"cinema", "bakery", 500}}},
      {{used(1, "2026-03-01", 100, "bakery", thirds)}, {}, {{"", "bakery", 34}, {"cinema", "bakery", 33}}},
      {{used(1, "2026-03-01", 2, "bakery", thirds)}, {}, {{"", "bakery", 1}, {"cinema", "bakery", 1}}},
      {{used(1, "2026-03-01", 1, "bakery", {{"cinema", 5'000}, {"", 5'000}})}, {}, {{"cinema", "bakery", 1}}},
      {{used(1, "2026-03-01", 101, "bakery", thirds)},
       {{1, day("2026-03-05")}},
       {{"", "bakery", 34}, {"cinema", "bakery", 34}, {"", "bakery", -34}, {"cinema", "bakery", -34}}},
      {{used(1, "2026-03-01", 100, "cinema", {})}, {{1, day("2026-04-01")}}, {{"", "cinema", 100}}},
      {{used(1, "2026-03-01", 100, "cinema", {})}, {{2, day("2026-03-05")}}, {{"", "cinema", 100}}},
      {{used(1, "2026-03-01", 100, "cinema", {}), used(1, "2026-03-01", 100, "cinema", {})}, {}, {{"", "cinema", 100}}},
      {{used(1, "2026-04-01", 100, "cinema", {})}, {}, {}},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    const auto lines = model::settlement_lines(cny, rows[i].used, rows[i].returned, {}, day("2026-04-01"));
    REQUIRE(lines);
    CHECK(amounts(*lines) == rows[i].amounts);
  }
}

TEST_CASE("What cannot be settled is refused", "[settlement]") {
  const auto code_of = [](std::vector<PartnerRedemption> rows) {
    return model::settlement_lines(cny, rows, {}, {}, day("2026-04-01")).error().code;
  };
  const auto good = used(1, "2026-03-01", 100, "cinema", {});
  auto yen = good;
  yen.currency = jpy;
  auto other = good;
  other.value_minor = 101;
  auto negative = good;
  negative.value_minor = -1;
  auto huge = good;
  huge.value_minor = model::amount_minor_max + 1;
  auto crooked = good;
  crooked.funders = {{"", 9'999}};
  CHECK(code_of({yen}) == base::Code::currency_mismatch);
  CHECK(code_of({good, other}) == base::Code::bad_input);
  CHECK(code_of({negative}) == base::Code::bad_input);
  CHECK(code_of({huge}) == base::Code::bad_input);
  CHECK(code_of({crooked}) == base::Code::bad_input);
}

TEST_CASE("Statements balance, returns cancel out, and months add up in any order of delivery", "[settlement]") {
  base::SeededRng rng{71};
  const std::vector<std::string> names{"", "bakery", "cinema", "gym"};
  for (int round = 0; round < 400; ++round) {
    std::vector<PartnerRedemption> redemptions;
    std::vector<PartnerReturn> returns;
    std::map<std::string, std::int64_t> expected;  // net by partner
    for (std::uint64_t id = 1; id <= 1 + rng.below(15); ++id) {
      std::vector<PartnerShare> shares;
      std::int64_t left = 10'000;
      for (const auto& name : names) {
        const auto part = name == "gym" ? left : static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(left)));
        if (part > 0) shares.push_back({name, part});
        left -= part;
      }
      auto row = used(id, "2026-02-01", static_cast<std::int64_t>(rng.below(3'000)), names[rng.below(4)], shares);
      row.date.days += static_cast<std::int32_t>(rng.below(80));
      const bool comes_back = rng.chance(1, 4);
      if (comes_back) returns.push_back({id, {row.date.days + static_cast<std::int32_t>(rng.below(30))}});
      redemptions.push_back(row);
      if (comes_back) continue;
      // Largest remainder by hand: units of the value one after the other to whoever is owed most so far.
      std::vector<std::int64_t> parts;
      std::int64_t given = 0;
      for (const auto& share : shares) parts.push_back(row.value_minor * share.basis_points / 10'000);
      for (const auto part : parts) given += part;
      std::set<std::size_t> served;
      for (; given < row.value_minor; ++given) {
        std::size_t best = shares.size();
        const auto rest = [&](std::size_t i) { return row.value_minor * shares[i].basis_points % 10'000; };
        for (std::size_t i = 0; i < shares.size(); ++i) {
          if (!served.contains(i) && (best == shares.size() || rest(i) > rest(best))) best = i;
        }
        served.insert(best);
        parts[best] += 1;
      }
      for (std::size_t i = 0; i < shares.size(); ++i) {
        expected[shares[i].partner] -= parts[i];
        expected[row.acceptor] += parts[i];
      }
    }
    std::vector<model::SettlementLine> all;
    std::map<std::string, std::int64_t> nets;
    for (int month = 3; month <= 8; ++month) {
      for (std::size_t i = redemptions.size(); i > 1; --i) std::swap(redemptions[i - 1], redemptions[rng.below(i)]);
      const auto heard = month == 8 ? redemptions.size() : rng.below(redemptions.size() + 1);
      const auto lines = model::settlement_lines(cny, std::span{redemptions}.first(heard), returns, all,
                                                 base::to_local_date({2026, month, 1}));
      REQUIRE(lines);
      std::int64_t sum = 0;
      for (const auto& statement : model::partner_statements(*lines)) {
        nets[statement.partner] += statement.net_minor;
        sum += statement.net_minor;
        REQUIRE(statement.net_minor == statement.due_minor - statement.owed_minor);
      }
      REQUIRE(sum == 0);
      all.insert(all.end(), lines->begin(), lines->end());
    }
    CAPTURE(round);
    for (const auto& name : names) REQUIRE(nets[name] == expected[name]);
  }
}
