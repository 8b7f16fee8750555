// SPDX-License-Identifier: Apache-2.0
// Points that are spent in a sale: by whom, up to what, and what remains of the lease.
#include "tests/unit/terminal/shop.h"

#include <functional>

using namespace millpond;
using base::Code;
using model::Strength;
using tests::Brand;
using tests::Shop;

namespace {

struct Counter {
  Brand brand;
  Shop shop{brand};
  base::MemberId member = shop.enrol("13900139000");
  int number = 0;

  explicit Counter(std::int64_t balance = 2'000) {
    shop.hub_says({tests::member_row(member, balance)});
    shop.hub_says_time(tests::noon_ms);
  }
  [[nodiscard]] base::Epoch live() const {
    base::Epoch epoch;
    REQUIRE(shop.journal->with([&](store::Journal& journal) { epoch = journal.outbox()->live_epoch; }));
    return epoch;
  }
  void lease(std::uint64_t id = 100, std::int64_t amount = 1'000, std::int64_t a_member_max = 0,
             std::function<void(model::Lease&)> change = {}) {
    model::Lease lease{{id},         model::LeaseKind::points,         0, live(), amount,
                       a_member_max, tests::noon_ms + 7LL * 86'400'000};
    if (change) change(lease);
    REQUIRE(shop.journal->commit([&](store::Transaction& t) { return t.put_lease(lease); }));
  }
  [[nodiscard]] terminal::SaleRequest sale(std::int64_t points, Strength strength = Strength::rotating_code) {
    auto request = shop.sale_of("T-" + std::to_string(++number), 4'000);
    request.session_member = member;
    request.session_strength = strength;
    request.spend_points = points;
    request.sale.tenders = {{model::TenderType::cash, 3'000}, {model::TenderType::points, 1'000}};
    return request;
  }
  terminal::SaleOutcome spend(std::int64_t points) { return shop.post(sale(points)); }
};

}  // namespace

TEST_CASE("Points are spent with the sale, once, and the balance falls at once", "[spend]") {
  Counter counter;
  counter.lease();
  const auto request = counter.sale(400);
  const auto outcome = counter.shop.post(request);
  CHECK(outcome.points_spent == 400);
  CHECK_FALSE(outcome.points_refused);
  CHECK(outcome.points_earned == 30);  // what was paid in points earns nothing
  CHECK(outcome.balance == 2'000 - 400 + 30);
  CHECK(counter.shop.facts_of<model::PointsSpent>() ==
        std::vector{model::PointsSpent{counter.member, outcome.seq, 400, {100}, {}}});
  CHECK(counter.shop.terminal->member(counter.member)->points_pending == -370);
  CHECK(terminal::decode_slip(counter.shop.prints().back().content)->points_spent == 400);

  const auto again = counter.shop.post(request);
  CHECK(again.kind == terminal::SaleOutcome::Kind::repeated);
  CHECK(again.answer == outcome.answer);
  CHECK(counter.shop.facts_of<model::PointsSpent>().size() == 1);
}

TEST_CASE("A sale stands when points cannot be spent, and says why", "[spend]") {
  struct Row {
    const char* what;
    Code why;
    std::function<void(Counter&, terminal::SaleRequest&)> arrange;
  };
  const auto leased = [](Counter& counter) { counter.lease(); };
  for (const Row& row : {
           Row{"no lease", Code::points_cap, [](auto&, auto&) {}},
           Row{"a lease of another life", Code::points_cap,
               [](auto&counter, auto&) { counter.lease(100, 1'000, 0, [](auto& of) { of.epoch.value += 1; }); }},
           Row{"a lease that has ended", Code::points_cap,
               [](auto&counter, auto&) {
                 counter.lease(100, 1'000, 0, [](auto& of) { of.expires_ms = tests::noon_ms; });
               }},
           Row{"a stock of prizes", Code::points_cap,
               [](auto&counter, auto&) {
                 counter.lease(100, 1'000, 0, [](auto& of) { of.kind = model::LeaseKind::game_stock; });
               }},
           Row{"a lease that is too small", Code::points_cap, [](auto&counter, auto&) { counter.lease(100, 599); }},
           Row{"the ceiling of one member", Code::points_cap,
               [](auto&counter, auto&) { counter.lease(100, 1'000, 599); }},
           Row{"more than there are", Code::points_short,
               [&](auto&counter, auto&request) {
                 leased(counter);
                 request.spend_points = 2'001;
               }},
           Row{"nobody", Code::identity_too_weak,
               [&](auto&counter, auto&request) {
                 leased(counter);
                 request.session_member = {};
               }},
           Row{"a phone that anybody types", Code::identity_too_weak,
               [&](auto&counter, auto&request) {
                 leased(counter);
                 request.session_strength = Strength::phone_typed;
               }},
           Row{"a card, above the floor", Code::identity_too_weak,
               [&](auto&counter, auto&request) {
                 leased(counter);
                 request.session_strength = Strength::member_code;
               }},
           Row{"a card that was scanned at the till, whoever stands at the screen", Code::identity_too_weak,
               [&](auto&counter, auto&request) {
                 leased(counter);
                 request.member_code = counter.shop.terminal->member_code(counter.member);
               }},
           Row{"two copies", Code::value_suspended,
               [&](auto&counter, auto&) {
                 leased(counter);
                 REQUIRE(counter.shop.journal->commit([](store::Transaction& t) {
                   return t.put_document("standing", 1, base::Bytes{1, 0, 0, 0, 0, 0, 0, 0, 1});
                 }));
               }},
           Row{"two copies, and no lease", Code::value_suspended,
               [](auto&counter, auto&) {
                 REQUIRE(counter.shop.journal->commit([](store::Transaction& t) {
                   return t.put_document("standing", 1, base::Bytes{1, 0, 0, 0, 0, 0, 0, 0, 1});
                 }));
               }},
       }) {
    CAPTURE(row.what);
    Counter counter;
    auto request = counter.sale(600);
    row.arrange(counter, request);
    const auto outcome = counter.shop.post(request);
    CHECK(outcome.kind == terminal::SaleOutcome::Kind::recorded);
    CHECK(outcome.points_refused == row.why);
    CHECK(outcome.points_spent == 0);
    CHECK(counter.shop.facts_of<model::SaleRecorded>().size() == 1);
    CHECK(counter.shop.facts_of<model::PointsSpent>().empty());
  }
}

TEST_CASE("A card is enough up to the floor, at the screen and at the till", "[spend]") {
  Counter counter;
  counter.lease();
  auto request = counter.sale(model::spend_floor_points, Strength::member_code);
  CHECK(counter.shop.post(request).points_spent == 500);
  request = counter.sale(501, Strength::member_code);
  CHECK(counter.shop.post(request).points_refused == Code::identity_too_weak);
  request = counter.sale(500);
  request.session_member = {};
  request.member_code = counter.shop.terminal->member_code(counter.member);
  CHECK(counter.shop.post(request).points_spent == 500);
}

TEST_CASE("What was used of a lease counts over restarts, by all and by one member", "[spend]") {
  Counter counter;
  counter.lease(100, 1'000, 700);
  CHECK(counter.spend(400).points_spent == 400);
  counter.shop.close();
  counter.shop.open();
  CHECK(counter.spend(301).points_refused == Code::points_cap);
  CHECK(counter.spend(300).points_spent == 300);
  const auto other = counter.shop.enrol("13900139001");
  counter.shop.hub_says({tests::member_row(other, 900)});
  auto request = counter.sale(301);
  request.session_member = other;
  CHECK(counter.shop.post(request).points_refused == Code::points_cap);
  request = counter.sale(300);
  request.session_member = other;
  CHECK(counter.shop.post(request).points_spent == 300);
  counter.lease(101, 50);
  CHECK(counter.spend(50).points_spent == 50);
  CHECK(counter.shop.facts_of<model::PointsSpent>().back().lease == base::LeaseId{101});
}

TEST_CASE("A lease that was given back in the meantime pays nothing", "[spend]") {
  Counter counter;
  counter.lease();
  REQUIRE(counter.shop.journal->commit([](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.append(model::LeaseReturned{{100}, 0}, tests::noon_ms, 0, 0));
    return {};
  }));
  CHECK(counter.spend(10).points_refused == Code::points_cap);
}

TEST_CASE("Points of this very sale are not spent in it, and a training sale spends none", "[spend]") {
  Counter counter{0};
  counter.lease();
  CHECK(counter.spend(1).points_refused == Code::points_short);
  CHECK(counter.spend(30).points_spent == 30);  // earned by the sale before
  auto request = counter.sale(1);
  request.sale.training = true;
  const auto outcome = counter.shop.post(request);
  CHECK(outcome.points_spent == 0);
  CHECK_FALSE(outcome.points_refused);
}

TEST_CASE("While nobody knows what day it is nothing is spent", "[spend]") {
  Counter counter;
  counter.lease();
  counter.shop.close();
  counter.shop.boot_id = "boot-2";
  counter.shop.clock.set_wall_ms(0);
  counter.shop.open();
  CHECK(counter.spend(10).points_refused == Code::points_cap);
}

TEST_CASE("Somebody behind the counter vouches for a card, for one sale above the floor", "[spend]") {
  Counter counter;
  counter.lease();
  constexpr base::StaffId cashier{3};
  int asked = 0;
  const auto vouched = [&](std::int64_t points, Strength strength) {
    auto request = counter.sale(points, strength);
    request.vouched_by = [&](base::MemberId member) {
      ++asked;
      CHECK(member == counter.member);
      return cashier;
    };
    return request;
  };
  const auto acts = [&] { return counter.shop.facts_of<model::ActApproved>(); };

  // Where a picture is enough, or more than a picture was shown, nobody is asked and nothing is recorded.
  CHECK(counter.shop.post(vouched(100, Strength::member_code)).points_spent == 100);
  CHECK(counter.shop.post(vouched(501, Strength::rotating_code)).points_spent == 501);
  CHECK(asked == 0);
  CHECK(acts().empty());

  counter.lease(101, 1'000);
  const auto request = vouched(501, Strength::member_code);
  const auto outcome = counter.shop.post(request);
  CHECK(outcome.points_spent == 501);
  CHECK(asked == 1);
  CHECK(acts() == std::vector{model::ActApproved{
                      model::Act::identity_approved, cashier, {}, counter.member, outcome.seq.value, {}}});
  // One action: sale, word and points stand side by side.
  const auto facts = counter.shop.facts();
  const auto sale = std::ranges::find(facts, outcome.seq, [](const auto& fact) { return fact.stamp.seq; });
  REQUIRE(facts.end() - sale >= 3);
  CHECK(std::holds_alternative<model::ActApproved>((sale + 1)->body));
  CHECK(std::holds_alternative<model::PointsSpent>((sale + 2)->body));

  // Told again it is the same sale; the next one needs a word of its own.
  CHECK(counter.shop.post(request).kind == terminal::SaleOutcome::Kind::repeated);
  CHECK(acts().size() == 1);
  CHECK(counter.shop.post(counter.sale(501, Strength::member_code)).points_refused == Code::identity_too_weak);
}

TEST_CASE("A word that helps nothing is not recorded", "[spend]") {
  struct Row {
    const char* what;
    Code why;
    std::function<void(Counter&, terminal::SaleRequest&)> arrange;
  };
  for (const Row& row : {
           Row{"a number that anybody types", Code::identity_too_weak,
               [](auto&, auto& request) { request.session_strength = Strength::phone_typed; }},
           Row{"nobody", Code::identity_too_weak, [](auto&, auto& request) { request.session_member = {}; }},
           Row{"nobody vouches after all", Code::identity_too_weak,
               [](auto&, auto& request) { request.vouched_by = [](base::MemberId) { return base::StaffId{}; }; }},
           Row{"more than there are", Code::points_short, [](auto&, auto& request) { request.spend_points = 2'001; }},
           Row{"more than the lease has", Code::points_cap, [](auto&, auto& request) { request.spend_points = 1'001; }},
       }) {
    CAPTURE(row.what);
    Counter counter;
    counter.lease();
    auto request = counter.sale(600, Strength::member_code);
    request.vouched_by = [](base::MemberId) { return base::StaffId{3}; };
    row.arrange(counter, request);
    CHECK(counter.shop.post(request).points_refused == row.why);
    CHECK(counter.shop.facts_of<model::ActApproved>().empty());
  }
}

TEST_CASE("Points that are not good yet or no longer are not spent", "[spend][lots]") {
  constexpr std::int32_t today = 20'778;  // 2026-11-21 in Shanghai
  struct Row {
    const char* what;
    wire::MemberRow row;
    std::int64_t spendable;
    std::int64_t points;  // as shown
  };
  for (const auto& [what, row, spendable, points] : {
           Row{"all are good", {{}, 500, 0, 1}, 500, 500},
           Row{"some from tomorrow on", {{}, 500, 0, 1, {}, {}, 0, {{today, 100}, {today + 1, 200}}}, 300, 500},
           Row{"today is the last day of some", {{}, 500, 0, 1, {}, {}, 0, {}, today, 50}, 500, 500},
           Row{"yesterday was", {{}, 500, 0, 1, {}, {}, 0, {}, today - 1, 50}, 450, 450},
       }) {
    INFO(what);
    Counter counter;
    counter.lease();
    auto told = row;
    told.member = counter.member;
    counter.shop.hub_says({tests::row_of(wire::RowKind::member, counter.member.value, wire::encode(told))});
    CHECK(counter.shop.terminal->member(counter.member)->points == points);
    CHECK(counter.spend(spendable + 1).points_refused == Code::points_short);
    CHECK(counter.shop.terminal->member(counter.member)->points_pending == 30);
    CHECK_FALSE(counter.spend(spendable + 30).points_refused);  // without pending days what is earned is good at once
  }
}

TEST_CASE("Where points are pending at first, what was earned here is not spent before the hub has told of it",
          "[spend][lots]") {
  Counter counter;
  counter.lease(100, 5'000);
  const std::string notices = "\"notices\"";
  auto json = tests::programme_json(2);
  json.insert(json.find(notices),
              R"("lots": {"pending_days": 7, "expiry": {"kind": "never"}, "return_grace_days": 0}, )");
  counter.shop.publish(json, 2);
  CHECK(counter.spend(0).points_earned == 30);
  CHECK(counter.spend(2'001).points_refused == Code::points_short);
  CHECK(counter.spend(400).points_spent == 400);
  CHECK(counter.spend(1'601).points_refused == Code::points_short);
  CHECK(counter.spend(1'600).points_spent == 1'600);
}
