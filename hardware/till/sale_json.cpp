// SPDX-License-Identifier: Apache-2.0
#include "hardware/till/sale_json.h"

#include "hardware/till/strict_json.h"

#include <algorithm>
#include <array>
#include <utility>

namespace millpond::till {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::int64_t amount_max =
    1'000'000'000'000;  // ten thousand million of a two-digit currency: above any basket
constexpr std::size_t lines_max = 500;
constexpr std::size_t modifiers_max = 20;  // of a line
constexpr std::size_t tenders_max = 20;
constexpr std::size_t redemptions_max = 5;  // as many as rules combine
constexpr std::size_t code_length_max = 600;
constexpr std::size_t invoice_code_max = 512;  // a QR code that a receipt printer prints legibly
constexpr std::size_t shown_max = 20;  // coupons in a quote
constexpr std::int64_t keep_seconds_min = 30;
constexpr std::int64_t keep_seconds_max = 900;
constexpr std::int64_t second_ms = 1'000;

// "1", "12.5", "0.350": digits with at most one point inside.
bool is_decimal(const std::string& text) {
  const auto point = text.find('.');
  if (text.empty() || text.size() > 16 || text.front() == '.' || text.back() == '.') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i != point && (text[i] < '0' || text[i] > '9')) return false;
  }
  return true;
}

ports::TillLine read_line(StrictObject& object) {
  ports::TillLine line;
  line.id = object.text("id", 1, 64);
  line.sku = object.optional_text("sku", 64);
  line.name = object.optional_text("name", 64);
  line.quantity = object.text("quantity", 1, 16);
  if (!is_decimal(line.quantity))
    object.misfit("quantity", "must be a decimal number in a text, for example \"1\" or \"0.350\"");
  line.unit = object.optional_text("unit", 16);
  line.category = object.optional_text("category", 64);
  line.modifiers = object.optional_texts("modifiers", modifiers_max, 64);
  line.net_minor = object.number("net_minor", -amount_max, amount_max);
  line.discount_minor = object.optional_number("discount_minor", 0, amount_max).value_or(0);
  line.excluded = !object.optional_flag("eligible", true);
  return line;
}

ports::TillTender read_tender(StrictObject& object) {
  ports::TillTender tender;
  const auto type = object.text("type", 1, 16);
  tender.amount_minor = object.number("amount_minor", 0, amount_max);
  tender.change_minor = object.optional_number("change_minor", 0, amount_max).value_or(0);
  if (tender.change_minor > tender.amount_minor) object.misfit("change_minor", "is more than was handed over");
  tender.provider_transaction = object.optional_text("provider_transaction", 64);
  tender.provider_merchant = object.optional_text("provider_merchant", 64);
  tender.points = object.optional_number("points", 1, amount_max).value_or(0);
  if (tender.points > 0 && type != "points") object.misfit("points", "belong to a tender of type points");
  for (const auto& [name, value] : ports::till_tender_names) {
    if (type != name) continue;
    tender.type = value;
    return tender;
  }
  object.misfit("type", "is no tender type");
  return tender;
}

std::int64_t read_completed(StrictObject& object) {
  const auto completed = base::parse_rfc3339(object.text("completed_at", 1, 40));
  if (!completed) object.misfit("completed_at", "must be a time like 2026-11-21T10:42:00+08:00");
  return completed.value_or(0);
}

base::LocalDate read_date(StrictObject& object) {
  const auto date = base::parse_date(object.text("business_date", 1, 10));
  if (!date) object.misfit("business_date", "must be a date like 2026-11-21");
  return date.value_or(base::LocalDate{});
}

void read_key(StrictObject& object, ports::TillSaleKey& key) {
  key.store = base::StoreId{static_cast<std::uint32_t>(object.number("store", 1, UINT32_MAX))};
  key.till = object.text("till", 1, 32);
  key.transaction = object.text("transaction", 1, 64);
  key.business_date = read_date(object);
}

std::optional<ports::TillApproval> read_approval(StrictObject& object) {
  std::optional<ports::TillApproval> approval;
  object.optional_object("approval", [&](StrictObject& by) {
    approval.emplace();
    approval->staff = {static_cast<std::uint32_t>(by.number("staff", 1, INT32_MAX))};
    approval->pin = by.text("pin", 1, 32);
  });
  return approval;
}

// The total, but for lines that the till excludes.
std::int64_t eligible_of(const ports::TillSale& sale) {
  auto left = sale.total_minor;
  for (const auto& line : sale.lines) left -= line.excluded ? line.net_minor : 0;
  return std::clamp<std::int64_t>(left, 0, sale.total_minor);
}

