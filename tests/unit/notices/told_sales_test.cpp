// SPDX-License-Identifier: Apache-2.0
// ERPNext and Odoo: whole sales of other tills.
#include "sync/crypto/hash.h"
#include "tests/support/provider_notices.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using notices::NoticeKind;
using tests::PostedNotice;
using tests::PretendProviders;

namespace {

const PretendProviders& providers() {
  REQUIRE(crypto::start());
  static const PretendProviders made;
  return made;
}

std::string outcome(const notices::Account& account, const PostedNotice& posted,
                    std::int64_t now_ms = tests::notice_now_ms) {
  const auto read = notices::read_notice(account, posted.at(now_ms));
  return read ? std::string{notices::name_of(read->kind)} : std::string{base::code_name(read.error().code)};
}

std::string with(std::string text, std::string_view what, std::string_view instead) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), instead);
}

}  // namespace

TEST_CASE("A POS Invoice of ERPNext is a sale with its lines") {
  const auto& all = providers();
  const auto read =
      notices::read_notice(all.erpnext, all.frappe(tests::erpnext_invoice("ACC-PSINV-2026-00012", "59.9")).at());
  REQUIRE(read);
  CHECK(read->kind == NoticeKind::sale);
  CHECK(read->id == "ACC-PSINV-2026-00012@1");
  CHECK(read->completed_at_ms == base::parse_rfc3339("2026-11-18T01:05:01.250Z"));
  CHECK(read->payer == notices::Payer{model::IdentityKind::shop_member, "erpnext/erp", "CUST-0007"});
  const auto& sale = read->told.value().sale;
  CHECK(sale.key == model::SaleKey{{}, "Counter 1", *base::parse_date("2026-11-18"), "ACC-PSINV-2026-00012"});
  CHECK(sale.total_minor == 5'990);
  REQUIRE(sale.lines.size() == 2);
  CHECK(sale.lines[0] == model::SaleLine{"a1b2c3", "TEA-01", "2", "tea", 4'000, 0});
  CHECK(sale.lines[1] == model::SaleLine{"d4e5f6", "CAKE", "0.35", "cake", 1'990, 0});
  REQUIRE(sale.tenders.size() == 1);
  CHECK(sale.tenders[0] == model::Tender{model::TenderType::wechat_pay, 5'990, "4200001", ""});
}

TEST_CASE("A return of ERPNext takes lines of its sale back, a cancellation all of it") {
  const auto& all = providers();
  const auto read = notices::read_notice(all.erpnext, all.frappe(tests::erpnext_return("RET-1", "INV-1", "20.0")).at());
  REQUIRE(read);
  CHECK(read->kind == NoticeKind::sale_refund);
  const auto& told = read->told.value();
  CHECK(told.of == "INV-1");
  CHECK_FALSE(told.whole);
  CHECK(told.sale.total_minor == 2'000);
  REQUIRE(told.sale.lines.size() == 1);
  CHECK(told.sale.lines[0].id == "a1b2c3");
  CHECK(told.sale.lines[0].net_minor == 2'000);
  const auto gone = with(tests::erpnext_invoice("INV-1", "59.9"), R"("docstatus":1)", R"("docstatus":2)");
  const auto cancelled = notices::read_notice(all.erpnext, all.frappe(gone).at());
  REQUIRE(cancelled);
  CHECK(cancelled->kind == NoticeKind::sale_refund);
  CHECK(cancelled->told->of == "INV-1");
  CHECK(cancelled->told->whole);
  CHECK(cancelled->transaction == "INV-1/cancelled");
}

TEST_CASE("What ERPNext sends is refused by name when it is not what was signed, or not for us") {
  const auto& all = providers();
  const auto json = tests::erpnext_invoice("INV-1", "59.9");
  const auto changed = [&](std::string_view what, std::string_view instead) {
    return all.frappe(with(json, what, instead));
  };
  auto forged = all.frappe(json);
  forged.body = with(json, "59.9", "69.9");
  struct Row {
    const char* what;
    PostedNotice posted;
    const char* outcome;
  };
  const std::vector<Row> rows{
      {"genuine", all.frappe(json), "sale"},
      {"changed afterwards", forged, "signature_invalid"},
      {"not signed", {{}, json}, "signature_invalid"},
      {"signed with hexadecimal", {{{"X-Frappe-Webhook-Signature", std::string(64, 'a')}}, json}, "signature_invalid"},
      {"cut off", all.frappe(json.substr(0, json.size() / 2)), "notice_malformed"},
      {"a draft", changed(R"("docstatus":1)", R"("docstatus":0)"), "nothing"},
      {"another document", changed("POS Invoice", "Purchase Order"), "nothing"},
      {"another company", changed("Tea House Ltd", "Coffee Ltd"), "notice_other_account"},
      {"another currency", changed(R"("CNY")", R"("USD")"), "currency_mismatch"},
      {"no date", changed("2026-11-18", "18.11.2026"), "notice_malformed"},
      {"no total", changed(R"("grand_total":59.9)", R"("grand_total":null)"), "notice_malformed"},
      {"a negative sale", changed(R"("grand_total":59.9)", R"("grand_total":-59.9)"), "notice_malformed"},
      {"a return of nothing", changed(R"("is_return":0)", R"("is_return":1)"), "notice_malformed"},
      {"a quantity in words", changed(R"("qty":2.0)", R"("qty":"two")"), "notice_malformed"},
  };
  for (const auto& [what, posted, expected] : rows) {
    CAPTURE(what);
    CHECK(outcome(all.erpnext, posted) == expected);
  }
}

TEST_CASE("An order of Odoo is a sale, and its refund names it") {
  const auto& all = providers();
  const auto read = notices::read_notice(all.odoo, all.odoo_posts(tests::odoo_order("u-1", "25.5")).at());
  REQUIRE(read);
  CHECK(read->kind == NoticeKind::sale);
  CHECK(read->payer == notices::Payer{model::IdentityKind::shop_member, "odoo/odoo", "77"});
  const auto& sale = read->told.value().sale;
  CHECK(sale.key == model::SaleKey{{}, "Shop 2", *base::parse_date("2026-11-18"), "u-1"});
  CHECK(sale.total_minor == 2'550);
  REQUIRE(sale.lines.size() == 1);
  CHECK(sale.lines[0] == model::SaleLine{"501", "TEA-01", "1", "", 2'550, 0});
  CHECK(sale.tenders.at(0).type == model::TenderType::cash);
  auto back =
      with(tests::odoo_order("u-2", "-25.5"), R"("refunded_order_uuid":false)", R"("refunded_order_uuid":"u-1")");
  back = with(back, R"("refunded_orderline_id":false)", R"("refunded_orderline_id":[501,"x"])");
  const auto refund = notices::read_notice(all.odoo, all.odoo_posts(with(back, R"("qty":1.0)", R"("qty":-1.0)")).at());
  REQUIRE(refund);
  CHECK(refund->kind == NoticeKind::sale_refund);
  CHECK(refund->told->of == "u-1");
  CHECK(refund->told->sale.lines.at(0).id == "501");
  CHECK(refund->amount.minor == 2'550);
}

TEST_CASE("What Odoo sends is refused by name when it is not what was signed, too old, or not for us") {
  const auto& all = providers();
  const auto json = tests::odoo_order("u-1", "25.5");
  const auto changed = [&](std::string_view what, std::string_view instead) {
    return all.odoo_posts(with(json, what, instead));
  };
  auto later = all.odoo_posts(json);
  later.headers["X-Millpond-Timestamp"] = "1795000400";
  CHECK(outcome(all.odoo, all.odoo_posts(json)) == "sale");
  CHECK(outcome(all.odoo, all.odoo_posts(json), tests::notice_now_ms + 301'000) == "notice_expired");
  CHECK(outcome(all.odoo, later) == "signature_invalid");
  CHECK(outcome(all.odoo, {{}, json}) == "signature_invalid");
  CHECK(outcome(all.odoo, changed(R"("state":"paid")", R"("state":"draft")")) == "nothing");
  CHECK(outcome(all.odoo, changed(R"("state":"paid")", R"("state":"invoiced")")) == "sale");
  CHECK(outcome(all.odoo, changed("Tea House Ltd", "Coffee Ltd")) == "notice_other_account");
  CHECK(outcome(all.odoo, changed(R"([7,"CNY"])", R"([2,"EUR"])")) == "currency_mismatch");
  CHECK(outcome(all.odoo, changed(R"("amount_total":25.5)", R"("amount_total":-25.5)")) == "notice_malformed");
  CHECK(outcome(all.odoo, changed(R"("refunded_order_uuid":false)", R"("refunded_order_uuid":"u-0")")) ==
        "notice_malformed");
}
