// SPDX-License-Identifier: Apache-2.0
// Goods that come back, at a cashier's screen: which sale, how much, a manager's word, and every way out of it.
#include "kiosk/flow/cashier.h"
#include "tests/unit/flow/people.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace millpond;
using namespace millpond::flow;
using namespace millpond::tests;

namespace {

struct Counter {
  CashierModel model;
  std::int64_t now_ms = 1'000;

  Counter() { static_cast<Surroundings&>(model) = kiosk(); }

  std::vector<Cmd> hear(const Msg& msg) { return update(model, msg, now_ms += 100); }
  std::vector<Cmd> tap(Target target) { return hear(Tapped{target}); }
  void type(const std::string& digits) {
    for (const char digit : digits) tap(static_cast<Target>(static_cast<int>(Target::digit_0) + (digit - '0')));
  }
  std::vector<Cmd> enter(const std::string& digits) {
    type(digits);
    return tap(Target::submit);
  }
  [[nodiscard]] DeskView view() const { return std::get<DeskView>(present(model, now_ms, noon_ms).screen); }
  [[nodiscard]] bool offers(Target target) const {
    const auto offered = offered_targets(present(model, now_ms, noon_ms));
    return std::ranges::find(offered, target) != offered.end();
  }
  // As far as the sale: 68.50, of which 17.00 came back before.
  void find(bool known = true) {
    tap(Target::refund);
    enter("20418");
    const auto asked = tap(Target::submit);
    REQUIRE(asked.size() == 1);
    hear(SaleFound{{"till-1", "20418", day(11, 21), known, known ? 6850 : 0, known ? 1700 : 0, "R-20418-2"},
                   model.ticket});
  }
  RefundSale agree() {
    enter("4");
    const auto cmds = enter("642091");
    REQUIRE(cmds.size() == 1);
    return std::get<RefundSale>(cmds.front());
  }
};

std::optional<std::int32_t> days(const std::string& typed, base::LocalDate today) {
  const auto day = typed_day(typed, today);
  return day ? std::optional{day->days} : std::nullopt;
}

}  // namespace

TEST_CASE("A part of a sale: its number, its day, what came back, and a manager's number and PIN") {
  Counter desk;
  desk.tap(Target::refund);
  CHECK(desk.view().title == "退货");
  CHECK_FALSE(desk.offers(Target::submit));
  desk.enter("20418");
  const auto asked = desk.enter("1120");
  REQUIRE(asked.size() == 1);
  CHECK(std::get<FindSale>(asked.front()).receipt == "20418");
  CHECK(std::get<FindSale>(asked.front()).day == "1120");
  CHECK_FALSE(desk.offers(Target::submit));
  desk.hear(SaleFound{{"till-1", "20418", day(11, 20), true, 6850, 1700, "R-20418-2"}, desk.model.ticket});
  const auto found = desk.view();
  REQUIRE(found.bill);
  CHECK(found.bill->title == "till-1 · 20418 · 11月20日");
  CHECK(found.bill->sums.size() == 2);
  CHECK(found.bill->total.value == "¥51.50");
  CHECK_FALSE(found.member);
  desk.type("5151");
  CHECK_FALSE(desk.view().pad->submit.enabled);  // more than is left
  CHECK(desk.view().pad->submit.why_not.find("¥51.50") != std::string::npos);
  desk.tap(Target::clear);
  desk.enter("1500");
  CHECK(desk.view().bill->total.value == "¥15.00");
  const auto refund = desk.agree();
  CHECK(refund.sale.number == "R-20418-2");
  CHECK(refund.total_minor == 1500);
  CHECK_FALSE(refund.whole);
  CHECK(refund.staff == base::StaffId{4});
  CHECK(refund.pin == "642091");
  CHECK(desk.model.typed.empty());  // nothing of the PIN stays
  desk.hear(Refunded{1500, 1217, true, 12, 33, 1, 1, desk.model.ticket});
  const auto outcome = desk.view().outcome;
  REQUIRE(outcome);
  CHECK(outcome->points == "¥15.00");
  CHECK(outcome->lines == std::vector<std::string>{"其中顾客实付 ¥12.17", "收回积分 12", "退还积分 33",
                                                   "作废的赠券：1 张", "退还的优惠券（在凭证上）：1 张"});
  desk.tap(Target::done);
  CHECK(desk.model.desk == Desk::sell);
  CHECK_FALSE(desk.model.returning.sale);
}

TEST_CASE("All that is left, by one key, and nothing where nothing is left") {
  Counter desk;
  desk.find();
  const auto whole = desk.view().prompt->ways.at(0);
  CHECK(whole.key == "F5");
  CHECK(whole.label.find("¥51.50") != std::string::npos);
  desk.tap(Target::whole);
  CHECK(desk.view().bill->total.value == "¥51.50");
  const auto refund = desk.agree();
  CHECK(refund.whole);
  CHECK(refund.total_minor == 0);

  Counter again;
  again.find();
  again.model.returning.sale->returned_minor = 6850;
  CHECK_FALSE(again.offers(Target::whole));
  again.type("1");
  CHECK_FALSE(again.offers(Target::submit));
}