void check_sums(StrictObject& object, const ports::TillSale& sale) {
  std::int64_t lines = 0;
  for (const auto& line : sale.lines) lines += line.net_minor;
  std::int64_t tenders = 0;
  for (const auto& tender : sale.tenders) tenders += tender.amount_minor - tender.change_minor;
  if (lines != sale.total_minor) object.misfit("total_minor", "is not the sum of the lines, " + std::to_string(lines));
  if (tenders != sale.total_minor)
    object.misfit("tenders", "do not add up to the total, but to " + std::to_string(tenders));
  if (sale.eligible_minor > sale.total_minor) object.misfit("eligible_minor", "is more than the total");
  if (sale.eligible_minor > eligible_of(sale)) {
    object.misfit("eligible_minor", "is more than the lines that are eligible, " + std::to_string(eligible_of(sale)));
  }
  if (sale.tax_minor > sale.total_minor) object.misfit("tax_minor", "is more than the total");
}

struct Spoken {  // what the JSON says in words, judged after its shape
  std::string state;
  std::string currency;
};

void read_sale(StrictObject& object, ports::TillSale& sale, Spoken& spoken) {
  read_key(object, sale.key);
  spoken.state = object.text("state", 1, 16);
  sale.completed_at_ms = read_completed(object);
  spoken.currency = object.text("currency", 3, 3);
  sale.total_minor = object.number("total_minor", 0, amount_max);
  sale.tax_minor = object.optional_number("tax_minor", 0, amount_max).value_or(0);
  const auto eligible = object.optional_number("eligible_minor", 0, amount_max);
  object.objects("lines", 1, lines_max, [&](StrictObject& line) { sale.lines.push_back(read_line(line)); });
  sale.eligible_minor = eligible.value_or(eligible_of(sale));
  object.objects("tenders", 1, tenders_max, [&](StrictObject& tender) { sale.tenders.push_back(read_tender(tender)); });
  object.optional_object("payer", [&](StrictObject& payer) {
    sale.payer = ports::TillPayer{payer.text("provider", 1, 32), payer.optional_text("app_id", 64),
                                  payer.text("subject", 1, 128)};
  });
  sale.member_code = object.optional_text("member_code", code_length_max);
  sale.redemptions = object.optional_texts("redemptions", redemptions_max, code_length_max);
  sale.basket = object.optional_text("basket", 64);
  sale.operator_id = object.optional_text("operator", 64);
  sale.invoice_code = object.optional_text("invoice_code", invoice_code_max);
  sale.approval = read_approval(object);
  sale.training = object.optional_flag("training");
  check_sums(object, sale);
}

// Of the sale that came back; store and till are the refund's unless told.
void read_of(StrictObject& object, ports::TillRefund& refund) {
  refund.of = refund.key;
  bool told = false;
  object.optional_object("of", [&](StrictObject& of) {
    told = true;
    if (const auto store = of.optional_number("store", 1, UINT32_MAX)) {
      refund.of.store = base::StoreId{static_cast<std::uint32_t>(*store)};
    }
    if (auto till = of.optional_text("till", 32); !till.empty()) refund.of.till = std::move(till);
    refund.of.transaction = of.text("transaction", 1, 64);
    refund.of.business_date = read_date(of);
  });
  if (!told) object.misfit("of", "is missing");
}

void check_refund(StrictObject& object, const ports::TillRefund& refund) {
  std::int64_t sum = 0;
  for (const auto& line : refund.lines) sum += line.net_minor;
  if (!refund.lines.empty() && sum != refund.total_minor) {
    object.misfit("total_minor", "is not the sum of the lines, " + std::to_string(sum));
  }
  if (!refund.whole && refund.total_minor == 0) object.misfit("total_minor", "must say what came back");
  if (refund.whole && !refund.lines.empty()) object.misfit("lines", "go without \"whole\"");
}

}  // namespace

