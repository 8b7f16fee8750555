// SPDX-License-Identifier: Apache-2.0
// How often a sale has to wait for the journal: once, and once more where the hub was asked.
#include "sync/terminal/coupon_desk.h"
#include "tests/unit/terminal/shop.h"

#include <functional>

using namespace millpond;
using base::Code;
using model::Honour;
using model::HubWord;
using model::Strength;
using tests::Brand;
using tests::Shop;
using Asked = store::JournalThread::Asked;
using Kind = terminal::SaleOutcome::Kind;

namespace {

constexpr model::HonourLimits limits{3, 600, 1'200, 5, 24 * 3'600'000, 72 * 3'600'000, 2};

// A shop, and members and coupons of its own and of another one.
struct Counter {
  Brand brand;
  Shop shop{brand};
  Shop there{brand, 2};
  base::MemberId member = shop.enrol("13900139000");
  base::MemberId stranger = there.enrol("13800138000");
  int number = 0;

  Counter() {
    REQUIRE(shop.journal->commit([&](store::Transaction& t) -> base::Result<> {
      const auto issuer = codes::Issuer::terminal(base::TerminalId{2}, 1).value;
      MILLPOND_TRY_DO(t.put_issuer({issuer, there.identity().key.public_key(), 0}));
      return t.put_document("allowance", 3, wire::encode(limits));
    }));
    shop.hub_says({tests::member_row(member, 2'000), tests::member_row(stranger, 2'000)});
    shop.hub_has_said_all();
    shop.hub_says_time(tests::noon_ms);
  }
  [[nodiscard]] terminal::SaleRequest sale(std::int64_t amount_minor = 4'200) {
    return shop.sale_of("T-" + std::to_string(++number), amount_minor);
  }
  [[nodiscard]] terminal::SaleRequest sale_to(base::MemberId whom) {
    auto request = sale(4'200);
    request.session_member = whom;
    request.session_strength = Strength::rotating_code;
    return request;
  }
  [[nodiscard]] std::string coupon_of_here() { return shop.post(sale_to(member)).issued.at(0).code_text; }
  [[nodiscard]] std::string coupon_of_there() {
    return there.post(there.sale_of("there-" + std::to_string(++number), 4'200, stranger)).issued.at(0).code_text;
  }
  void lease(std::uint64_t id, std::int64_t points) {
    REQUIRE(shop.journal->commit([&](store::Transaction& t) { return t.put_lease(lease_of(id, points)); }));
  }
  [[nodiscard]] model::Lease lease_of(std::uint64_t id, std::int64_t points) const {
    return {{id}, model::LeaseKind::points,         0, shop.journal->published()->live_epoch, points,
            0,    tests::noon_ms + 7LL * 86'400'000};
  }
  [[nodiscard]] Asked asked_by(const terminal::SaleRequest& request, terminal::SaleOutcome& outcome) {
    const auto before = shop.journal->asked();
    outcome = shop.post(request);
    const auto after = shop.journal->asked();
    return {after.actions - before.actions, after.functions - before.functions};
  }
};

}  // namespace

TEST_CASE("A sale is one action of the journal, whoever it names and whatever it brings", "[turns]") {
  Counter counter;
  counter.lease(100, 1'000);
  struct Row {
    const char* name;
    std::function<terminal::SaleRequest()> sale;
    std::function<bool(const terminal::SaleOutcome&)> holds;
  };
  const auto named = [&](const std::string& code) {
    auto request = counter.sale();
    request.member_code = code;
    return request;
  };
  const auto is_member = [&](const terminal::SaleOutcome& outcome) { return outcome.member == counter.member; };
  const std::string number = base::format_id('M', counter.member.value);
  const std::vector<Row> rows = {
      {"nobody", [&] { return counter.sale(); }, [](const auto& outcome) { return !outcome.member; }},
      {"a card of here", [&] { return named(counter.shop.terminal->member_code(counter.member)); }, is_member},
      {"a card of another terminal", [&] { return named(counter.there.terminal->member_code(counter.stranger)); },
       [&](const auto& outcome) { return outcome.member == counter.stranger; }},
      {"a number that was typed", [&] { return named(number); }, is_member},
      {"a phone that is known", [&] { return named("13900139000"); }, is_member},
      {"a phone that nobody knows", [&] { return named("13700137000"); },
       [&](const auto& outcome) { return outcome.member && outcome.member != counter.member; }},
      {"a card and a coupon of here",
       [&] {
         auto request = named(counter.shop.terminal->member_code(counter.member));
         request.redemptions = {counter.coupon_of_here()};
         return request;
       },
       [&](const auto& outcome) { return is_member(outcome) && outcome.honoured == std::vector{Honour::own_right}; }},
      {"whoever stands at the screen, who pays in points",
       [&] {
         auto request = counter.sale();
         request.claim_session = [&] {
           return terminal::SaleRequest::Session{counter.member, Strength::rotating_code};
         };
         request.spend_points = 300;
         return request;
       },
       [&](const auto& outcome) { return is_member(outcome) && outcome.points_spent == 300; }},
      {"a basket for which a coupon was kept",
       [&] {
         terminal::BasketRequest basket;
         basket.till = "till-1";
         basket.name = "B-1";
         basket.currency = tests::cny;
         basket.lines = {{"1", "tea", "1", "drinks", 4'200, 0}};
         basket.session_member = counter.member;
         basket.session_strength = Strength::rotating_code;
         basket.codes = {counter.coupon_of_here()};
         terminal::CouponDesk desk{*counter.shop.terminal};
         const auto kept =
             desk.keep(basket, 300'000, [](const auto& asks) { return std::vector<terminal::HubReply>(asks.size()); });
         REQUIRE(kept);
         REQUIRE_FALSE(kept->taken.empty());
         auto request = counter.sale();
         request.sale.lines = basket.lines;
         request.basket = basket.name;
         return request;
       },
       [&](const auto& outcome) { return is_member(outcome) && !outcome.redeemed.empty(); }},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    auto request = row.sale();
    request.ask_hub = [](const terminal::HubQuestions&) -> terminal::HubAnswers {
      FAIL("there is nothing to ask");
      return {};
    };
    terminal::SaleOutcome outcome;
    CHECK(counter.asked_by(request, outcome) == Asked{1, 0});
    CHECK(outcome.kind == Kind::recorded);
    CHECK_FALSE(outcome.member_problem);
    CHECK(row.holds(outcome));
  }
}

TEST_CASE("The hub is asked once, with nothing recorded, and its word counts", "[turns]") {
  Counter counter;
  const auto code = counter.coupon_of_there();
  auto request = counter.sale_to(counter.stranger);
  request.redemptions = {code};
  int calls = 0;
  request.ask_hub = [&](const terminal::HubQuestions& questions) {
    ++calls;
    REQUIRE(questions.coupons.size() == 1);
    CHECK(questions.coupons[0]);
    CHECK_FALSE(questions.points);
    CHECK(counter.shop.facts_of<model::SaleRecorded>().empty());
    terminal::HubAnswers answers;
    answers.coupons.resize(1);
    answers.coupons[0].word = HubWord::confirmed;
    answers.coupons[0].receipt.fill(9);
    return answers;
  };
  terminal::SaleOutcome outcome;
  const auto before = counter.shop.journal->asked();
  outcome = counter.shop.post(request);
  CHECK(counter.shop.journal->asked().actions - before.actions == 2);
  CHECK(outcome.honoured == std::vector{Honour::confirmed});
  CHECK(counter.shop.facts_of<model::SaleRecorded>().size() == 1);

  CHECK(counter.asked_by(request, outcome) == Asked{1, 0});
  CHECK(outcome.kind == Kind::repeated);
  CHECK(calls == 1);
}

TEST_CASE("A lease that the hub gives for a sale is kept by the sale's own action", "[turns]") {
  Counter counter;
  auto request = counter.sale_to(counter.member);
  request.spend_points = 400;
  bool keeps = true;
  request.ask_hub = [&](const terminal::HubQuestions& questions) {
    REQUIRE(questions.points);
    CHECK(questions.points->points == 400);
    CHECK(questions.points->epoch == counter.shop.journal->published()->live_epoch);
    terminal::HubAnswers answers;
    answers.keep_lease = [&](store::Transaction& transaction) -> base::Result<> {
      if (!keeps) return base::Error{Code::bad_input, "keep lease", "test"};
      return transaction.put_lease(counter.lease_of(200, 400));
    };
    return answers;
  };
  terminal::SaleOutcome outcome;
  SECTION("and its points are spent") {
    CHECK(counter.asked_by(request, outcome) == Asked{2, 0});
    CHECK(outcome.points_spent == 400);
    CHECK(counter.shop.facts_of<model::PointsSpent>().at(0).lease == base::LeaseId{200});
  }
  SECTION("one that cannot be kept costs the points, not the sale") {
    keeps = false;
    CHECK(counter.asked_by(request, outcome) == Asked{2, 0});
    CHECK(outcome.kind == Kind::recorded);
    CHECK(outcome.points_spent == 0);
    CHECK(outcome.points_refused == Code::points_cap);
  }
}

TEST_CASE("A sale that is told again claims nobody, takes no word and asks nobody", "[turns]") {
  Counter counter;
  counter.lease(100, 1'000);
  int claimed = 0;
  int vouched = 0;
  auto request = counter.sale();
  request.spend_points = 600;
  request.claim_session = [&] {
    ++claimed;
    return terminal::SaleRequest::Session{counter.member, Strength::member_code};
  };
  request.vouched_by = [&](base::MemberId whom) {
    CHECK(whom == counter.member);
    ++vouched;
    return base::StaffId{4};
  };
  const auto first = counter.shop.post(request);
  CHECK(first.points_spent == 600);
  CHECK((claimed == 1 && vouched == 1));
  const auto again = counter.shop.post(request);
  CHECK(again.kind == Kind::repeated);
  CHECK(again.answer == first.answer);
  request.body_hash.fill(1);
  CHECK(counter.shop.post(request).kind == Kind::changed);
  CHECK((claimed == 1 && vouched == 1));
}

TEST_CASE("Whoever was claimed or vouched for stays so while the hub is asked", "[turns]") {
  Counter counter;
  int claimed = 0;
  auto request = counter.sale();
  request.spend_points = 300;
  request.claim_session = [&] {
    ++claimed;
    return terminal::SaleRequest::Session{counter.member, Strength::rotating_code};
  };
  request.ask_hub = [&](const terminal::HubQuestions&) {
    terminal::HubAnswers answers;
    answers.points_refusal = Code::points_short;
    return answers;
  };
  const auto outcome = counter.shop.post(request);
  CHECK(claimed == 1);
  CHECK(outcome.member == counter.member);
  CHECK(outcome.points_refused == Code::points_short);
}

TEST_CASE("A phone that cannot be enrolled for want of space costs the member, not the sale", "[turns]") {
  Counter counter;
  std::uint64_t used = 0;
  REQUIRE(counter.shop.journal->with([&](store::Journal& journal) { used = journal.health()->used_bytes; }));
  counter.shop.close();
  counter.shop.journal_budget_bytes = used + used / 20;  // less than a sixteenth is left: for sales alone
  counter.shop.open();
  auto request = counter.sale();
  request.member_code = "13700137000";
  terminal::SaleOutcome outcome;
  CHECK(counter.asked_by(request, outcome) == Asked{2, 0});  // what was half done is undone with its action
  CHECK(outcome.kind == Kind::recorded);
  CHECK(outcome.member_problem == Code::disk_full);
  CHECK_FALSE(outcome.member);
  CHECK(counter.shop.facts_of<model::MemberEnrolled>().size() == 1);
  CHECK(counter.shop.post(request).kind == Kind::repeated);
}
