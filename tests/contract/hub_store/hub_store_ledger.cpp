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
      {"a till that does not know its merchant", "d", 1, {TenderType::card, 1'000, "P1"}, true},
      {"which failed over to another till of the store", "e", 1, {TenderType::card, 1'000, "P1"}, false},
      {"another store that does not know either", "f", 2, {TenderType::card, 1'000, "P1"}, true},
      {"cash", "g", 1, {TenderType::cash, 1'000}, true},
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

TEST_CASE("Points go down by a reversal of what was earned only, once, and below zero if they must") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.enrol({9}, {1});
    terminal.enrol({8}, {1});
    const auto sale = terminal.sell({9}, "a", 10'000, 100);
    const base::Seq earned{sale.value + 1};
    const auto again = terminal.sell({9}, "a", 10'000, 100);  // a duplicate, whose points were never booked
    struct Row {
      const char* what;
      model::PointsReversed fact;
      std::int64_t balance;
      const char* told;
    };
    const std::vector<Row> rows{
        {"a part", {{9}, earned, 30, "refund"}, 70, ""},
        {"more than is left", {{9}, earned, 71, "refund"}, 70, "bad_input"},
        {"another member's", {{8}, earned, 10, "refund"}, 70, "bad_input"},
        {"nothing", {{9}, earned, 0, "refund"}, 70, "bad_input"},
        {"less than nothing", {{9}, earned, -5, "refund"}, 70, "bad_input"},
        {"of a fact that earns nothing", {{9}, sale, 5, "refund"}, 70, "bad_input"},
        {"of points that were never booked", {{9}, {again.value + 1}, 5, "refund"}, 70, "bad_input"},
        {"of an epoch that nobody knows", {{9}, earned, 5, "refund", {4711}}, 70, "bad_input"},
        {"of what is yet to come", {{9}, {10'000}, 5, "refund"}, 70, "bad_input"},
        {"the rest", {{9}, earned, 70, "refund"}, 0, ""},
    };
    std::uint64_t sent = 0;
    auto* current = &store;
    const auto send = [&] {
      REQUIRE(current->ingest(checked(terminal, sent + 1, terminal.head()), start_of(terminal)));
      sent = terminal.head();
      project_all(*current);
    };
    send();
    for (const auto& row : rows) {
      CAPTURE(row.what);
      auto before = verdicts(*current);
      terminal.add(row.fact);
      send();
      CHECK(points(*current)[9] == row.balance);
      if (*row.told != 0) before[row.told] += 1;
      CHECK(verdicts(*current) == before);
      current = &reopen();
    }
    CHECK(current->status()->members_overdrawn == 0);
    const auto check = current->check();
    CHECK(check->members_equal);
    CHECK(check->ledger_points == 0);
  });
}

TEST_CASE("Whose points are taken back after they moved on is overdrawn, and told so") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.enrol({9}, {1});
    terminal.enrol({8}, {1});
    const auto sale = terminal.sell({8}, "a", 10'000, 100);
    REQUIRE(store.ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
    project_all(store);
    REQUIRE(store.merge_members({8}, {9}, 1'000));
    project_all(store);
    // Taken back under the person's number: 9 owes what 8 has, and together they have nothing.
    auto first = terminal.head();
    terminal.add(model::PointsReversed{{9}, {sale.value + 1}, 60, "refund"});
    REQUIRE(store.ingest(checked(terminal, first + 1, terminal.head()), start_of(terminal)));
    project_all(store);
    CHECK(points(store) == std::map<std::uint64_t, std::int64_t>{{8, 100}, {9, -60}});
    CHECK(store.status()->members_overdrawn == 1);
    CHECK(verdicts(store).empty());  // the person has 40
    REQUIRE(store.unmerge_member({8}, 1'000));
    project_all(store);
    first = terminal.head();
    const auto own = terminal.sell({9}, "b", 1'000, 10);
    terminal.add(model::PointsReversed{{9}, {own.value + 1}, 10, "refund"});
    REQUIRE(store.ingest(checked(terminal, first + 1, terminal.head()), start_of(terminal)));
    project_all(store);
    CHECK(verdicts(store) == std::map<std::string, std::uint64_t>{{"points_overdrawn", 1}});
    CHECK(points(store)[9] == -60);
    const auto earlier = terminal.head();
    terminal.sell({9}, "c", 8'000, 80);  // earning is always accepted, and pays the debt
    REQUIRE(store.ingest(checked(terminal, earlier + 1, terminal.head()), start_of(terminal)));
    project_all(store);
    CHECK(points(store)[9] == 20);
    CHECK(store.status()->members_overdrawn == 0);
  });
}
