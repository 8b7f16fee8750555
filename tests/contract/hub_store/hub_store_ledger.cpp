// SPDX-License-Identifier: Apache-2.0
// What every engine behind HubStore must do about sales that are told under several names, and points taken back.
#include "tests/contract/hub_store/suite.h"

using namespace millpond;
using namespace millpond::tests;

namespace {

model::SaleRecorded sale_named(const std::string& transaction, std::uint32_t at_store = 1) {
  model::SaleRecorded sale;
  sale.key = {{at_store}, "T1", {20'777}, transaction};
  sale.member = {9};
  sale.currency = *base::parse_currency("CNY");
  sale.total_minor = sale.eligible_minor = 1'000;
  return sale;
}

}  // namespace

namespace {

std::map<std::uint64_t, wire::CouponState> coupon_states(HubStore& store) {
  std::map<std::uint64_t, wire::CouponState> states;
  const auto generation = store.status()->generation;
  for (const auto& [key, body] : live_rows(store, {1}, {generation, 0})) {
    if (key.first != static_cast<int>(wire::RowKind::coupon)) continue;
    const auto row = wire::decode_coupon_row(body);
    REQUIRE(row);
    states[row->coupon.value] = row->state;
  }
  return states;
}

}  // namespace

TEST_CASE("A sale is known by its till's number and by its payment, under whichever name it is told") {
  using model::TenderType;
  struct Row {
    const char* what;
    const char* transaction;
    std::uint32_t store;
    model::Tender tender;
    bool counts;
  };
  const std::vector<Row> rows{
      {"the sale", "a", 1, {TenderType::wechat_pay, 1'000, "P1", "M1"}, true},
      {"told again by an import", "a", 1, {TenderType::cash, 1'000}, false},
      {"told by the provider, without the till's number",
       "notice-P1",
       1,
       {TenderType::wechat_pay, 1'000, "P1", "M1"},
       false},
      {"and again under the name that the notice gave it", "notice-P1", 1, {TenderType::cash, 1'000}, false},
      {"the same number of another merchant", "b", 1, {TenderType::wechat_pay, 1'000, "P1", "M2"}, true},
      {"the same number at another provider", "c", 1, {TenderType::alipay, 1'000, "P1", "M1"}, true},
      {"a till that does not know its merchant", "d", 1, {TenderType::card, 1'000, "426112345678"}, true},
      {"which failed over to another till of the store", "e", 1, {TenderType::card, 1'000, "426112345678"}, false},
      {"another store that does not know either", "f", 2, {TenderType::card, 1'000, "426112345678"}, true},
      {"cash", "g", 1, {TenderType::cash, 1'000}, true},
      {"an issuer's approval of six characters", "i", 1, {TenderType::card, 1'000, "A1B2C3"}, true},
      {"which comes again with another card", "k", 1, {TenderType::card, 1'000, "A1B2C3"}, true},
      {"a drawer's number", "l", 1, {TenderType::cash, 1'000, "426112345678"}, true},
      {"which every second sale has", "m", 1, {TenderType::cash, 1'000, "426112345678"}, true},
      {"cash again", "h", 1, {TenderType::cash, 1'000}, true},
  };
  on_every_engine([&](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    std::uint64_t sales = 0;
    std::uint64_t sent = 0;
    for (const auto& row : rows) {
      CAPTURE(row.what);
      auto sale = sale_named(row.transaction, row.store);
      sale.tenders = {row.tender};
      const auto seq = terminal.add(sale);
      terminal.add(model::PointsEarned{{9}, seq, 10, 1'000});
      REQUIRE(store.ingest(checked(terminal, sent + 1, terminal.head()), start_of(terminal)));
      sent = terminal.head();
      project_all(store);
      sales += row.counts ? 1 : 0;
      CHECK(store.status()->sales == sales);
      CHECK(points(store)[9] == static_cast<std::int64_t>(10 * sales));
    }
    REQUIRE(store.begin_rebuild(6));
    project_all(store);
    CHECK(store.status()->sales == sales);
    CHECK(store.check()->members_equal);
  });
}

TEST_CASE("What a sale earned comes back by what came back of it, whoever tells which part first") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    auto terminal = terminal_of(1);
    auto other = terminal_of(2);
    admit(store, terminal);
    admit(store, other);
    terminal.enrol({9}, {1});
    terminal.sell({9}, "a", 10'000, 101);
    terminal.sell({9}, "b", 5'000, 50);
    struct Row {
      const char* what;
      const char* of;
      const char* number;
      std::int64_t total;
      bool whole;
      std::int64_t balance;
      std::int64_t qualifying;
      const char* told;
    };
    const std::vector<Row> rows{
        {"a part, rounded down", "a", "r1", 3'333, false, 118, 11'667, ""},
        {"the same refund told elsewhere", "a", "r1", 3'333, false, 118, 11'667, "sale_duplicate"},
        {"another part", "a", "r2", 3'333, false, 84, 8'334, ""},
        {"the rest: exactly what was earned", "a", "r3", 3'334, false, 50, 5'000, ""},
        {"more than was sold", "a", "r4", 1, false, 50, 5'000, "refund_too_much"},
        {"of a sale that nobody knows", "x", "r5", 500, false, 50, 5'000, ""},
        {"less than nothing", "b", "r6", -5, false, 50, 5'000, "sale_malformed"},
        {"a void", "b", "r7", 0, true, 0, 0, ""},
    };
    std::uint64_t sent = 0;
    auto* current = &store;
    REQUIRE(store.ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
    for (const auto& row : rows) {
      CAPTURE(row.what);
      auto before = verdicts(*current);
      other.refund(row.of, row.number, row.total, row.whole);
      REQUIRE(current->ingest(checked(other, sent + 1, other.head()), start_of(other)));
      sent = other.head();
      project_all(*current);
      CHECK(points(*current)[9] == row.balance);
      CHECK(current->balances()->front().qualifying_minor == row.qualifying);
      if (*row.told != 0) before[row.told] += 1;
      CHECK(verdicts(*current) == before);
      current = &reopen();
    }
    CHECK(current->status()->members_overdrawn == 0);
    const auto check = current->check();
    CHECK(check->members_equal);
    CHECK(check->ledger_points == 0);
    REQUIRE(current->begin_rebuild(6));
    project_all(*current);
    CHECK(points(*current)[9] == 0);
  });
}

TEST_CASE("What a campaign gave for a least amount is taken back when less of the sale is left") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    auto terminal = terminal_of(1);
    auto other = terminal_of(2);
    admit(store, terminal);
    admit(store, other);
    terminal.enrol({9}, {1});
    const auto sale = terminal.sell({9}, "a", 10'000, 100);
    terminal.issue({501}, {9}, 1, sale, 800, 6'000);
    terminal.issue({502}, {9}, 2, sale);
    model::AwardGiven given;
    given.member = {9};
    given.campaign = {3};
    given.kind = model::ActionKind::points;
    given.number = 30;
    given.cause[0] = 4;
    given.sale = sale;
    given.least_paid_minor = 4'000;
    terminal.add(given);
    REQUIRE(store.ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
    struct Row {
      const char* number;
      std::int64_t total, balance;
      std::uint64_t coupons;
    };
    auto* current = &store;
    std::uint64_t sent = 0;
    for (const auto& row : {Row{"r1", 4'000, 90, 2}, Row{"r2", 1, 90, 1}, Row{"r3", 1'999, 70, 1}, Row{"r4", 1, 40, 1},
                            Row{"r5", 3'999, 0, 0}}) {
      CAPTURE(row.number);
      other.refund("a", row.number, row.total, false);
      REQUIRE(current->ingest(checked(other, sent + 1, other.head()), start_of(other)));
      sent = other.head();
      project_all(*current);
      CHECK(points(*current)[9] == row.balance);
      CHECK(current->status()->coupons_issued == row.coupons);
      current = &reopen();
    }
    REQUIRE(current->begin_rebuild(6));
    project_all(*current);
    CHECK(points(*current)[9] == 0);
    CHECK(current->status()->coupons_issued == 0);
  });
}

TEST_CASE("A sale that came back before it was told is taken back as it is told, piece by piece") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    auto terminal = terminal_of(1);
    auto other = terminal_of(2);
    admit(store, terminal);
    admit(store, other);
    other.enrol({9}, {1});
    other.refund("a", "r", 4'000);
    REQUIRE(store.ingest(checked(other, 1, other.head()), start_of(other)));
    project_all(store);
    const auto sale = terminal.sell({9}, "a", 4'000, 40);
    terminal.add(model::PointsSpent{{9}, sale, 15, {}, {}});
    terminal.issue({500}, {9}, 1, sale);
    terminal.sell({9}, "b", 1'000, 10);
    auto* current = &store;
    const auto send = [&](std::uint64_t seq) {
      REQUIRE(current->ingest(checked(terminal, seq, seq), start_of(terminal)));
      project_all(*current);
      current = &reopen();
    };
    send(1);
    CHECK(current->balances()->front().qualifying_minor == 0);
    send(2);
    CHECK(points(*current)[9] == 0);
    send(3);  // none of them were there: nothing was taken, nothing comes back
    CHECK(points(*current)[9] == 0);
    send(4);
    CHECK(coupon_states(*current)[500] == wire::CouponState::voided);
    send(5);
    send(6);
    CHECK(points(*current)[9] == 10);
    CHECK(current->check()->members_equal);
  });
}

TEST_CASE("A coupon of a sale that came back is void, and a loss when it was used before") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.enrol({9}, {1});
    const auto first = terminal.sell({9}, "a", 4'000, 40);
    terminal.issue({500}, {9}, 1, first);
    const auto second = terminal.sell({9}, "b", 4'000, 40);
    terminal.issue({501}, {9}, 2, second);
    const auto third = terminal.sell({9}, "c", 4'000, 40);
    terminal.add(model::CouponRedeemed{{501}, {9}, {7}, third, 800, {}});
    terminal.refund("a", "ra", 4'000);
    terminal.add(model::CouponVoided{{500}, {9}, {7}, 800, false});
    terminal.refund("b", "rb", 4'000);
    terminal.add(model::CouponVoided{{501}, {9}, {7}, 800, true});
    const auto fourth = terminal.sell({9}, "d", 4'000, 40);
    terminal.add(model::CouponRedeemed{{500}, {9}, {7}, fourth, 700, {}});  // a copy of the slip, all the same
    REQUIRE(store.ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
    project_all(store);
    auto states = coupon_states(store);
    CHECK(states[500] == wire::CouponState::voided);
    CHECK(states[501] == wire::CouponState::redeemed);
    CHECK(store.status()->coupons_over_redeemed == 1);
    CHECK(store.status()->offline_loss_minor == 700);
    CHECK(store.status()->coupons_kept_minor == 800);
    CHECK(verdicts(store) == std::map<std::string, std::uint64_t>{{"coupon_void", 1}});
  });
}

TEST_CASE("Nobody but its issuer makes a coupon void") {
  on_every_engine([](HubStore& store, const auto&) {
    auto issuer = terminal_of(1);
    auto other = terminal_of(2);
    for (auto* const each : {&issuer, &other}) admit(store, *each);
    issuer.enrol({9}, {1});
    issuer.issue({500}, {9}, 1, issuer.sell({9}, "a", 4'000, 40));
    other.add(model::CouponVoided{{500}, {9}, {7}, 800, false});
    for (auto* const each : {&issuer, &other}) {
      REQUIRE(store.ingest(checked(*each, 1, each->head()), start_of(*each)));
      project_all(store);
    }
    CHECK(coupon_states(store)[500] == wire::CouponState::issued);
    CHECK(verdicts(store) == std::map<std::string, std::uint64_t>{{"id_clash", 1}});
    const auto signals = store.signals(10);
    REQUIRE(signals);
    REQUIRE(signals->size() == 1);
    CHECK(signals->front().raised.signal == model::Signal::foreign_identity);
    CHECK(store.rebuilt_otherwise(open_anything()).value() == "");
  });
}

// While a sale that came back early is told, what is refused of it has no verdict yet.
TEST_CASE("A number that is used up voids nothing of the coupon that had it first") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.enrol({9}, {1});
    terminal.issue({500}, {9}, 1, terminal.sell({9}, "a", 4'000, 40));
    terminal.refund("b", "rb", 4'000);
    terminal.issue({500}, {9}, 2, terminal.sell({9}, "b", 4'000, 40));
    terminal.sell({9}, "c", 1'000, 10);
    REQUIRE(store.ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
    project_all(store);
    CHECK(coupon_states(store)[500] == wire::CouponState::issued);
    CHECK(points(store)[9] == 50);
    CHECK(verdicts(store) == std::map<std::string, std::uint64_t>{{"id_clash", 1}});
    CHECK(store.rebuilt_otherwise(open_anything()).value() == "");
  });
}

TEST_CASE("Whose points are taken back after they moved on is overdrawn, and told so") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.enrol({9}, {1});
    terminal.enrol({8}, {1});
    terminal.sell({8}, "a", 10'000, 100);
    REQUIRE(store.ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
    project_all(store);
    REQUIRE(store.merge_members({8}, {9}, 1'000));
    project_all(store);
    auto first = terminal.head();
    const auto send = [&] {
      REQUIRE(store.ingest(checked(terminal, first + 1, terminal.head()), start_of(terminal)));
      project_all(store);
      first = terminal.head();
    };
    terminal.sell({9}, "b", 5'000, 50);
    const auto lease = store.renew_lease({{1}, {11}}, {model::LeaseKind::points, 0, 1'000, 400, 0}, 1'000).value();
    REQUIRE(lease);
    terminal.add(model::PointsSpent{{8}, terminal.sell({8}, "spent", 7'000, 0), 120, lease->id, {}});
    terminal.refund("a", "ra", 3'000, false);  // 8 owes what 9 has, and the person has nothing to spare
    send();
    CHECK(points(store) == std::map<std::uint64_t, std::int64_t>{{8, -50}, {9, 50}});
    CHECK(store.status()->members_overdrawn == 1);
    CHECK(verdicts(store).empty());
    terminal.refund("a", "rb", 1'000, false);
    send();
    CHECK(verdicts(store) == std::map<std::string, std::uint64_t>{{"points_overdrawn", 1}});
    REQUIRE(store.unmerge_member({8}, 1'000));
    project_all(store);
    terminal.sell({8}, "c", 8'000, 80);  // earning is always accepted, and pays the debt
    send();
    CHECK(points(store)[8] == 20);
    CHECK(store.status()->members_overdrawn == 0);
  });
}