TEST_CASE("A sale that is not here waits until somebody says that another terminal recorded it") {
  Counter desk;
  desk.find(false);
  CHECK(desk.view().prompt->title == "本机没有这笔销售");
  CHECK_FALSE(desk.offers(Target::whole));
  desk.type("1500");
  CHECK_FALSE(desk.offers(Target::submit));
  REQUIRE(desk.offers(Target::elsewhere));
  desk.tap(Target::elsewhere);
  CHECK(desk.view().prompt->title == "另一台终端记的");
  CHECK(desk.offers(Target::whole));
  desk.tap(Target::submit);
  const auto refund = desk.agree();
  CHECK_FALSE(refund.sale.known);
  CHECK(refund.total_minor == 1500);
  desk.hear(Refunded{1500, {}, false, 0, 0, 0, 0, desk.model.ticket});
  CHECK(desk.view().outcome->lines.back() == "积分和优惠券由总部结算");
}

TEST_CASE("A PIN that does not count, or an answer that stays out, is asked for again with the same refund") {
  Counter desk;
  desk.find();
  desk.enter("1500");
  const auto first = desk.agree();
  desk.hear(RecordFailed{base::Code::role_missing, desk.model.ticket});
  CHECK(desk.model.typing == Typing::staff);
  CHECK(desk.view().pad->problem);
  const auto second = desk.agree();
  CHECK(second.sale.number == first.sale.number);
  CHECK(second.total_minor == first.total_minor);
  desk.now_ms += answer_ms;
  desk.hear(Ticked{});
  CHECK(desk.view().pad->problem);
  CHECK(desk.agree().sale.number == first.sale.number);
}

TEST_CASE("Back goes one page at a time, and another sale begins with nothing of the one before") {
  Counter desk;
  desk.find();
  desk.tap(Target::whole);
  desk.enter("4");
  const auto back = [&] {
    for (const auto before = desk.model.typing; desk.model.desk == Desk::refund && desk.model.typing == before;) {
      desk.tap(Target::clear);
    }
  };
  back();
  CHECK(desk.model.typing == Typing::staff);
  back();
  CHECK(desk.model.typing == Typing::refund_amount);
  back();
  CHECK(desk.model.typing == Typing::refund_day);
  CHECK_FALSE(desk.model.returning.sale);
  desk.tap(Target::clear);
  CHECK(desk.model.typed == "20418");  // to be mended
  back();
  CHECK(desk.model.desk == Desk::sell);
  CHECK(desk.offers(Target::digit_5));
}

TEST_CASE("Whoever is served is served first, and a code that is scanned ends the refund") {
  Counter desk;
  desk.hear(CodeRead{"K1:1"});
  desk.hear(MemberFound{card_of(lin), desk.model.ticket});
  CHECK_FALSE(desk.offers(Target::refund));
  const auto& items = desk.view().rail.items;
  const auto item = std::ranges::find(items, Target::refund, &Button::target);
  CHECK(item->why_not == "请先完成这位顾客。");
  desk.tap(Target::clear);
  desk.find();
  const auto cmds = desk.hear(CodeRead{"K1:2"});
  REQUIRE(cmds.size() == 1);
  CHECK(std::holds_alternative<Identify>(cmds.front()));
  CHECK(desk.model.desk == Desk::sell);
  CHECK(desk.model.typing == Typing::amount);
  CHECK_FALSE(desk.model.returning.sale);
}

TEST_CASE("The bar code on the receipt is its number, letters and all; silence ends the refund") {
  Counter desk;
  desk.tap(Target::refund);
  CHECK(desk.hear(CodeRead{"A-0043"}).empty());
  CHECK(desk.model.typed == "A-0043");
  CHECK(std::get<FindSale>((desk.tap(Target::submit), desk.tap(Target::submit)).front()).receipt == "A-0043");
  desk.now_ms += cashier_idle_ms;
  desk.hear(Ticked{});
  CHECK(desk.model.desk == Desk::sell);
  CHECK(desk.model.returning.receipt.empty());
}

TEST_CASE("A day is typed as month and day of the past year") {
  const auto today = base::to_local_date({2027, 2, 10});
  const auto at = [](int year, int month, int of_month) {
    return std::optional{base::to_local_date({year, month, of_month}).days};
  };
  CHECK(days("", today) == today.days);
  CHECK(days("0210", today) == at(2027, 2, 10));
  CHECK(days("0209", today) == at(2027, 2, 9));
  CHECK(days("0211", today) == at(2026, 2, 11));
  CHECK(days("1120", today) == at(2026, 11, 20));
  for (const auto* const none : {"0229", "0000", "1301", "0431", "0132", "112", "11200"}) {
    CAPTURE(none);
    CHECK_FALSE(days(none, today));
  }
  CHECK(days("0229", base::to_local_date({2028, 3, 1})) == at(2028, 2, 29));
}