Result<ports::TillRefund> parse_refund(base::ByteView json) {
  ports::TillRefund refund;
  std::string currency;
  StrictDocument document{json};
  const auto misfit = document.read([&](StrictObject& object) {
    read_key(object, refund.key);
    read_of(object, refund);
    refund.completed_at_ms = read_completed(object);
    currency = object.text("currency", 3, 3);
    const auto total_minor = object.optional_number("total_minor", 0, amount_max);
    refund.total_minor = total_minor.value_or(0);
    refund.whole = object.optional_flag("whole");
    object.objects("lines", 0, lines_max, [&](StrictObject& line) {
      refund.lines.push_back({line.text("id", 1, 64), line.number("net_minor", 1, amount_max)});
    });
    refund.operator_id = object.optional_text("operator", 64);
    refund.training = object.optional_flag("training");
    check_refund(object, refund);
    if (refund.whole && total_minor) object.misfit("total_minor", "goes without \"whole\"");
  });
  if (misfit) return Error{Code::sale_malformed, "read refund", misfit->what, misfit->pointer};
  refund.currency = base::parse_currency(currency);
  if (refund.currency) return refund;
  return Error{Code::currency_mismatch, "read refund", "unknown currency " + currency, "/currency"};
}

Result<ports::TillRefund> parse_void(base::ByteView json, const ports::TillSaleKey& sale) {
  ports::TillRefund refund;
  refund.key = refund.of = sale;
  refund.whole = true;
  StrictDocument document{json};
  const auto misfit = document.read([&](StrictObject& object) {
    refund.key.business_date = read_date(object);
    refund.key.transaction = object.optional_text("transaction", 64);
    refund.completed_at_ms = read_completed(object);
    refund.operator_id = object.optional_text("operator", 64);
    refund.training = object.optional_flag("training");
  });
  if (refund.key.transaction.empty()) refund.key.transaction = "void:" + sale.transaction;
  if (misfit) return Error{Code::sale_malformed, "read void", misfit->what, misfit->pointer};
  return refund;
}

Result<ports::TillSale> parse_sale(base::ByteView json) {
  ports::TillSale sale;
  Spoken spoken;
  StrictDocument document{json};
  if (const auto misfit = document.read([&](StrictObject& object) { read_sale(object, sale, spoken); })) {
    return Error{Code::sale_malformed, "read sale", misfit->what, misfit->pointer};
  }
  // What was said instead is left out: an answer is kept, and a till's field may hold anything.
  if (spoken.state != "paid") return Error{Code::sale_not_paid, "read sale", "state is not \"paid\"", "/state"};
  const auto currency = base::parse_currency(spoken.currency);
  if (!currency) return Error{Code::currency_mismatch, "read sale", "unknown currency " + spoken.currency, "/currency"};
  sale.currency = *currency;
  return sale;
}

Result<ports::TillBasket> parse_basket(base::ByteView json, bool must_be_named) {
  ports::TillBasket basket;
  std::string currency;
  StrictDocument document{json};
  const auto misfit = document.read([&](StrictObject& object) {
    basket.store = base::StoreId{static_cast<std::uint32_t>(object.number("store", 1, UINT32_MAX))};
    basket.till = object.text("till", 1, 32);
    basket.basket = object.text("basket", must_be_named ? 1 : 0, 64);
    currency = object.text("currency", 3, 3);
    object.objects("lines", 1, lines_max, [&](StrictObject& line) { basket.lines.push_back(read_line(line)); });
    basket.member_code = object.optional_text("member_code", code_length_max);
    basket.coupons = object.optional_texts("coupons", shown_max, code_length_max);
    basket.keep_ms = object.optional_number("keep_seconds", keep_seconds_min, keep_seconds_max).value_or(0) * second_ms;
    if (must_be_named) basket.approval = read_approval(object);
  });
  if (misfit) return Error{Code::bad_input, "read basket", misfit->what, misfit->pointer};
  const auto known = base::parse_currency(currency);
  if (!known) return Error{Code::currency_mismatch, "read basket", "unknown currency " + currency, "/currency"};
  basket.currency = *known;
  return basket;
}

Result<ports::TillEnrolment> parse_enrolment(base::ByteView json) {
  ports::TillEnrolment enrolment;
  StrictDocument document{json};
  const auto misfit = document.read([&](StrictObject& object) {
    enrolment.phone = object.text("phone", 5, 32);
    enrolment.approval = read_approval(object);
  });
  if (misfit) return Error{Code::bad_input, "read enrolment", misfit->what, misfit->pointer};
  return enrolment;
}

Result<ports::TillLookup> parse_lookup(base::ByteView json) {
  ports::TillLookup lookup;
  StrictDocument document{json};
  const auto misfit = document.read([&](StrictObject& object) {
    lookup.whom = object.text("whom", 5, 32);
    const auto approval = read_approval(object);
    if (!approval) object.misfit("approval", "is missing");
    lookup.approval = approval.value_or(ports::TillApproval{});
  });
  if (misfit) return Error{Code::bad_input, "read look-up", misfit->what, misfit->pointer};
  return lookup;
}

}  // namespace millpond::till
