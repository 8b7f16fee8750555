// SPDX-License-Identifier: Apache-2.0
#include "sync/model/distributors.h"

#include "sync/base/rng.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

using namespace millpond;
using Catch::Matchers::StartsWith;
using Json = nlohmann::json;
using model::CodeRefund;
using model::CodeSale;
using model::CommissionLine;

namespace {

const base::Currency cny = *base::parse_currency("CNY");
const base::Currency jpy = *base::parse_currency("JPY");

base::LocalDate day(std::string_view text) { return *base::parse_date(text); }
model::EventKey key(std::uint64_t seq) { return {base::TerminalId{1}, base::Epoch{1}, base::Seq{seq}}; }

// 5 % after 7 days, 20 % tax above 800.00.
model::DistributorContract some_contract() {
  return {1,
          "LAN",
          base::MemberId{9},
          day("2026-01-01"),
          day("2026-12-31"),
          500,
          7,
          {model::TaxClass::other, 2'000, 80'000}};
}

CodeSale sale(std::uint64_t seq, std::string_view date, std::int64_t net, std::uint64_t buyer = 0,
              std::string code = "LAN") {
  return {key(seq), std::move(code), base::MemberId{buyer}, day(date), cny, net};
}
CodeRefund refund(std::uint64_t seq, std::uint64_t of, std::string_view date, std::int64_t net) {
  return {key(seq), key(of), day(date), net};
}

std::vector<std::pair<std::uint64_t, std::int64_t>> listed(const model::CommissionStatement& statement) {
  std::vector<std::pair<std::uint64_t, std::int64_t>> list;
  for (const auto& line : statement.lines) list.emplace_back(line.sale.seq.value, line.commission_minor);
  return list;
}
using List = std::vector<std::pair<std::uint64_t, std::int64_t>>;

}  // namespace

