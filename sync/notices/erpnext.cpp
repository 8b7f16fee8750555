// SPDX-License-Identifier: Apache-2.0
// ERPNext's webhook on a POS Invoice: the document as JSON, authenticated by the base64 of HMAC-SHA256 over the body.
// It is sent when the invoice is submitted and when it is cancelled; a return is an invoice of its own.
#include "sync/notices/fields.h"
#include "sync/notices/local_time.h"
#include "sync/notices/read.h"
#include "sync/notices/told_sale.h"

namespace millpond::notices {
namespace {

using base::Code;
using base::Error;

constexpr std::int64_t submitted = 1;
constexpr std::int64_t cancelled = 2;

Error refused(Code code, std::string why) { return {code, "read ERPNext notice", std::move(why)}; }

void read_items(Fields& top, const Account& account, bool is_return, model::SaleRecorded& sale) {
  top.each("items", [&](Fields& item) {
    model::SaleLine line;
    // A line of a return names the line that it takes back.
    if (is_return) line.id = item.optional_text("pos_invoice_item", 64);
    if (line.id.empty()) line.id = item.optional_text("name", 64);
    if (line.id.empty()) line.id = std::to_string(sale.lines.size() + 1);
    line.sku = item.text("item_code", 140);
    line.quantity = quantity_of(item.decimal("qty"));
    if (line.quantity.empty()) item.misfit("qty", "must be a decimal number");
    line.category = item.optional_text("item_group", 140);
    const bool net = !item.optional_decimal("net_amount").empty();
    line.net_minor = item.amount(net ? "net_amount" : "amount", account.currency);
    sale.lines.push_back(std::move(line));
  });
}

void read_payments(Fields& top, const Account& account, model::SaleRecorded& sale) {
  top.each("payments", [&](Fields& payment) {
    const auto minor = payment.optional_amount("amount", account.currency);
    if (minor == 0) return;  // every way of the profile is listed, used or not
    model::Tender tender;
    tender.type = tender_type_of(payment.text("mode_of_payment", 140));
    tender.amount_minor = minor;
    tender.provider_transaction = payment.optional_text("reference_no", 64);
    sale.tenders.push_back(std::move(tender));
  });
}

}  // namespace

base::Result<Notice> read_erpnext(const Account& account, const Received& received) {
  if (received.body.size() > notice_bytes_max) return refused(Code::too_large, "more than 256 KiB");
  if (!is_authentic(account, received.header("X-Frappe-Webhook-Signature"), received.body)) {
    return refused(Code::signature_invalid, "X-Frappe-Webhook-Signature is of none of the secrets");
  }
  MILLPOND_TRY(auto document, Document::parse(received.body));
  auto top = document.top();
  Notice notice;
  notice.provider = Provider::erpnext;
  const auto doctype = top.optional_text("doctype", 64);
  const auto name = top.text("name", 64);
  const auto state = top.number("docstatus");
  notice.id = name + "@" + std::to_string(state);
  notice.merchant = top.optional_text("company", 140);
  const bool invoice =
      doctype.empty() || doctype == "POS Invoice" || (doctype == "Sales Invoice" && top.flag("is_pos"));
  if (!invoice || (state != submitted && state != cancelled)) {
    MILLPOND_TRY_DO(document.check());
    notice.kind = NoticeKind::nothing;
    return notice;
  }
  ToldSale told;
  auto& sale = told.sale;
  const bool is_return = top.flag("is_return");
  const auto currency = top.text("currency", 8);
  const auto date = base::parse_date(top.text("posting_date", 10));
  if (!date) top.misfit("posting_date", "must be a date");
  const auto time = top.optional_text("posting_time", 20);
  const auto at =
      date ? local_time_ms(base::format_date(*date) + " " + (time.empty() ? "12:00:00" : time), account.utc_offset_min)
           : std::nullopt;
  if (!at) top.misfit("posting_time", "must be a time");
  notice.completed_at_ms = at.value_or(0);
  notice.shop = top.optional_text("pos_profile", 140);
  sale.key.till = notice.shop.empty() ? std::string{name_of(notice.provider)} : notice.shop;
  sale.key.business_date = date.value_or(base::LocalDate{});
  sale.key.transaction = name;
  sale.currency = account.currency;
  const auto rounded = top.optional_amount("rounded_total", account.currency);
  const auto grand = top.amount("grand_total", account.currency);
  sale.total_minor = rounded != 0 ? rounded : grand;
  sale.tax_minor = top.optional_amount("total_taxes_and_charges", account.currency);
  sale.eligible_minor = sale.total_minor;
  read_items(top, account, is_return, sale);
  read_payments(top, account, sale);
  if (const auto customer = top.optional_text("customer", 140); !customer.empty()) {
    notice.payer = {model::IdentityKind::shop_member, std::string{name_of(notice.provider)} + "/" + account.name,
                    customer};
  }
  if (is_return) told.of = top.text("return_against", 64);
  if (is_return ? sale.total_minor > 0 : sale.total_minor < 0) top.misfit("grand_total", "has the wrong sign");
  MILLPOND_TRY_DO(document.check());
  if (currency != account.currency.view()) return refused(Code::currency_mismatch, "currency is not the account's");
  if (!account.merchant.empty() && notice.merchant != account.merchant) {
    return refused(Code::notice_other_account, "company is another");
  }
  if (state == cancelled) {
    // A return that is cancelled gives nothing back after all; no fact says so, and a person decides.
    if (is_return) return refused(Code::unsupported, "a cancelled return");
    sale.key.transaction = name + "/cancelled";
    told.of = name;
    told.whole = true;
    sale.lines.clear();
  }
  tell(notice, std::move(told));
  return notice;
}

}  // namespace millpond::notices
