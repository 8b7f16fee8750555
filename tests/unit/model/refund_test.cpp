// SPDX-License-Identifier: Apache-2.0
#include "sync/model/refund.h"
#include "sync/base/rng.h"
#include "sync/model/lots.h"
#include "sync/model/rules.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using model::Refunded;

namespace {

const base::Currency cny = *base::parse_currency("CNY");

model::SaleRecorded sale_of(const std::vector<std::int64_t>& nets, std::vector<model::Tender> tenders = {}) {
  model::SaleRecorded sale;
  sale.key = {{1}, "T1", {20'777}, "a"};
  sale.member = {9};
  sale.currency = cny;
  for (const auto net : nets) {
    sale.lines.push_back({std::to_string(sale.lines.size() + 1), "tea", "1", "drinks", net, 0});
    sale.total_minor += net;
  }
  sale.eligible_minor = sale.total_minor;
  sale.tenders = std::move(tenders);
  if (sale.tenders.empty()) sale.tenders = {{model::TenderType::cash, sale.total_minor}};
  return sale;
}

model::SaleRefunded refund_of(std::int64_t total, std::vector<model::RefundedLine> lines = {}, bool whole = false) {
  model::SaleRefunded refund;
  refund.of = {{1}, "T1", {20'777}, "a"};
  refund.total_minor = total;
  refund.lines = std::move(lines);
  refund.whole = whole;
  return refund;
}

Refunded after(const model::SaleEffects& effects, const std::vector<model::SaleRefunded>& refunds) {
  model::RefundSum sum;
  for (const auto& refund : refunds) model::add_refund(sum, refund);
  return model::refunded(effects, sum);
}

// 60.00 of three lines: a coupon took 6.00 off the first two, points paid 10.00, and 44.00 was money.
model::SaleEffects three_lines() {
  model::SaleEffects effects;
  effects.sale =
      sale_of({2'000, 1'000, 3'000},
              {{model::TenderType::cash, 4'400}, {model::TenderType::coupon, 600}, {model::TenderType::points, 1'000}});
  effects.earned = {{{2}, {{9}, {1}, 44, 4'400, {}}}};
  effects.spent = {{{3}, {{9}, {1}, 100, {5}, {}}}};
  effects.used = {{{77}, {9}, {7}, 600, {{0, 400}, {1, 200}}}};
  effects.issued.push_back({{500}, {9}, {7}, {1}, 800, 3'000, {}, {}, {}, {1}, {}});
  return effects;
}

}  // namespace

TEST_CASE("What comes back of a sale is what it was, line by line") {
  struct Row {
    const char* what;
    std::vector<model::SaleRefunded> refunds;
    bool whole;
    std::int64_t net, base, paid, taken, returned;
    bool coupon_back;
  };
  // Of 54.00 that are left after the coupon, points paid 10.00: 2.96, 1.48 and 5.56 of the lines.
  const auto effects = three_lines();
  for (const Row& row : {
           Row{"nothing", {}, false, 0, 0, 0, 0, 0, false},
           Row{"the line without a coupon",
               {refund_of(3'000, {{"3", 3'000}})},
               false,
               3'000,
               2'200,
               2'444,
               22,
               50,
               false},
           Row{"one of the coupon's lines",
               {refund_of(2'000, {{"1", 2'000}})},
               false,
               2'000,
               1'467,
               1'304,
               14,
               33,
               false},
           Row{"both of them, in two refunds",
               {refund_of(2'000, {{"1", 2'000}}), refund_of(1'000, {{"2", 1'000}})},
               false,
               3'000,
               2'200,
               1'956,
               22,
               50,
               true},
           Row{"half a line", {refund_of(500, {{"2", 500}})}, false, 500, 366, 326, 3, 8, false},
           Row{"an amount without a line", {refund_of(1'500)}, false, 1'500, 1'100, 1'100, 11, 25, false},
           Row{"a line that the sale does not have",
               {refund_of(1'500, {{"9", 1'500}})},
               false,
               1'500,
               1'100,
               1'100,
               11,
               25,
               false},
           Row{"all lines",
               {refund_of(6'000, {{"1", 2'000}, {"2", 1'000}, {"3", 3'000}})},
               true,
               6'000,
               4'400,
               4'400,
               44,
               100,
               true},
           Row{"all of it as amounts", {refund_of(2'500), refund_of(3'500)}, true, 6'000, 4'400, 4'400, 44, 100, true},
           Row{"a void", {refund_of(0, {}, true)}, true, 6'000, 4'400, 4'400, 44, 100, true},
           Row{"a part, then a void",
               {refund_of(500, {{"2", 500}}), refund_of(0, {}, true)},
               true,
               6'000,
               4'400,
               4'400,
               44,
               100,
               true},
       }) {
    CAPTURE(row.what);
    const auto result = after(effects, row.refunds);
    CHECK(result.whole == row.whole);
    CHECK(result.net_minor == row.net);
    CHECK(result.base_minor == row.base);
    CHECK(result.paid_minor == row.paid);
    CHECK(result.points_taken == row.taken);
    CHECK(result.points_returned == row.returned);
    CHECK((result.returned == std::vector<base::CouponId>{{77}}) == row.coupon_back);
    CHECK((result.voided == std::vector<base::CouponId>{{500}}) == row.whole);
    CHECK(result.excess_minor == 0);
  }
}

TEST_CASE("More than was sold is said, and counts for no more than was sold") {
  const auto effects = three_lines();
  const auto twice = after(effects, {refund_of(3'000, {{"3", 3'000}}), refund_of(3'000, {{"3", 3'000}})});
  CHECK(twice.net_minor == 6'000);  // of which lines, two refunds of one do not say
  CHECK(twice.excess_minor == 0);
  const auto thrice = after(effects, {refund_of(4'000), refund_of(4'000)});
  CHECK(thrice.whole);
  CHECK(thrice.net_minor == 6'000);
  CHECK(thrice.points_taken == 44);
  CHECK(thrice.excess_minor == 2'000);
}

TEST_CASE("A coupon without lines comes back with the whole sale only") {
  auto effects = three_lines();
  effects.used.front().lines.clear();
  CHECK(after(effects, {refund_of(3'000, {{"1", 2'000}, {"2", 1'000}})}).returned.empty());
  CHECK(after(effects, {refund_of(0, {}, true)}).returned.size() == 1);
}

TEST_CASE("Points of campaigns are taken back with the whole sale only") {
  auto effects = three_lines();
  model::AwardGiven given;
  given.number = 30;
  effects.given = {{{4}, given}};
  CHECK(after(effects, {refund_of(5'999)}).points_taken == 43);
  CHECK(after(effects, {refund_of(6'000)}).points_taken == 74);
}

TEST_CASE("What a campaign gave for a least amount goes when less than that is left") {
  auto effects = three_lines();
  model::AwardGiven given;
  given.number = 30;
  given.least_paid_minor = 3'000;
  effects.given = {{{4}, given}};
  effects.issued.front().least_paid_minor = 4'000;
  struct Row {
    const char* what;
    std::vector<model::SaleRefunded> refunds;
    std::int64_t left;
    bool coupon_stands, points_stand;
  };
  for (const Row& row : {
           Row{"nothing", {}, 6'000, true, true},
           Row{"just as much as may", {refund_of(2'000, {{"1", 2'000}})}, 4'000, true, true},
           Row{"by amount", {refund_of(2'000)}, 4'000, true, true},
           Row{"a cent more", {refund_of(2'001)}, 3'999, false, true},
           Row{"in two parts",
               {refund_of(1'000, {{"2", 1'000}}), refund_of(2'000, {{"3", 2'000}})},
               3'000,
               false,
               true},
           Row{"below both", {refund_of(3'000, {{"3", 3'000}}), refund_of(1)}, 2'999, false, false},
           Row{"all but a bag", {refund_of(5'950)}, 50, false, false},
           Row{"all", {refund_of(0, {}, true)}, 0, false, false},
       }) {
    CAPTURE(row.what);
    const auto back = after(effects, row.refunds);
    CHECK(back.eligible_left_minor == row.left);
    CHECK(back.voided.empty() == row.coupon_stands);
    auto without = effects;
    without.given.clear();
    CHECK(back.points_taken - after(without, row.refunds).points_taken == (row.points_stand ? 0 : 30));
  }
}

TEST_CASE("What a till excludes takes nothing back of what the rest earned") {
  // Tea for 10.00, and a gift card of 100.00 that earns nothing.
  model::SaleEffects effects;
  effects.sale = sale_of({1'000, 10'000});
  effects.sale.lines[1].excluded = true;
  effects.sale.eligible_minor = 1'000;
  effects.earned = {{{2}, {{9}, {1}, 10, 1'000, {}}}};
  effects.issued.push_back({{500}, {9}, {7}, {1}, 800, 3'000, {}, {}, {}, {1}, {}, {31}, 0, 900});
  const auto card = after(effects, {refund_of(10'000, {{"2", 10'000}})});
  CHECK(card.points_taken == 0);
  CHECK(card.base_minor == 0);
  CHECK(card.paid_minor == 10'000);
  CHECK(card.voided.empty());
  const auto tea = after(effects, {refund_of(1'000, {{"1", 1'000}})});
  CHECK(tea.points_taken == 10);
  CHECK(tea.base_minor == 1'000);
  CHECK(tea.paid_minor == 1'000);
  CHECK(tea.voided.size() == 1);
  // Of a sale that earned with nothing else the lines count all the same.
  effects.sale.lines[0].excluded = true;
  CHECK(after(effects, {refund_of(11'000)}).points_taken == 10);
}

TEST_CASE("Refunds come to the same in any order, in any parts, and to exactly the sale in the end") {
  base::SeededRng rng{20261122};
  for (int round = 0; round < 400; ++round) {
    CAPTURE(round);
    std::vector<std::int64_t> nets;
    for (auto lines = 1 + rng.below(6); lines > 0; --lines) nets.push_back(static_cast<std::int64_t>(rng.below(9'000)));
    auto effects = three_lines();
    effects.sale = sale_of(nets);
    const auto coupon = static_cast<std::int64_t>(rng.below(700));
    const auto points = static_cast<std::int64_t>(rng.below(900));
    effects.sale.tenders = {{model::TenderType::coupon, coupon},
                            {model::TenderType::points, points},
                            {model::TenderType::cash, effects.sale.total_minor - coupon - points}};
    const auto base = model::earning_base(effects.sale);
    effects.earned.front().body.base_minor = base;
    effects.earned.front().body.points = static_cast<std::int64_t>(rng.below(1'000));
    effects.used.front().lines = {{0, std::min<std::int64_t>(coupon, nets.front())}};
    // Every line in pieces, in some order; now and then only the amount is told.
    std::vector<model::SaleRefunded> refunds;
    for (std::size_t i = 0; i < nets.size(); ++i) {
      auto left = nets[i];
      while (left > 0) {
        const auto piece =
            rng.chance(1, 3) ? left : 1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(left)));
        refunds.push_back(refund_of(piece, {{std::to_string(i + 1), piece}}));
        left -= piece;
      }
    }
    Refunded last;
    std::vector<model::SaleRefunded> so_far;
    for (std::size_t i = refunds.size(); i > 1; --i) std::swap(refunds[i - 1], refunds[rng.below(i)]);
    for (const auto& refund : refunds) {
      so_far.push_back(refund);
      const auto now = after(effects, so_far);
      CHECK(now.net_minor == last.net_minor + refund.total_minor);
      CHECK(now.base_minor >= last.base_minor);
      CHECK(now.paid_minor >= last.paid_minor);
      CHECK(now.points_taken >= last.points_taken);
      CHECK(now.points_returned >= last.points_returned);
      CHECK(now.base_minor <= base);
      CHECK(now.points_taken <= effects.earned.front().body.points);
      auto other_order = so_far;
      std::ranges::reverse(other_order);
      CHECK(after(effects, other_order) == now);
      last = now;
    }
    if (refunds.empty()) continue;
    CHECK(last.whole);
    CHECK(last.base_minor == base);
    CHECK(last.points_taken == effects.earned.front().body.points);
    CHECK(last.points_returned == 100);
    CHECK(last.paid_minor == std::max<std::int64_t>(effects.sale.total_minor - coupon - points, 0));
  }
}

TEST_CASE("The facts of a sale are told from those of others around it") {
  const auto sale = sale_of({4'000});
  model::SaleReader reader{sale, {5}, {10}};
  const auto fact = [](std::uint64_t seq, model::FactBody body, std::uint32_t epoch = 5) {
    model::Fact made;
    made.stamp.epoch = {epoch};
    made.stamp.seq = {seq};
    made.body = std::move(body);
    return made;
  };
  reader.take(fact(11, model::PointsEarned{{9}, {10}, 40, 4'000, {}}));
  reader.take(fact(12, model::PointsEarned{{9}, {9}, 7, 700, {}}));     // another sale's
  reader.take(fact(13, model::PointsEarned{{8}, {10}, 7, 700, {}}));    // another member's
  reader.take(fact(14, model::PointsEarned{{9}, {10}, 7, 700, {4}}));   // of that number in another epoch
  reader.take(fact(2, model::PointsSpent{{9}, {10}, 15, {}, {5}}, 6));  // moved into another epoch
  reader.take(fact(3, model::PointsSpent{{9}, {10}, 15, {}, {}}, 6));   // of that number there
  reader.take(fact(15, model::PrintFinished{{10}, model::PrintOutcome::sent}));
  reader.take(fact(16, model::CouponApplied{{77}, {10}, {{0, 300}}, {}}));  // before its use: of nothing
  reader.take(fact(17, model::CouponProvisional{{77}, {9}, {7}, {10}, 300, 1, 1, {}, {}}));
  reader.take(fact(18, model::CouponApplied{{77}, {10}, {{0, 300}}, {}}));
  const auto& effects = reader.effects();
  CHECK(effects.earned.size() == 1);
  CHECK(effects.spent.size() == 1);
  REQUIRE(effects.used.size() == 1);
  CHECK(effects.used.front().lines == std::vector<model::LineDiscount>{{0, 300}});
  CHECK(model::SaleReader::ends(sale));
  CHECK(model::SaleReader::ends(refund_of(1)));
  CHECK_FALSE(model::SaleReader::ends(model::PrintFinished{}));
}

TEST_CASE("A discount that the till told as a line comes back with the goods it was for") {
  struct Row {
    const char* what;
    std::vector<std::int64_t> nets;
    std::vector<model::SaleRefunded> refunds;
    bool whole;
    std::int64_t net, paid, taken, excess;
  };
  const std::vector<Row> rows{
      {"the whole sale", {5'000, -1'000}, {refund_of(4'000, {}, true)}, true, 4'000, 4'000, 40, 0},
      {"in two parts without lines", {5'000, -1'000}, {refund_of(2'000), refund_of(2'000)}, true, 4'000, 4'000, 40, 0},
      {"by its line, as it was told", {5'000, -1'000}, {refund_of(4'000, {{"1", 5'000}})}, true, 4'000, 4'000, 40, 0},
      {"more than was paid", {5'000, -1'000}, {refund_of(5'000, {{"1", 5'000}})}, true, 4'000, 4'000, 40, 1'000},
      {"one of two goods", {5'000, 2'000, -1'400}, {refund_of(1'600, {{"2", 2'000}})}, false, 1'600, 1'600, 16, 0},
      {"both, one after the other",
       {5'000, 2'000, -1'400},
       {refund_of(1'600, {{"2", 2'000}}), refund_of(4'000, {{"1", 5'000}})},
       true,
       5'600,
       5'600,
       56,
       0},
      {"by lines that carry the discount already",
       {5'000, 2'000, -1'400},
       {refund_of(1'600, {{"2", 1'600}})},
       false,
       1'600,
       1'600,
       16,
       0},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    model::SaleEffects effects;
    effects.sale = sale_of(row.nets);
    const auto total = effects.sale.total_minor;
    effects.earned = {{{2}, {{9}, {1}, total / 100, total, {}}}};
    const auto refunded = after(effects, row.refunds);
    CHECK(refunded.whole == row.whole);
    CHECK(refunded.net_minor == row.net);
    CHECK(refunded.paid_minor == row.paid);
    CHECK(refunded.points_taken == row.taken);
    CHECK(refunded.excess_minor == row.excess);
  }
}