TEST_CASE("Commission is for the code's net paid sales whose return window is over", "[distributors]") {
  struct Row {
    std::vector<CodeSale> sales;
    std::vector<CodeRefund> refunds;
    std::string_view until;
    List lines;
  };
  const std::vector<Row> rows{
      {{sale(1, "2026-03-01", 10'000)}, {}, "2026-03-08", {}},
      {{sale(1, "2026-03-01", 10'000)}, {}, "2026-03-09", {{1, 500}}},
      {{sale(2, "2026-03-02", 30), sale(1, "2026-03-01", 10)}, {}, "2026-04-01", {{1, 1}, {2, 2}}},  // half up
      {{sale(1, "2026-03-01", 9)}, {}, "2026-04-01", {}},
      {{sale(1, "2026-03-01", 10'000, 9)}, {}, "2026-04-01", {}},  // the distributor's own purchase
      {{sale(1, "2026-03-01", 10'000, 8)}, {}, "2026-04-01", {{1, 500}}},
      {{sale(1, "2026-03-01", 10'000, 0, "MEI")}, {}, "2026-04-01", {}},
      {{sale(1, "2025-12-31", 10'000), sale(2, "2026-01-01", 100), sale(3, "2026-12-31", 200),
        sale(4, "2027-01-01", 10'000)},
       {},
       "2027-04-01",
       {{2, 5}, {3, 10}}},
      {{sale(1, "2026-03-01", 10'000)}, {refund(5, 1, "2026-03-02", 4'000)}, "2026-04-01", {{1, 300}}},
      {{sale(1, "2026-03-01", 10'000)},
       {refund(5, 1, "2026-03-02", 4'000), refund(5, 1, "2026-03-02", 4'000)},
       "2026-04-01",
       {{1, 300}}},
      {{sale(1, "2026-03-01", 10'000)},
       {refund(5, 1, "2026-03-02", 4'000), refund(6, 1, "2026-03-20", 9'000)},
       "2026-04-01",
       {}},
      {{sale(1, "2026-03-01", 10'000)}, {refund(5, 1, "2026-04-01", 4'000)}, "2026-04-01", {{1, 500}}},
      {{sale(1, "2026-03-01", 10'000), sale(1, "2026-03-01", 10'000)}, {}, "2026-04-01", {{1, 500}}},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    const auto statement =
        model::commission_statement(some_contract(), cny, rows[i].sales, rows[i].refunds, {}, 0, day(rows[i].until));
    REQUIRE(statement);
    CHECK(listed(*statement) == rows[i].lines);
  }
}

TEST_CASE("A statement shows the tax withheld, and carries forward what it cannot take back", "[distributors]") {
  const auto contract = some_contract();
  const std::vector sales{sale(1, "2026-03-01", 1'600'000), sale(2, "2026-03-01", 1'600'001)};
  const auto first =
      model::commission_statement(contract, cny, std::span{sales}.first(1), {}, {}, 0, day("2026-04-01"));
  REQUIRE(first);
  CHECK(first->gross_minor == 80'000);
  CHECK(first->tax_withheld_minor == 0);
  const auto both = model::commission_statement(contract, cny, sales, {}, {}, 0, day("2026-04-01"));
  REQUIRE(both);
  CHECK(both->gross_minor == 160'000);
  CHECK(both->tax_withheld_minor == 32'000);
  CHECK(both->payable_minor == 128'000);

  const std::vector refunds{refund(5, 1, "2026-04-15", 1'600'000)};
  const auto next = model::commission_statement(contract, cny, sales, refunds, both->lines, 0, day("2026-05-01"));
  REQUIRE(next);
  CHECK(listed(*next) == List{{1, -80'000}});
  CHECK(next->gross_minor == 0);
  CHECK(next->payable_minor == 0);
  CHECK(next->carried_forward_minor == -80'000);
  auto earlier = both->lines;
  earlier.insert(earlier.end(), next->lines.begin(), next->lines.end());
  const std::vector late{sales[0], sales[1], sale(3, "2026-03-20", 2'000'000)};  // heard after its month was stated
  const auto third = model::commission_statement(contract, cny, late, refunds, earlier, next->carried_forward_minor,
                                                 day("2026-06-01"));
  REQUIRE(third);
  CHECK(listed(*third) == List{{3, 100'000}});
  CHECK(third->gross_minor == 20'000);
  CHECK(third->carried_forward_minor == 0);
}

TEST_CASE("What cannot be is refused, and nothing overflows", "[distributors]") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const auto code_of = [](std::vector<CodeSale> sales, std::vector<CodeRefund> refunds) {
    return model::commission_statement(some_contract(), cny, sales, refunds, {}, 0, day("2026-12-31")).error().code;
  };
  auto yen = sale(1, "2026-03-01", 100);
  yen.currency = jpy;
  CHECK(code_of({yen}, {}) == base::Code::currency_mismatch);
  CHECK(code_of({sale(1, "2026-03-01", -1)}, {}) == base::Code::bad_input);
  CHECK(code_of({sale(1, "2026-03-01", most)}, {}) == base::Code::bad_input);
  CHECK(code_of({}, {refund(1, 1, "2026-03-01", -1)}) == base::Code::bad_input);
  CHECK(code_of({sale(1, "2026-03-01", 5), sale(1, "2026-03-01", 6)}, {}) == base::Code::bad_input);
  const std::vector sales{sale(1, "2026-03-01", model::amount_minor_max)};
  const std::vector<CommissionLine> earlier{{key(1), {}, 0, std::numeric_limits<std::int64_t>::min()},
                                            {key(1), {}, 0, std::numeric_limits<std::int64_t>::min()}};
  const auto statement = model::commission_statement(some_contract(), cny, sales, {}, earlier,
                                                     std::numeric_limits<std::int64_t>::min(), day("2026-12-31"));
  REQUIRE(statement);
  CHECK(statement->payable_minor == 0);
}

TEST_CASE("Statements of any months in any order of delivery add up to the percentage of what stayed sold",
          "[distributors]") {
  base::SeededRng rng{61};
  const auto contract = some_contract();
  for (int round = 0; round < 500; ++round) {
    std::vector<CodeSale> sales;
    std::vector<CodeRefund> refunds;
    std::map<std::uint64_t, std::int64_t> left;
    for (std::uint64_t seq = 1; seq <= 1 + rng.below(12); ++seq) {
      auto each = sale(seq, "2026-02-01", static_cast<std::int64_t>(rng.below(50'000)));
      each.date.days += static_cast<std::int32_t>(rng.below(90));
      left[seq] = each.net_paid_minor;
      for (std::uint64_t part = 0; rng.chance(1, 3) && left[seq] > 0; ++part) {
        auto back = refund(100 * seq + part, seq, "2026-02-01",
                           static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(left[seq]) + 1)));
        back.date.days = each.date.days + static_cast<std::int32_t>(rng.below(60));
        left[seq] -= back.net_minor;
        refunds.push_back(back);
      }
      sales.push_back(each);
    }
    std::vector<CommissionLine> earlier;
    std::int64_t carried = 0;
    std::int64_t gross = 0;
    for (int month = 3; month <= 10; ++month) {
      // What has been heard by then: a part, in some order; at the end everything.
      for (std::size_t i = sales.size(); i > 1; --i) std::swap(sales[i - 1], sales[rng.below(i)]);
      const auto heard = month == 10 ? sales.size() : rng.below(sales.size() + 1);
      const auto until = base::to_local_date({2026, month, 1});
      const auto statement =
          model::commission_statement(contract, cny, std::span{sales}.first(heard), refunds, earlier, carried, until);
      REQUIRE(statement);
      REQUIRE(statement->payable_minor + statement->tax_withheld_minor == statement->gross_minor);
      carried = statement->carried_forward_minor;
      gross += statement->gross_minor;
      earlier.insert(earlier.end(), statement->lines.begin(), statement->lines.end());
    }
    std::int64_t expected = 0;
    for (const auto& [seq, net] : left) expected += (net * 500 + 5'000) / 10'000;
    REQUIRE(gross + carried == expected);
  }
}

TEST_CASE("A document of distributors becomes values, and cannot say who recruited whom", "[distributors]") {
  const auto good = Json::parse(R"({"version": 1, "contracts": [
    {"id": 1, "code": "LAN", "starts": "2026-01-01", "ends": "2026-12-31", "commission_basis_points": 500,
     "return_days": 7, "tax": {"class": "other", "rate_bp": 2000, "free_up_to_minor": 80000}},
    {"id": 2, "code": "MEI", "starts": "2026-01-01", "ends": "2026-12-31", "commission_basis_points": 300,
     "return_days": 0, "tax": {"class": "none"}}]})");
  const auto parse = [](const Json& json) { return model::parse_distributors(base::view_of(json.dump())); };
  auto with_member = good;
  with_member["contracts"][0]["own_member"] = base::format_id('M', 9);
  const auto read = parse(with_member);
  REQUIRE(read);
  REQUIRE(read->contracts.size() == 2);
  CHECK(read->contracts[0] == some_contract());
  CHECK_FALSE(read->contracts[1].own_member);
  struct Row {
    const char* patch;  // RFC 6902
    const char* place;
  };
  const std::vector<Row> rows{
      {R"([{"op": "add", "path": "/contracts/1/parent", "value": 1}])", "/contracts/1/parent: "},
      {R"([{"op": "add", "path": "/contracts/1/entry_fee_minor", "value": 9900}])", "/contracts/1/entry_fee_minor: "},
      {R"([{"op": "add", "path": "/contracts/1/name", "value": "Lan"}])", "/contracts/1/name: "},
      {R"([{"op": "replace", "path": "/contracts/1/id", "value": 1}])", "/contracts/1/id: "},
      {R"([{"op": "replace", "path": "/contracts/1/code", "value": "LAN"}])", "/contracts/1/code: "},
      {R"([{"op": "replace", "path": "/contracts/0/ends", "value": "2025-12-31"}])", "/contracts/0/ends: "},
      {R"([{"op": "replace", "path": "/contracts/0/commission_basis_points", "value": 10001}])",
       "/contracts/0/commission_basis_points: "},
      {R"([{"op": "add", "path": "/contracts/0/own_member", "value": "M-1"}])", "/contracts/0/own_member: "},
      {R"([{"op": "remove", "path": "/contracts/0/tax"}])", "/contracts/0/tax: "},
      {R"([{"op": "replace", "path": "/version", "value": 0}])", "/version: "},
  };
  for (const auto& row : rows) {
    CAPTURE(row.patch);
    const auto refused = parse(good.patch(Json::parse(row.patch)));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Code::programme_invalid);
    CHECK_THAT(refused.error().detail, StartsWith(row.place));
  }
}
