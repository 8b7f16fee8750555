// SPDX-License-Identifier: Apache-2.0
// Odoo's pos.order, posted by a few lines in Odoo (docs/notices.md), because its own webhooks are not signed: base64 of
// HMAC-SHA256 over "timestamp\nbody". Fields are those of the model as read() gives them.
#include "sync/notices/fields.h"
#include "sync/notices/local_time.h"
#include "sync/notices/read.h"
#include "sync/notices/told_sale.h"

#include <charconv>

namespace millpond::notices {
namespace {

using base::Code;
using base::Error;

Error refused(Code code, std::string why) { return {code, "read Odoo notice", std::move(why)}; }

base::Result<> check_signature(const Account& account, const Received& received) {
  const auto time = received.header("X-Millpond-Timestamp");
  base::Bytes text{time.begin(), time.end()};
  text.push_back('\n');
  base::append(text, received.body);
  if (time.empty() || !is_authentic(account, received.header("X-Millpond-Signature"), text)) {
    return refused(Code::signature_invalid, "X-Millpond-Signature is of none of the secrets");
  }
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(time.data(), time.data() + time.size(), seconds);
  if (failure != std::errc{} || end != time.data() + time.size() || seconds < 0 || seconds > 1'000'000'000'000) {
    return refused(Code::notice_malformed, "X-Millpond-Timestamp is no number");
  }
  const auto apart = received.now_ms - seconds * 1'000;
  if (apart > skew_max_ms || apart < -skew_max_ms) return refused(Code::notice_expired, "more than 300 s apart");
  return {};
}

void read_lines(Fields& top, const Account& account, bool is_return, model::SaleRecorded& sale) {
  top.each("lines", [&](Fields& each) {
    model::SaleLine line;
    if (is_return) line.id = each.link("refunded_orderline_id").first;
    if (line.id.empty()) line.id = each.link("id").first;
    if (line.id.empty()) line.id = std::to_string(sale.lines.size() + 1);
    line.sku = each.optional_text("default_code", 140);
    if (line.sku.empty()) line.sku = each.link("product_id").name;
    line.quantity = quantity_of(each.decimal("qty"));
    if (line.quantity.empty()) each.misfit("qty", "must be a decimal number");
    line.category = each.link("pos_categ_id").name;
    line.net_minor = each.amount("price_subtotal_incl", account.currency);
    sale.lines.push_back(std::move(line));
  });
}

void read_payments(Fields& top, const Account& account, model::SaleRecorded& sale) {
  top.each("payments", [&](Fields& payment) {
    model::Tender tender;
    tender.type = tender_type_of(payment.link("payment_method_id").name);
    tender.amount_minor = payment.amount("amount", account.currency);
    tender.provider_transaction = payment.optional_text("transaction_id", 64);
    if (tender.amount_minor != 0) sale.tenders.push_back(std::move(tender));
  });
}

}  // namespace

base::Result<Notice> read_odoo(const Account& account, const Received& received) {
  if (received.body.size() > notice_bytes_max) return refused(Code::too_large, "more than 256 KiB");
  MILLPOND_TRY_DO(check_signature(account, received));
  MILLPOND_TRY(auto document, Document::parse(received.body));
  auto top = document.top();
  Notice notice;
  notice.provider = Provider::odoo;
  const auto uuid = top.text("uuid", 64);
  const auto state = top.text("state", 32);
  notice.merchant = top.link("company_id").name;
  notice.id = uuid + "@" + state;
  if (state != "paid" && state != "done" && state != "invoiced") {
    MILLPOND_TRY_DO(document.check());
    notice.kind = NoticeKind::nothing;
    return notice;
  }
  // A paid order is closed and perhaps invoiced later, which says nothing new.
  notice.id = uuid + "@paid";
  ToldSale told;
  auto& sale = told.sale;
  const auto at = local_time_ms(top.text("date_order", 32), 0);
  if (!at) top.misfit("date_order", "must be a time");
  notice.completed_at_ms = at.value_or(0);
  notice.shop = top.link("config_id").name;
  sale.key.till = notice.shop.empty() ? std::string{name_of(notice.provider)} : notice.shop;
  sale.key.business_date = base::local_date_at(notice.completed_at_ms, account.utc_offset_min);
  sale.key.transaction = uuid;
  sale.currency = account.currency;
  sale.total_minor = top.amount("amount_total", account.currency);
  sale.tax_minor = top.optional_amount("amount_tax", account.currency);
  sale.eligible_minor = sale.total_minor;
  told.of = top.optional_text("refunded_order_uuid", 64);
  if (sale.total_minor < 0 && told.of.empty()) top.misfit("refunded_order_uuid", "is missing");
  if (sale.total_minor > 0 && !told.of.empty()) top.misfit("amount_total", "is an exchange, which nothing here tells");
  read_lines(top, account, !told.of.empty(), sale);
  read_payments(top, account, sale);
  const auto currency = top.link("currency_id").name;
  if (const auto partner = top.link("partner_id").first; !partner.empty()) {
    notice.payer = {model::IdentityKind::shop_member, std::string{name_of(notice.provider)} + "/" + account.name,
                    partner};
  }
  MILLPOND_TRY_DO(document.check());
  if (currency != account.currency.view()) return refused(Code::currency_mismatch, "currency_id is not the account's");
  if (!account.merchant.empty() && notice.merchant != account.merchant) {
    return refused(Code::notice_other_account, "company_id is another");
  }
  tell(notice, std::move(told));
  return notice;
}

}  // namespace millpond::notices
