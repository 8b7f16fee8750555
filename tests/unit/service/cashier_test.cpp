// SPDX-License-Identifier: Apache-2.0
// A cashier's screen at a real service: over the link, by targets and codes alone, as a person has them.
#include "kiosk/service/till_keys.h"
#include "tests/unit/service/cashier_screen.h"

#include <catch2/catch_test_macros.hpp>

namespace millpond::tests {
namespace {

using flow::DeskView;
using flow::Target;

std::int64_t sales_in(const Counter& counter) {
  std::int64_t sales = 0;
  REQUIRE(counter.service->shop()->journal().with([&](store::Journal& journal) {
    const auto entries = journal.entries(1'000, false);
    REQUIRE(entries);
    for (const auto& entry : *entries) sales += std::holds_alternative<model::SaleRecorded>(entry.fact.body) ? 1 : 0;
  }));
  return sales;
}

TEST_CASE("A cashier scans a member, types what was paid and the receipt's number, and the points are there") {
  Counter counter{Before::nobody};
  Screen cashier{counter, "cashier"};
  cashier.named_by(counter);
  const auto sold = cashier.sell("4200", "20418");
  REQUIRE(sold.outcome);
  CHECK_FALSE(sold.outcome->points.empty());
  CHECK(sales_in(counter) == 1);

  // One receipt counts once, and with another sum it is a matter for somebody, not another sale.
  cashier.tap(Target::done);
  cashier.named_by(counter);
  cashier.tap(Target::coupons_off);  // the first sale brought one
  CHECK(cashier.sell("4200", "20418").outcome);
  CHECK(sales_in(counter) == 1);
  cashier.tap(Target::done);
  cashier.named_by(counter);
  cashier.tap(Target::coupons_off);  // the first sale brought one
  const auto changed = cashier.sell("9900", "20418");
  REQUIRE(changed.pad);
  CHECK(changed.pad->problem);
  CHECK(sales_in(counter) == 1);
}

TEST_CASE("Whom the cashier named, the till's next sale is for, once, and the desk shows what came of it") {
  Counter counter{Before::nobody};
  Screen cashier{counter, "cashier"};
  cashier.named_by(counter);
  counter.sell("T-1", "");
  const auto sold = cashier.desk([](const DeskView& view) { return view.outcome.has_value(); });
  CHECK_FALSE(sold.outcome->points.empty());
  CHECK_FALSE(counter.service->screens().shown().empty());
  counter.sell("T-2", "");
  CHECK(counter.heard.rfind("points_earned") == counter.heard.find("points_earned"));
}

TEST_CASE("A basket that the till asks about is shown on both sides while it is rung up, and goes when it is paid") {
  Counter counter{Before::nobody};
  Screen cashier{counter, "cashier"};
  Screen customer{counter, "customer"};
  Screen kiosk{counter, "kiosk"};
  customer.wait_for<flow::AttractView>();
  cashier.desk([](const DeskView& view) { return view.prompt.has_value(); });
  counter.post("/v1/quotes", {{"store", 11},
                              {"till", "till-1"},
                              {"basket", "B-1"},
                              {"currency", "CNY"},
                              {"lines", {{{"id", "1"}, {"sku", "oolong"}, {"quantity", "2"}, {"net_minor", 4'200}}}}});
  const auto ringing = cashier.desk([](const DeskView& view) { return view.bill.has_value(); });
  REQUIRE(ringing.bill->lines.size() == 1);
  CHECK(ringing.bill->lines.front().what == "oolong");
  const auto shown = customer.wait_for<flow::BillView>();
  CHECK(shown.lines.front().what == "oolong");
  CHECK(shown.total.value == "¥42.00");
  CHECK(counter.service->screens().shown().at("kiosk-1").screen == "attract");  // stands elsewhere in the shop
  counter.sell("T-1", "");
  cashier.desk([](const DeskView& view) { return !view.bill; });
  customer.wait_for<flow::AttractView>();
}

TEST_CASE("The customer sees the sum of a sale by hand, with the coupon that it takes, until it is recorded") {
  Counter counter{Before::nobody};
  Screen cashier{counter, "cashier"};
  Screen customer{counter, "customer"};
  customer.wait_for<flow::AttractView>();
  cashier.named_by(counter);
  REQUIRE(cashier.sell("4200", "1").outcome);  // brings a coupon, which the next one is weighed with
  cashier.tap(Target::done);
  cashier.named_by(counter);
  cashier.type("6850");
  cashier.tap(Target::submit);
  const auto shown = customer.wait_for<flow::BillView>();
  CHECK(shown.lines.empty());
  CHECK(shown.sums.front().value == "¥68.50");
  CHECK(shown.total.value == "¥63.50");
  REQUIRE(shown.coupons.size() == 1);
  CHECK(shown.coupons.front().taken);
  cashier.desk([](const DeskView& view) { return view.bill && view.bill->sums.size() == 2; });
  cashier.type("77");
  cashier.desk([](const DeskView& view) { return view.pad && view.pad->typed == "77" && view.pad->submit.enabled; });
  cashier.tap(Target::submit);
  cashier.desk([](const DeskView& view) { return view.outcome.has_value(); });
  customer.wait_for<flow::AttractView>();
}

TEST_CASE("A typed phone earns and shows nothing, until somebody's PIN looks the member up") {
  Counter counter{Before::told_by_the_hub};
  Screen cashier{counter, "cashier"};
  cashier.desk([](const DeskView& view) { return view.prompt.has_value(); });
  cashier.tap(Target::type_number);
  cashier.type(phone);
  cashier.tap(Target::submit);
  const auto weak = cashier.desk([](const DeskView& view) { return view.member.has_value(); });
  CHECK(weak.member->figures.empty());
  CHECK(weak.coupons.empty());

  const auto with_pin = [&](const std::string& pin) {
    cashier.tap(Target::look_up);
    cashier.type("3");
    cashier.tap(Target::submit);
    cashier.type(pin);
    cashier.tap(Target::submit);
  };
  with_pin("000000");
  cashier.desk([](const DeskView& view) { return view.pad && view.pad->problem; });
  cashier.tap(Target::clear);
  with_pin(cashier_pin);
  const auto known = cashier.desk([](const DeskView& view) { return view.member && !view.member->figures.empty(); });
  CHECK(known.member->figures.front().value == "2,490");
}

TEST_CASE("One touch of the cashier, and the customer joins on a screen of their own") {
  Counter counter{Before::nobody};
  Screen cashier{counter, "cashier"};
  cashier.desk([](const DeskView& view) { return view.prompt.has_value(); });
  cashier.tap(Target::join);
  cashier.tap(Target::invite);
  cashier.desk([](const DeskView& view) { return view.prompt && view.prompt->problem; });  // nobody's screen is there

  Screen customer{counter, "customer"};
  customer.wait_for<flow::AttractView>([](const flow::AttractView& view) { return view.tiles.at(1).button.enabled; });
  cashier.tap(Target::invite);
  customer.wait_for<flow::PhoneView>();
  customer.type(phone);
  customer.tap(Target::submit);
  customer.wait_for<flow::ConsentView>();
  customer.tap(Target::age_enough);
  customer.tap(Target::consent_membership);
  customer.tap(Target::submit);
  cashier.desk([](const DeskView& view) { return view.prompt && view.prompt->icon == flow::Icon::check; });

  // Both screens have heard of them; their sale is theirs once.
  counter.sell("T-1", "");
  counter.sell("T-2", "");
  CHECK(counter.heard.rfind("points_earned") == counter.heard.find("points_earned"));
}

TEST_CASE("A receipt typed by hand before the first till was added is the same sale when that till tells it") {
  Counter counter{Before::nobody};  // its till was added after the shop had opened
  Screen cashier{counter, "cashier"};
  cashier.named_by(counter);
  REQUIRE(cashier.sell("4200", "20418").outcome);
  counter.sell("20418", "");
  CHECK(sales_in(counter) == 1);
}

std::int64_t disputes_in(const Counter& counter) {
  std::int64_t disputes = 0;
  REQUIRE(counter.service->shop()->journal().with([&](store::Journal& journal) {
    const auto entries = journal.entries(1'000, false);
    REQUIRE(entries);
    for (const auto& each : *entries) disputes += std::holds_alternative<model::SaleDisputed>(each.fact.body) ? 1 : 0;
  }));
  return disputes;
}

TEST_CASE("A receipt that the till told before counts once, and the cashier hears that it was reported") {
  Counter counter{Before::nobody};
  counter.sell("20418", "");
  Screen cashier{counter, "cashier"};
  cashier.named_by(counter);
  const auto sold = cashier.sell("4200", "20418");
  REQUIRE(sold.outcome);
  CHECK(sold.outcome->points.empty());
  CHECK(std::ranges::count(sold.outcome->lines, std::string{"This sale had been reported already."}) == 1);
  CHECK(sales_in(counter) == 1);
  CHECK(disputes_in(counter) == 0);
  cashier.tap(Target::done);
  cashier.named_by(counter);
  const auto mistyped = cashier.sell("420000", "20418");
  REQUIRE(mistyped.pad);
  CHECK(mistyped.pad->problem);
  CHECK(disputes_in(counter) == 1);
}

TEST_CASE("An amount that was mistyped is found by whoever tells of the receipt later") {
  Counter counter{Before::nobody};
  Screen cashier{counter, "cashier"};
  cashier.named_by(counter);
  REQUIRE(cashier.sell("590000", "20418").outcome);
  const auto found = counter.till->get("/v1/sales/11/till-1/2026-11-21/20418");
  CHECK(found.body.at("total_minor") == 590'000);
  CHECK(found.body.at("heard") == "counter");
  CHECK(found.body.at("member").get<std::string>().starts_with("M-"));
  const auto imported = [&](std::int64_t total_minor) {
    const json sale{{"store", 11},
                    {"till", "till-1"},
                    {"business_date", "2026-11-21"},
                    {"transaction", "20418"},
                    {"state", "paid"},
                    {"completed_at", "2026-11-21T12:00:00+08:00"},
                    {"currency", "CNY"},
                    {"total_minor", total_minor},
                    {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", total_minor}}}},
                    {"tenders", {{{"type", "cash"}, {"amount_minor", total_minor}}}}};
    const auto answer = counter.ask("import", {{"dry", false}, {"sales", json::array({sale})}});
    return answer.at("results").at(0).at("once").get<std::string>();
  };
  CHECK(imported(5'900) == "changed");
  CHECK(imported(590'000) == "known");
  CHECK(sales_in(counter) == 1);
}

TEST_CASE("Sales by hand stand under the till that is set, captured, or alone") {
  struct Row {
    const char* set;
    const char* captured;
    std::vector<std::string> keys;
    const char* till;
  };
  const Row rows[]{
      {"", "", {}, "counter"},
      {"", "", {"till-1"}, "till-1"},
      {"", "", {"till-1", "till-1"}, "till-1"},
      {"", "", {"till-1", "till-2"}, "counter"},
      {"", "front", {}, "front"},
      {"", "front", {"till-1"}, "front"},
      {"back", "front", {"till-1"}, "back"},
      {"back", "", {"till-1", "till-2"}, "back"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.set, row.captured, row.keys);
    const TempDir folder;
    for (const auto& name : row.keys) REQUIRE(service::make_till_key(folder.path(), name));
    service::Settings settings;
    settings.till_by_hand = row.set;
    if (*row.captured != '\0') {
      settings.capture_listen = "127.0.0.1:9100";
      settings.capture_till = row.captured;
    }
    CHECK(service::till_by_hand(folder.path(), settings) == row.till);
  }
}

TEST_CASE("A bill goes from the desk when its sale is another screen's, and when the till lets the basket go") {
  Counter counter{Before::nobody};
  Screen cashier{counter, "cashier"};
  cashier.desk([](const DeskView& view) { return view.prompt.has_value(); });
  REQUIRE(counter.screen->send(link::Code{counter.service->shop()->terminal().member_code(base::MemberId{88})}));
  counter.wait_for("card");
  const json basket{{"store", 11},
                    {"till", "till-1"},
                    {"basket", "B-1"},
                    {"currency", "CNY"},
                    {"lines", {{{"id", "1"}, {"sku", "oolong"}, {"quantity", "2"}, {"net_minor", 4'200}}}}};
  counter.post("/v1/quotes", basket);
  cashier.desk([](const DeskView& view) { return view.bill.has_value(); });
  counter.sell("T-1", "");
  cashier.desk([](const DeskView& view) { return !view.bill; });
  counter.wait_for("issued");

  counter.post("/v1/quotes", basket);
  cashier.desk([](const DeskView& view) { return view.bill.has_value(); });
  counter.post("/v1/holds/till-1/B-1/release", json::object());
  cashier.desk([](const DeskView& view) { return !view.bill; });
}

TEST_CASE("A sale for practice, or one that is told hours later, is nobody's who stands here") {
  Counter counter{Before::nobody};
  Screen cashier{counter, "cashier"};
  cashier.named_by(counter);
  const auto code = counter.service->shop()->terminal().member_code(base::MemberId{88});
  counter.sell("T-1", code, {{"training", true}});
  ports::TillSale late;
  late.key = {base::StoreId{11}, "till-1", base::to_local_date({2026, 11, 20}), "T-2"};
  late.currency = *base::parse_currency("CNY");
  late.total_minor = late.eligible_minor = 4'200;
  late.member_code = code;
  late.completed_at_ms = noon_ms - 86'400'000;
  late.late = true;
  CHECK(counter.service->counter()->sale(late, {}).status == 200);
  // Neither has taken the session: the next sale of the till is still theirs.
  counter.sell("T-3", "");
  CHECK(counter.count("\"points_earned\":42") == 1);
  cashier.desk([](const DeskView& view) { return view.outcome.has_value(); });
}

TEST_CASE("Coupons whose time was over when the receipt was typed are used all the same, or the cashier is told") {
  for (const bool taken_by_another : {false, true}) {
    CAPTURE(taken_by_another);
    Counter counter{Before::nobody};
    Screen cashier{counter, "cashier"};
    cashier.named_by(counter);
    REQUIRE(cashier.sell("4200", "1").outcome);  // brings a coupon
    cashier.tap(Target::done);
    cashier.named_by(counter);
    cashier.type("4200");
    cashier.tap(Target::submit);
    const auto weighed = cashier.desk([](const DeskView& view) { return view.bill && view.bill->sums.size() == 2; });
    counter.clock.set_wall_ms(noon_ms + 305'000);
    // Whatever else is kept lets go what is over.
    const json other{{"store", 11},
                     {"till", "till-1"},
                     {"basket", "B-9"},
                     {"currency", "CNY"},
                     {"member_code", counter.service->shop()->terminal().member_code(base::MemberId{88})},
                     {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", 4'200}}}}};
    json kept = json::object();
    for (int i = 0; i < 200 && !kept.value("kept", false); ++i) {
      kept = counter.till->post("/v1/holds", other.dump()).body;
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    REQUIRE(kept.value("kept", false));
    if (!taken_by_another) { CHECK(counter.till->post("/v1/holds/till-1/B-9/release", "{}").status == 200); }
    cashier.type("2");
    cashier.desk([](const DeskView& view) { return view.pad && view.pad->typed == "2" && view.pad->submit.enabled; });
    cashier.tap(Target::submit);
    const auto sold = cashier.desk([](const DeskView& view) { return view.outcome.has_value(); });
    const auto says = [&](const char* words) {
      return std::ranges::any_of(sold.outcome->lines,
                                 [&](const std::string& line) { return line.find(words) != std::string::npos; });
    };
    CHECK(says("off with your coupon") == !taken_by_another);
    CHECK(says("have been let go") == taken_by_another);
  }
}

TEST_CASE("A dear coupon that a card brought is taken at the desk once somebody's PIN says whose card it is") {
  Counter counter{Before::nobody};
  Screen cashier{counter, "cashier"};
  cashier.named_by(counter);
  REQUIRE(cashier.sell("4200", "1").outcome);  // brings a coupon of 5.00
  counter.lets_cards_bring(400);
  cashier.tap(Target::done);
  cashier.named_by(counter);
  cashier.type("4200");
  cashier.tap(Target::submit);
  cashier.desk([](const DeskView& view) { return view.approve.has_value(); });
  const auto with_pin = [&](const std::string& pin) {
    cashier.tap(Target::approve);
    cashier.type("3");
    cashier.tap(Target::submit);
    cashier.type(pin);
    cashier.tap(Target::submit);
  };
  with_pin("000000");
  const auto wrong = cashier.desk([](const DeskView& view) { return view.pad && view.pad->problem; });
  CHECK(std::ranges::none_of(wrong.coupons, &flow::DeskCoupon::taken));
  cashier.tap(Target::clear);
  with_pin(cashier_pin);
  const auto taken = cashier.desk([](const DeskView& view) { return view.bill && view.bill->sums.size() == 2; });
  CHECK(taken.bill->total.value == "¥37.00");
  CHECK_FALSE(taken.approve);
  cashier.type("2");
  cashier.desk([](const DeskView& view) { return view.pad && view.pad->typed == "2" && view.pad->submit.enabled; });
  cashier.tap(Target::submit);
  CHECK(cashier.desk([](const DeskView& view) { return view.outcome.has_value(); }).outcome->lines.size() > 1);
  const auto entries = counter.ask("journal", {{"queued_only", true}}).at("entries");
  CHECK(std::ranges::count_if(entries, [](const json& entry) { return entry.at("kind") == "act_approved"; }) == 1);
}

TEST_CASE("A card that is shown follows what the hub has told meanwhile") {
  Counter counter{Before::told_by_the_hub};
  Screen cashier{counter, "cashier"};
  cashier.named_by(counter);
  REQUIRE(counter.screen->send(link::Code{counter.service->shop()->terminal().member_code(base::MemberId{88})}));
  const auto points = [](const flow::ViewModel& view) { return std::get<flow::CardView>(view.screen).points; };
  counter.wait_for("card", [&](const flow::ViewModel& view) { return points(view) == "2,490"; });
  counter.hub_says({member_row(base::MemberId{88}, 3'000, 300'000)});
  // Whatever goes into the queue is news of the line, as a page is.
  REQUIRE(counter.service->shop()->terminal().enrol(Shop::enrolment("13700137000")));
  counter.wait_for("card", [&](const flow::ViewModel& view) { return points(view) == "3,000"; });
  cashier.desk([](const DeskView& view) { return view.member && view.member->figures.front().value == "3,000"; });
}

TEST_CASE("The shift counts what came in: less what coupons paid, and what went back beside it") {
  Counter counter{Before::nobody};
  counter.sell(
      "T-1", "",
      {{"tenders", {{{"type", "cash"}, {"amount_minor", 3'700}}, {{"type", "coupon"}, {"amount_minor", 500}}}}});
  counter.sell("T-2", "");
  counter.sell("T-3", "", {{"training", true}});
  counter.post("/v1/refunds", {{"store", 11},
                               {"till", "till-1"},
                               {"business_date", "2026-11-21"},
                               {"transaction", "R-1"},
                               {"completed_at", "2026-11-21T12:30:00+08:00"},
                               {"of", {{"till", "till-1"}, {"business_date", "2026-11-21"}, {"transaction", "T-2"}}},
                               {"currency", "CNY"},
                               {"total_minor", 4'200},
                               {"lines", {{{"id", "1"}, {"net_minor", 4'200}}}}});
  INFO(counter.heard);
  service::CashierDesk desk{*counter.service->shop(), [] { return std::string{"till-1"}; }, "en"};
  for (int times = 0; times < 2; ++times) REQUIRE(desk.name_by_phone(phone));  // new, then known
  const auto told = desk.shift();
  REQUIRE(told);
  REQUIRE(told->rows.size() == 1);
  CHECK(told->rows.front().overrides == 0);  // typing a number is nobody's approval
  CHECK(told->rows.front().sales == model::ShiftTally{2, 7'900});
  CHECK(told->rows.front().refunds == model::ShiftTally{1, 4'200});
  CHECK(told->since_ms == 0);
  // What does not fit is said.
  const auto some = desk.shift(2);
  REQUIRE(some);
  CHECK(some->since_ms == noon_ms);
}

TEST_CASE("What a till says of a line is kept with the sale") {
  Counter counter{Before::nobody};
  counter.sell("T-1", "",
               {{"operator", "17"},
                {"lines",
                 {{{"id", "1"}, {"quantity", "1"}, {"net_minor", 3'000}, {"modifiers", {"less ice", "30 % sugar"}}},
                  {{"id", "2"}, {"quantity", "1"}, {"net_minor", 1'200}, {"eligible", false}}}}});
  INFO(counter.heard);
  std::vector<model::SaleRecorded> sales;
  REQUIRE(counter.service->shop()->journal().with([&](store::Journal& journal) {
    for (const auto& entry : *journal.entries(100, false)) {
      if (const auto* const sale = std::get_if<model::SaleRecorded>(&entry.fact.body)) sales.push_back(*sale);
    }
  }));
  REQUIRE(sales.size() == 1);
  CHECK(sales[0].operator_id == "17");
  CHECK(sales[0].eligible_minor == 3'000);
  CHECK(sales[0].lines[0].modifiers == std::vector<std::string>{"less ice", "30 % sugar"});
  CHECK_FALSE(sales[0].lines[0].excluded);
  CHECK(sales[0].lines[1].excluded);
}

TEST_CASE("The shift is told by who stood at the till, where the till says so by their number") {
  Counter counter{Before::nobody};
  counter.sell("T-1", "", {{"operator", "17"}});
  counter.sell("T-2", "", {{"operator", "amy"}});
  counter.sell("T-3", "", {{"operator", "17"}});
  counter.sell("T-4", "");
  counter.post("/v1/refunds", {{"store", 11},
                               {"till", "till-1"},
                               {"business_date", "2026-11-21"},
                               {"transaction", "R-1"},
                               {"completed_at", "2026-11-21T12:30:00+08:00"},
                               {"of", {{"transaction", "T-2"}, {"business_date", "2026-11-21"}}},
                               {"currency", "CNY"},
                               {"operator", "4"},
                               {"whole", true}});
  INFO(counter.heard);
  const service::CashierDesk desk{*counter.service->shop(), [] { return std::string{"till-1"}; }, "en"};
  const auto told = desk.shift();
  REQUIRE(told);
  REQUIRE(told->rows.size() == 3);
  CHECK(told->rows[0].cashier == base::StaffId{});
  CHECK(told->rows[0].sales == model::ShiftTally{2, 8'400});
  CHECK(told->rows[1].cashier == base::StaffId{4});
  CHECK(told->rows[1].refunds == model::ShiftTally{1, 4'200});
  CHECK(told->rows[2].cashier == base::StaffId{17});
  CHECK(told->rows[2].sales == model::ShiftTally{2, 8'400});
}

TEST_CASE("The service screen tells how many wait and how the journal is; the shift counts what was sold") {
  Counter counter{Before::nobody};
  counter.sell("T-1", "");
  Screen cashier{counter, "cashier"};
  cashier.desk([](const DeskView& view) { return view.prompt.has_value(); });
  cashier.tap(Target::service);
  const auto service =
      cashier.wait_for<flow::ReportView>([](const flow::ReportView& view) { return !view.sections.empty(); });
  REQUIRE(service.sections.size() == 2);
  CHECK(service.sections.front().rows.at(2).value == "Holds");
  CHECK(service.sections.back().rows.size() == 3);
  cashier.tap(Target::shift);
  const auto shift = cashier.wait_for<flow::ReportView>([](const flow::ReportView& view) {
    return !view.sections.empty() && view.sections.size() == 1 && !view.sections.front().rows.empty();
  });
  CHECK(shift.sections.front().rows.front().value == "¥42.00");
}

TEST_CASE("A cashier's screen that is killed in the middle of a sale comes back in the middle of it") {
  Counter counter{Before::nobody};
  {
    Screen cashier{counter, "cashier"};
    cashier.named_by(counter);
    cashier.type("4200");
    cashier.tap(Target::submit);
    cashier.desk([](const DeskView& view) { return view.bill.has_value(); });
    cashier.type("204");
    cashier.desk([](const DeskView& view) { return view.pad && view.pad->typed == "204"; });
  }
  Screen again{counter, "cashier"};
  const auto view = again.desk([](const DeskView& shown) { return shown.pad.has_value(); });
  CHECK(view.pad->typed == "204");
  REQUIRE(view.bill);
  CHECK(view.bill->total.value == "¥42.00");
  REQUIRE(view.member);
  CHECK(view.member->name == "138****8000");
}

}  // namespace
}  // namespace millpond::tests
