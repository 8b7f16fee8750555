// SPDX-License-Identifier: Apache-2.0
// What becomes of a notice at the hub, case by case.
#include "tests/contract/notices/notice_hub.h"

using namespace millpond;
using namespace millpond::tests;
using base::Code;

namespace {

constexpr base::MemberId anna{101};
constexpr base::MemberId ben{102};
constexpr const char* of_anna = "openid-of-anna";

std::string with(std::string text, std::string_view what, std::string_view instead) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), instead);
}

// Anna's payments are known, Ben has a card.
struct Shop : NoticeHub {
  Shop() {
    enrol(terminal, anna);
    enrol(terminal, ben);
    know(anna, of_anna);
  }
  void paid(const std::string& payment, std::int64_t minor, const std::string& openid = of_anna) {
    REQUIRE(take(providers().wechat_pay, providers().wechat_paid(payment, minor, openid)));
  }
  void told() {
    up(terminal);
    project();
  }
  PretendTerminal terminal = provision();
};

}  // namespace

TEST_CASE("A payment that no terminal tells is booked after its time, for whom the payer is known as") {
  Shop shop;
  shop.paid("p1", 5'990);
  shop.settle();
  CHECK(shop.standing(1) == "waiting");
  CHECK(shop.sales() == 0);
  shop.pass(NoticeHub::wait_ms);
  shop.settle();
  CHECK(shop.standing(1) == "booked");
  CHECK(shop.sales() == 1);
  CHECK(shop.points()[anna.value] == 59);
  shop.settle();
  CHECK(shop.sales() == 1);
  CHECK(shop.holds());
}

TEST_CASE("A payment that a terminal tells is the terminal's, before and after the hub booked it") {
  for (const bool notice_first : {false, true}) {
    CAPTURE(notice_first);
    Shop shop;
    const auto tell = [&] {
      sell_paid(shop.terminal, ben, "a", "p1", 5'990, 118);  // at double points
      shop.told();
    };
    if (!notice_first) tell();
    shop.paid("p1", 5'990);
    shop.pass(NoticeHub::wait_ms);
    shop.settle();
    if (notice_first) {
      CHECK(shop.points()[anna.value] == 59);
      tell();
    }
    CHECK(shop.sales() == 1);
    CHECK(shop.points()[anna.value] == 0);
    CHECK(shop.points()[ben.value] == 118);
    CHECK(shop.standing(1) == "confirmed");
    CHECK(shop.holds());
    REQUIRE(shop.core->rebuild());
    CHECK(shop.points()[ben.value] == 118);
    CHECK(shop.points()[anna.value] == 0);
    CHECK(shop.holds());
  }
}

TEST_CASE("Who paid is whose sale it is, when nobody was known at the till") {
  for (const bool notice_first : {false, true}) {
    CAPTURE(notice_first);
    Shop shop;
    const auto tell = [&] {
      sell_paid(shop.terminal, {}, "a", "p1", 5'990, 0);
      shop.told();
    };
    if (!notice_first) tell();
    shop.paid("p1", 5'990);
    shop.pass(NoticeHub::wait_ms);
    shop.settle();
    if (notice_first) tell();
    CHECK(shop.sales() == 1);
    CHECK(shop.points()[anna.value] == 59);
    CHECK(shop.standing(1) == "confirmed");
    CHECK(shop.holds());
    REQUIRE(shop.core->rebuild());
    CHECK(shop.points()[anna.value] == 59);
    CHECK(shop.sales() == 1);
    CHECK(shop.holds());
  }
}

TEST_CASE("A till that does not know its merchant number is found by its store") {
  Shop shop;
  sell_paid(shop.terminal, ben, "a", "p1", 5'990, 59, "");
  shop.told();
  shop.paid("p1", 5'990);
  shop.pass(NoticeHub::wait_ms);
  shop.settle();
  CHECK(shop.standing(1) == "confirmed");
  CHECK(shop.sales() == 1);
  shop.paid("p2", 1'000);
  shop.pass(NoticeHub::wait_ms);
  shop.settle();
  CHECK(shop.points()[anna.value] == 10);
  sell_paid(shop.terminal, ben, "b", "p2", 1'000, 10, "");
  shop.told();
  CHECK(shop.sales() == 2);
  CHECK(shop.points()[anna.value] == 0);
  CHECK(shop.points()[ben.value] == 69);
  CHECK(shop.holds());
}

TEST_CASE("A terminal's sale paid in two payments takes the place of both") {
  Shop shop;
  shop.paid("p1", 3'000);
  shop.paid("p2", 2'000);
  shop.pass(NoticeHub::wait_ms);
  shop.settle();
  CHECK(shop.sales() == 2);
  CHECK(shop.points()[anna.value] == 50);
  model::SaleRecorded sale;
  sale.key = {{2}, "T1", {20'777}, "a"};
  sale.member = ben;
  sale.currency = *base::parse_currency("CNY");
  sale.total_minor = sale.eligible_minor = 5'000;
  sale.tenders = {{model::TenderType::wechat_pay, 3'000, "p1", "1230000109"},
                  {model::TenderType::wechat_pay, 2'000, "p2", "1230000109"}};
  const auto seq = shop.terminal.add(sale);
  shop.terminal.add(model::PointsEarned{ben, seq, 50, 5'000});
  shop.told();
  CHECK(shop.sales() == 1);
  CHECK(shop.points()[anna.value] == 0);
  CHECK(shop.points()[ben.value] == 50);
  CHECK(shop.standing(1) == "confirmed");
  CHECK(shop.standing(2) == "confirmed");
  CHECK(shop.holds());
}

TEST_CASE("Another amount than the till's is shown and not corrected") {
  Shop shop;
  sell_paid(shop.terminal, ben, "a", "p1", 5'990, 59);
  shop.told();
  shop.paid("p1", 5'090);
  shop.settle();
  CHECK(shop.standing(1) == "differs");
  CHECK(shop.points()[ben.value] == 59);
  hub::NoticeQuery troubled;
  troubled.troubled_only = true;
  CHECK(shop.core->notices(troubled)->size() == 1);
}

TEST_CASE("The same notice again is success and changes nothing, with other content it is refused and counted") {
  Shop shop;
  const auto first = shop.take(providers().wechat_pay, providers().wechat_paid("p1", 5'990));
  REQUIRE(first);
  CHECK_FALSE(first->repeated);
  const auto again = shop.take(providers().wechat_pay, providers().wechat_paid("p1", 5'990));
  REQUIRE(again);
  CHECK(again->repeated);
  const auto changed = shop.take(providers().wechat_pay, providers().wechat_paid("p1", 6'990));
  REQUIRE_FALSE(changed);
  CHECK(changed.error().code == Code::notice_changed);
  hub::NoticeQuery troubled;
  troubled.troubled_only = true;
  const auto entries = shop.core->notices(troubled).value();
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].notice.changes == 1);
  CHECK(entries[0].notice.amount.minor == 5'990);
}

TEST_CASE("What is not genuine leaves nothing behind") {
  Shop shop;
  auto forged = providers().wechat_paid("p1", 5'990);
  forged.headers["Wechatpay-Nonce"] = "x";
  CHECK(shop.take(providers().wechat_pay, forged).error().code == Code::signature_invalid);
  CHECK(shop.core->notices({})->empty());
}

TEST_CASE("A payment for nowhere waits for an operator") {
  Shop shop;
  auto account = providers().wechat_pay;
  account.store = {};
  account.stores.clear();
  REQUIRE(shop.take(account, providers().wechat_paid("p1", 5'990)));
  shop.pass(NoticeHub::wait_ms);
  shop.settle();
  CHECK(shop.standing(1) == "unjoined");
  CHECK(shop.sales() == 0);
}

TEST_CASE("A refund at the provider takes back what the hub had booked, in whichever order they come") {
  for (const bool refund_first : {false, true}) {
    CAPTURE(refund_first);
    Shop shop;
    const auto refund = [&] {
      REQUIRE(shop.take(providers().wechat_pay, providers().wechat_refunded("p1", "r1", 2'995)));
    };
    if (refund_first) refund();
    shop.settle();
    shop.paid("p1", 5'990);
    shop.pass(NoticeHub::wait_ms);
    shop.settle();
    if (!refund_first) refund();
    shop.settle();
    shop.settle();
    CHECK(shop.points()[anna.value] == 59 - 29);
    CHECK(shop.holds());
    // The till tells the sale after all: its own refunds count, those of the payment do not.
    sell_paid(shop.terminal, ben, "a", "p1", 5'990, 59);
    shop.told();
    CHECK(shop.points()[anna.value] == 0);
    CHECK(shop.points()[ben.value] == 59);
    CHECK(shop.holds());
    REQUIRE(shop.core->rebuild());
    CHECK(shop.points()[anna.value] == 0);
    CHECK(shop.points()[ben.value] == 59);
    CHECK(shop.holds());
  }
}

TEST_CASE("A refund at the provider that the till did not tell is an operator's business") {
  Shop shop;
  sell_paid(shop.terminal, ben, "a", "p1", 5'990, 59);
  shop.told();
  shop.paid("p1", 5'990);
  REQUIRE(shop.take(providers().wechat_pay, providers().wechat_refunded("p1", "r1", 5'990)));
  shop.pass(NoticeHub::wait_ms);
  shop.settle();
  shop.settle();
  CHECK(shop.standing(2) == "unjoined");
  CHECK(shop.points()[ben.value] == 59);
  model::SaleRefunded refund;
  refund.key = {{2}, "T1", {20'777}, "r"};
  refund.of = {{2}, "T1", {20'777}, "a"};
  refund.currency = *base::parse_currency("CNY");
  refund.total_minor = 5'990;
  refund.whole = true;
  shop.terminal.add(refund);
  shop.told();
  CHECK(shop.standing(2) == "confirmed");
  CHECK(shop.points()[ben.value] == 0);
}

TEST_CASE("Refunds that Alipay tells as a sum count once") {
  Shop shop;
  REQUIRE(shop.core->know_payer(anna, {model::IdentityKind::alipay_user, "", "2088102122524333"}));
  shop.project();
  const auto back = [&](const char* sum, const char* number) {
    auto parameters = providers().alipay_paid("t1", "59.90");
    parameters["notify_id"] = std::string{"back-"} + number;
    parameters["refund_fee"] = sum;
    parameters["gmt_refund"] = "2026-11-18 19:30:00";
    parameters["out_biz_no"] = number;
    REQUIRE(shop.take(providers().alipay, providers().form(parameters)));
    shop.settle();
  };
  REQUIRE(shop.take(providers().alipay, providers().form(providers().alipay_paid("t1", "59.90"))));
  shop.pass(NoticeHub::wait_ms);
  shop.settle();
  CHECK(shop.points()[anna.value] == 59);
  back("10.00", "b1");
  CHECK(shop.points()[anna.value] == 59 - 9);
  back("30.00", "b2");
  CHECK(shop.points()[anna.value] == 59 - 29);
  back("10.00", "b3");  // late news
  CHECK(shop.points()[anna.value] == 59 - 29);
  back("59.90", "b4");
  CHECK(shop.points()[anna.value] == 0);
  CHECK(shop.holds());
}

TEST_CASE("A sale of ERPNext is booked with its lines, its return takes the points of those lines back") {
  Shop shop;
  REQUIRE(shop.core->know_payer(ben, {model::IdentityKind::shop_member, "erpnext/erp", "CUST-0007"}));
  shop.project();
  // The return first: it waits for its sale.
  REQUIRE(shop.core->take_notice(providers().erpnext, providers().frappe(erpnext_return("RET-1", "INV-1", "40.0")).at(),
                                 {}));
  shop.settle();
  CHECK(shop.standing(1) == "unjoined");
  REQUIRE(shop.core->take_notice(providers().erpnext, providers().frappe(erpnext_invoice("INV-1", "59.9")).at(), {}));
  shop.settle();
  shop.settle();
  CHECK(shop.sales() == 1);
  CHECK(shop.standing(1) == "booked");
  CHECK(shop.points()[ben.value] == 59 - 39);
  CHECK(shop.holds());
  const auto cancelled = with(erpnext_invoice("INV-1", "59.9"), R"("docstatus":1)", R"("docstatus":2)");
  REQUIRE(shop.core->take_notice(providers().erpnext, providers().frappe(cancelled).at(), {}));
  shop.settle();
  CHECK(shop.points()[ben.value] == 0);
  CHECK(shop.holds());
  REQUIRE(shop.core->rebuild());
  CHECK(shop.points()[ben.value] == 0);
  CHECK(shop.sales() == 1);
}

TEST_CASE("One sale told by ERPNext and by a terminal under one key counts once, as the terminal's") {
  for (const bool notice_first : {false, true}) {
    CAPTURE(notice_first);
    Shop shop;
    REQUIRE(shop.core->know_payer(anna, {model::IdentityKind::shop_member, "erpnext/erp", "CUST-0007"}));
    shop.project();
    const auto hear = [&] {
      REQUIRE(
          shop.core->take_notice(providers().erpnext, providers().frappe(erpnext_invoice("INV-1", "59.9")).at(), {}));
      shop.settle();
    };
    if (notice_first) hear();
    model::SaleRecorded sale;
    sale.key = {{1}, "Counter 1", *base::parse_date("2026-11-18"), "INV-1"};
    sale.member = ben;
    sale.currency = *base::parse_currency("CNY");
    sale.total_minor = sale.eligible_minor = 5'990;
    const auto seq = shop.terminal.add(sale);
    shop.terminal.add(model::PointsEarned{ben, seq, 59, 5'990});
    shop.told();
    if (!notice_first) hear();
    CHECK(shop.sales() == 1);
    CHECK(shop.points()[anna.value] == 0);
    CHECK(shop.points()[ben.value] == 59);
    CHECK(shop.standing(1) == "confirmed");
    CHECK(shop.holds());
  }
}

TEST_CASE("An order of Odoo earns for whom its partner is known as") {
  Shop shop;
  REQUIRE(shop.core->know_payer(ben, {model::IdentityKind::shop_member, "odoo/odoo", "77"}));
  shop.project();
  REQUIRE(shop.core->take_notice(providers().odoo, providers().odoo_posts(odoo_order("u-1", "25.5")).at(), {}));
  shop.settle();
  CHECK(shop.points()[ben.value] == 25);
  CHECK(shop.holds());
}

TEST_CASE("A payer is one member's, and only an enrolled one's") {
  Shop shop;
  const notices::Payer payer{model::IdentityKind::wechat_openid, "wxd678efh567hg6787", of_anna};
  CHECK(shop.core->know_payer(anna, payer));
  CHECK(shop.core->know_payer(ben, payer).error().code == Code::already_exists);
  CHECK(shop.core->know_payer({999}, {model::IdentityKind::wechat_openid, "wx", "o"}).error().code == Code::not_found);
}

TEST_CASE("What was sent is kept encrypted, and goes with the member or after 35 days") {
  Shop shop;
  shop.paid("p1", 5'990);
  shop.paid("p2", 5'990, "somebody else");
  const auto raw = shop.core->notice_raw(1);
  REQUIRE(raw);
  CHECK(base::text_of(*raw).find("Wechatpay-Serial: ") != std::string_view::npos);
  CHECK(base::text_of(*raw).find(providers().wechat_paid("p1", 5'990).body) == std::string_view::npos);  // another box
  CHECK(base::text_of(*raw).find("\"id\":\"EV-p1\"") != std::string_view::npos);
  REQUIRE(shop.core->remove_member(anna));
  shop.project();
  CHECK(shop.core->notice_raw(1).error().code == Code::not_found);
  CHECK(shop.core->notice_raw(2));
  CHECK(shop.core->know_payer(ben, {model::IdentityKind::wechat_openid, "wxd678efh567hg6787", of_anna}));
  REQUIRE(shop.core->rebuild());
  shop.paid("p3", 1'000);
  shop.pass(NoticeHub::wait_ms);
  shop.settle();
  CHECK(shop.points()[ben.value] == 10);
  shop.pass(36LL * 86'400'000);
  shop.settle();
  CHECK(shop.core->notice_raw(2).error().code == Code::not_found);
  CHECK(shop.core->notices({})->size() == 3);
}
