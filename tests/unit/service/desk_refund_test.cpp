// SPDX-License-Identifier: Apache-2.0
// Goods that come back at a cashier's screen of a real service: whose word it takes, what is recorded, and that it is
// recorded once.
#include "kiosk/service/desk_refund.h"
#include "kiosk/service/till_keys.h"
#include "tests/unit/service/cashier_screen.h"

#include <catch2/catch_test_macros.hpp>

namespace millpond::tests {
namespace {

using flow::DeskView;
using flow::Target;

struct Recorded {
  std::vector<model::SaleRefunded> refunds;
  std::vector<model::ActApproved> approvals;
};

Recorded recorded_in(const Counter& counter) {
  Recorded recorded;
  REQUIRE(counter.service->shop()->journal().with([&](store::Journal& journal) {
    const auto entries = journal.entries(1'000, false);
    REQUIRE(entries);
    for (const auto& entry : *entries) {
      if (const auto* const refund = std::get_if<model::SaleRefunded>(&entry.fact.body))
        recorded.refunds.push_back(*refund);
      const auto* const act = std::get_if<model::ActApproved>(&entry.fact.body);
      if (act != nullptr && act->act == model::Act::sale_corrected) recorded.approvals.push_back(*act);
    }
  }));
  return recorded;
}

// The receipt's bar code, and today.
DeskView look_for(Screen& cashier, const std::string& receipt) {
  cashier.tap(Target::refund);
  cashier.desk([](const DeskView& view) { return view.rail.current == Target::refund; });
  cashier.show_code(receipt);
  cashier.desk([&](const DeskView& view) { return view.pad && view.pad->typed == receipt; });
  cashier.tap(Target::submit);
  cashier.tap(Target::submit);
  return cashier.desk([](const DeskView& view) {
    return view.prompt && std::ranges::any_of(view.prompt->ways, [](const flow::Button& way) {
             return way.target == Target::whole || way.target == Target::elsewhere;
           });
  });
}

DeskView agree(Screen& cashier, const std::string& staff, const std::string& pin) {
  cashier.type(staff);
  cashier.tap(Target::submit);
  cashier.type(pin);
  cashier.desk([](const DeskView& view) { return view.pad && view.pad->submit.enabled && view.pad->typed.size() > 6; });
  cashier.tap(Target::submit);
  return cashier.desk([](const DeskView& view) { return view.outcome || (view.pad && view.pad->problem); });
}

TEST_CASE("A refund at the desk takes a manager's PIN, and goes into the journal once, with their number") {
  Counter counter{Before::nobody};
  counter.sell("T-1", counter.service->shop()->terminal().member_code(base::MemberId{88}));
  Screen cashier{counter, "cashier"};
  const auto found = look_for(cashier, "T-1");
  REQUIRE(found.bill);
  CHECK(found.bill->title.starts_with("till-1 · T-1"));
  CHECK(found.bill->total.value == "¥42.00");
  cashier.type("1000");
  cashier.tap(Target::submit);
  // A cashier's word is not enough.
  CHECK(agree(cashier, "3", cashier_pin).pad);
  CHECK(recorded_in(counter).refunds.empty());
  const auto done = agree(cashier, "4", manager_pin);
  REQUIRE(done.outcome);
  CHECK(done.outcome->points == "¥10.00");
  const auto first = recorded_in(counter);
  REQUIRE(first.refunds.size() == 1);
  CHECK(first.refunds.front().total_minor == 1'000);
  CHECK(first.refunds.front().sale_known);
  CHECK(first.refunds.front().of.transaction == "T-1");
  CHECK(first.refunds.front().key.transaction == "R-T-1-1");
  CHECK(first.refunds.front().operator_id == "4");
  REQUIRE(first.approvals.size() == 1);
  CHECK(first.approvals.front().by == base::StaffId{4});
  CHECK(first.approvals.front().member == base::MemberId{88});
  CHECK(first.approvals.front().subject > 0);
  cashier.tap(Target::done);

  // What is left of it, under the next number.
  CHECK(look_for(cashier, "T-1").bill->total.value == "¥32.00");
  cashier.tap(Target::whole);
  REQUIRE(agree(cashier, "4", manager_pin).outcome);
  const auto both = recorded_in(counter);
  REQUIRE(both.refunds.size() == 2);
  CHECK(both.refunds.back().whole);
  CHECK(both.refunds.back().total_minor == 3'200);
  CHECK(both.refunds.back().key.transaction == "R-T-1-2");
  cashier.tap(Target::done);
  CHECK(look_for(cashier, "T-1").bill->total.value == "¥0.00");
}

TEST_CASE("The same refund asked for twice, because an answer was lost, is one") {
  Counter counter{Before::nobody};
  counter.sell("T-1", {});
  auto& shop = *counter.service->shop();
  const auto tills = std::vector<std::string>{"counter", "till-1"};
  const auto sale = service::find_sale_at_desk(shop, tills, {"T-1", {}, 0});
  REQUIRE(sale);
  CHECK(sale->known);
  CHECK(sale->till == "till-1");
  CHECK(sale->number == "R-T-1-1");
  const flow::RefundSale refund{*sale, 1'000, false, base::StaffId{4}, manager_pin, 0};
  for (int i = 0; i < 2; ++i) {
    const auto refunded = service::refund_at_desk(shop, *counter.service->counter(), "counter", refund);
    REQUIRE(refunded);
    CHECK(refunded->total_minor == 1'000);
    CHECK(refunded->sale_known);
  }
  CHECK(recorded_in(counter).refunds.size() == 1);
  CHECK(recorded_in(counter).approvals.size() == 1);
  auto other = refund;
  other.total_minor = 900;
  CHECK(service::refund_at_desk(shop, *counter.service->counter(), "counter", other).error().code ==
        base::Code::sale_changed);
  CHECK(service::find_sale_at_desk(shop, tills, {"T-1", "0230", 0}).error().code == base::Code::bad_input);
}

TEST_CASE("A sale that another terminal recorded is a claim, when somebody says so") {
  Counter counter{Before::nobody};
  Screen cashier{counter, "cashier"};
  const auto unknown = look_for(cashier, "T-7");
  CHECK_FALSE(unknown.bill);
  CHECK(unknown.prompt->ways.front().target == Target::elsewhere);
  cashier.tap(Target::elsewhere);
  cashier.type("1500");
  cashier.tap(Target::submit);
  REQUIRE(agree(cashier, "4", manager_pin).outcome);
  const auto recorded = recorded_in(counter);
  REQUIRE(recorded.refunds.size() == 1);
  CHECK_FALSE(recorded.refunds.front().sale_known);
  CHECK(recorded.refunds.front().total_minor == 1'500);
  CHECK(recorded.approvals.size() == 1);
}

TEST_CASE("A receipt names no till: sales by hand first, then every till that has a key") {
  Counter counter{Before::nobody};
  service::Settings settings;
  CHECK(service::tills_here(counter.folder.path(), settings) == std::vector<std::string>{"till-1", "counter"});
  REQUIRE(counter.service->add_till("till-2"));
  CHECK(service::tills_here(counter.folder.path(), settings) ==
        std::vector<std::string>{"counter", "till-1", "till-2"});
  settings.till_by_hand = "till-2";
  CHECK(service::tills_here(counter.folder.path(), settings) ==
        std::vector<std::string>{"till-2", "counter", "till-1"});
}

}  // namespace
}  // namespace millpond::tests
