// SPDX-License-Identifier: Apache-2.0
// What comes back at the till: points both ways, coupons both ways, in parts, twice, and of sales that nobody knows.
#include "sync/terminal/refund_desk.h"
#include "tests/unit/terminal/shop.h"

using namespace millpond;
using base::Code;
using terminal::RefundOutcome;
using tests::Brand;
using tests::Shop;

namespace {

struct Counter {
  Brand brand;
  Shop shop{brand};
  base::MemberId member = shop.enrol("13900139000");
  int number = 0;

  Counter() {
    shop.hub_says({tests::member_row(member, 1'000)});
    shop.hub_says_time(tests::noon_ms);
  }
  [[nodiscard]] terminal::RefundRequest request(const std::string& of, std::int64_t total, bool whole = false) {
    terminal::RefundRequest request;
    request.key = shop.sale_of("R-" + std::to_string(++number), 1).sale.key;
    request.of = request.key;
    request.of.transaction = of;
    request.currency = tests::cny;
    request.total_minor = total;
    request.whole = whole;
    request.body_hash = crypto::sha256(base::view_of("refund " + std::to_string(number)));
    return request;
  }
  RefundOutcome post(const terminal::RefundRequest& request) {
    const auto outcome = terminal::RefundDesk{*shop.terminal}.refund(request, [](const RefundOutcome& decided) {
      const auto text = "seq " + std::to_string(decided.seq.value) + " taken " + std::to_string(decided.points_taken);
      const auto view = base::view_of(text);
      return base::Bytes{view.begin(), view.end()};
    });
    if (!outcome) FAIL(base::describe(outcome.error()));
    return *outcome;
  }
  RefundOutcome refund(const std::string& of, std::int64_t total) { return post(request(of, total)); }
  RefundOutcome take_back(const std::string& of) { return post(request(of, 0, true)); }
  [[nodiscard]] std::int64_t pending() const { return shop.terminal->member(member)->points_pending; }
  terminal::SaleOutcome sell(const std::string& transaction, std::int64_t amount) {
    return shop.post(shop.sale_of(transaction, amount, member));
  }
  [[nodiscard]] std::vector<terminal::MemberCoupon> coupons() const { return shop.terminal->member(member)->coupons; }
};

}  // namespace

TEST_CASE("Parts of a sale take back their part of its points, and all parts take exactly all", "[refund]") {
  Counter counter;
  counter.sell("A", 2'999);  // 29 points
  CHECK(counter.pending() == 29);
  const auto first = counter.refund("A", 1'000);
  CHECK(first.kind == RefundOutcome::Kind::recorded);
  CHECK(first.sale_known);
  CHECK(first.points_taken == 9);
  CHECK(first.paid_minor == 1'000);
  CHECK(counter.pending() == 20);
  CHECK(counter.refund("A", 1'000).points_taken == 10);
  const auto rest = counter.take_back("A");
  CHECK(rest.total_minor == 999);
  CHECK(rest.points_taken == 10);
  CHECK(counter.pending() == 0);
  const auto nothing = counter.take_back("A");
  CHECK(nothing.total_minor == 0);
  CHECK(nothing.points_taken == 0);
  CHECK(counter.refund("A", 500).excess_minor == 500);
}

TEST_CASE("A refund that is told again gets the answer of the first time, also after a restart", "[refund]") {
  Counter counter;
  counter.sell("A", 3'000);
  const auto request = counter.request("A", 1'500);
  const auto first = counter.post(request);
  const auto again = counter.post(request);
  CHECK(again.kind == RefundOutcome::Kind::repeated);
  CHECK(again.answer == first.answer);
  counter.shop.close();
  counter.shop.open();
  CHECK(counter.post(request).answer == first.answer);
  CHECK(counter.shop.facts_of<model::SaleRefunded>().size() == 1);
  CHECK(counter.pending() == 15);

  auto other = request;
  other.body_hash = {};
  CHECK(counter.post(other).kind == RefundOutcome::Kind::changed);
  auto of_a_sale = counter.request("A", 10);
  of_a_sale.key.transaction = "A";  // a till that gives a refund the number of its sale
  CHECK(counter.post(of_a_sale).kind == RefundOutcome::Kind::changed);
  CHECK(counter.shop.facts_of<model::SaleDisputed>().size() == 2);
  CHECK(counter.pending() == 15);
}

TEST_CASE("The coupon that a sale brought is void once less is left than its campaign asks for", "[refund]") {
  Counter counter;
  counter.sell("A", 4'000);
  CHECK(counter.refund("A", 1'000).voided.empty());
  CHECK(counter.coupons().size() == 1);
  CHECK(counter.refund("A", 1).voided.size() == 1);
  CHECK(counter.coupons().empty());
  CHECK(counter.refund("A", 500).voided.empty());
  CHECK(counter.take_back("A").voided.empty());
}

TEST_CASE("The coupon that a sale brought is void with it, here and at once", "[refund]") {
  Counter counter;
  const auto sold = counter.sell("A", 4'000);
  REQUIRE(sold.issued.size() == 1);
  CHECK(counter.coupons().size() == 1);
  CHECK(counter.refund("A", 999).voided.empty());
  CHECK(counter.coupons().size() == 1);
  const auto back = counter.take_back("A");
  REQUIRE(back.voided.size() == 1);
  CHECK_FALSE(back.voided.front().used);
  CHECK(counter.coupons().empty());
  auto use = counter.shop.sale_of("B", 5'000, counter.member);
  use.redemptions = {sold.issued.front().code_text};
  use.sale.tenders = {{model::TenderType::cash, 4'500}, {model::TenderType::coupon, 500}};
  const auto refused = counter.shop.post(use);
  CHECK(refused.redeemed.empty());
  REQUIRE(refused.refused.size() == 1);
  CHECK(refused.refused.front().code == Code::coupon_void);
  counter.shop.close();
  counter.shop.open();
  CHECK(counter.shop.terminal->member(counter.member)->coupons.size() == 1);  // that of sale B
}

TEST_CASE("A coupon that a sale had used comes back as a new one of the same worth, when all its goods do",
          "[refund]") {
  Counter counter;
  const auto brought = counter.sell("A", 4'000);
  REQUIRE(brought.issued.size() == 1);
  auto use = counter.shop.sale_of("B", 3'000, counter.member);
  use.sale.lines = {{"1", "tea", "1", "drinks", 2'000, 0}, {"2", "cake", "1", "food", 1'000, 0}};
  use.redemptions = {brought.issued.front().code_text};
  use.sale.tenders = {{model::TenderType::cash, 2'500}, {model::TenderType::coupon, 500}};
  const auto used = counter.shop.post(use);
  REQUIRE(used.redeemed.size() == 1);
  auto part = counter.request("B", 2'000);
  part.lines = {{"1", 2'000}};
  const auto first = counter.post(part);
  CHECK(first.paid_minor == 1'667);
  CHECK(first.returned.empty());
  auto rest = counter.request("B", 1'000);
  rest.lines = {{"2", 1'000}};
  const auto second = counter.post(rest);
  CHECK(second.paid_minor == 833);
  REQUIRE(second.returned.size() == 1);
  const auto& again = second.returned.front();
  CHECK(again.coupon.value_minor == 500);
  CHECK(again.coupon.expires == brought.issued.front().coupon.expires);
  CHECK(again.coupon.coupon != brought.issued.front().coupon.coupon);

  auto later = counter.shop.sale_of("C", 2'500, counter.member);
  later.redemptions = {again.code_text};
  later.sale.tenders = {{model::TenderType::cash, 2'000}, {model::TenderType::coupon, 500}};
  CHECK(counter.shop.post(later).redeemed.size() == 1);
  later.sale.key.transaction = "D";
  later.body_hash = {};
  later.redemptions = {brought.issued.front().code_text};  // the old one stays used
  CHECK(counter.shop.post(later).redeemed.empty());
}

TEST_CASE("A coupon whose days are over does not come back, and the till hears why", "[refund]") {
  Counter counter;
  const auto brought = counter.sell("A", 4'000);
  auto use = counter.shop.sale_of("B", 3'000, counter.member);
  use.redemptions = {brought.issued.front().code_text};
  use.sale.tenders = {{model::TenderType::cash, 2'500}, {model::TenderType::coupon, 500}};
  REQUIRE(counter.shop.post(use).redeemed.size() == 1);
  counter.shop.clock.advance_ms(40LL * 86'400'000);
  counter.shop.hub_says_time(tests::noon_ms + 40LL * 86'400'000);
  const auto back = counter.take_back("B");
  CHECK(back.returned.empty());
  CHECK(back.coupon_refused == Code::code_expired);
  CHECK(counter.shop.facts_of<model::CouponReturned>().size() == 1);
}

TEST_CASE("A refund of a sale that is not known here is a claim, and changes nothing here", "[refund]") {
  Counter counter;
  counter.sell("A", 3'000);
  const auto outcome = counter.refund("never told", 3'000);
  CHECK_FALSE(outcome.sale_known);
  CHECK(outcome.points_taken == 0);
  CHECK(counter.pending() == 30);
  const auto facts = counter.shop.facts_of<model::SaleRefunded>();
  REQUIRE(facts.size() == 1);
  CHECK(facts.front().of.transaction == "never told");
  CHECK(facts.front().total_minor == 3'000);
  CHECK_FALSE(facts.front().sale_known);
  const auto slip = terminal::decode_slip(counter.shop.prints().back().content);
  CHECK(slip->kind == terminal::Slip::Kind::refund);
  CHECK_FALSE(slip->sale_known);
}

TEST_CASE("A sale is known as long as the ring keeps it, also when the hub has it", "[refund]") {
  Counter counter;
  counter.sell("A", 3'000);
  REQUIRE(counter.shop.journal->with([](store::Journal& journal) {
    const auto outbox = journal.outbox();
    REQUIRE(journal.acknowledge(outbox->epoch, outbox->head, {}, tests::noon_ms));
  }));
  CHECK(counter.refund("A", 1'500).points_taken == 15);
}

TEST_CASE("A training refund is recorded and does nothing else", "[refund]") {
  Counter counter;
  counter.sell("A", 3'000);
  const auto slips = counter.shop.prints().size();
  auto request = counter.request("A", 3'000);
  request.training = true;
  const auto outcome = counter.post(request);
  CHECK(outcome.points_taken == 0);
  CHECK(counter.pending() == 30);
  CHECK(counter.shop.prints().size() == slips);
}
