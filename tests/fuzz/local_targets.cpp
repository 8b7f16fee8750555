// SPDX-License-Identifier: Apache-2.0
// What comes from the same machine or shop: tills, screens and the command line.
#include "hardware/till/pairing.h"
#include "hardware/till/paths.h"
#include "hardware/till/sale_json.h"
#include "kiosk/link/messages.h"
#include "sync/base/check.h"
#include "tests/fuzz/target.h"
#include "tests/support/sample_views.h"

namespace millpond::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using base::Result;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

std::vector<Bytes> sale_seeds() {
  return {bytes_of(R"({"store": 1, "till": "T1", "business_date": "2026-11-21", "transaction": "0042", "state": "paid",
"completed_at": "2026-11-21T10:42:00+08:00", "currency": "CNY", "total_minor": 6850, "tax_minor": 388,
"eligible_minor": 6050, "lines": [{"id": "1", "sku": "6901234567892", "quantity": "2", "category": "tea",
"net_minor": 6000, "discount_minor": 400}, {"id": "2", "quantity": "0.350", "net_minor": 850}],
"tenders": [{"type": "wechat_pay", "amount_minor": 6050}, {"type": "coupon", "amount_minor": 800}],
"member_code": "K1:MEMBER", "redemptions": ["K1:COUPON"], "operator": "amy", "training": false})"),
          bytes_of(R"({"store": 1, "till": "T1", "business_date": "2026-11-21", "transaction": "1", "state": "paid",
"completed_at": "2026-11-21T10:42:00Z", "currency": "CNY", "total_minor": 1,
"lines": [{"id": "1", "quantity": "1", "net_minor": 1}],
"tenders": [{"type": "cash", "amount_minor": 5, "change_minor": 4}]})")};
}

// Sums agree, so that no till earns more than was paid.
Result<> run_sale(ByteView input) {
  MILLPOND_TRY(const auto sale, till::parse_sale(input));
  std::int64_t tendered = 0;
  for (const auto& tender : sale.tenders) tendered += tender.amount_minor - tender.change_minor;
  MILLPOND_CHECK(tendered == sale.total_minor && sale.eligible_minor <= sale.total_minor);
  return {};
}

std::vector<Bytes> basket_seeds() {
  return {bytes_of(R"({"store": 1, "till": "T1", "basket": "B-17", "currency": "CNY", "member_code": "K1:MEMBER",
"coupons": ["K1:COUPON", "K1:OTHER"], "keep_seconds": 300, "lines": [{"id": "1", "sku": "oolong", "quantity": "2",
"category": "drinks", "net_minor": 4000}, {"id": "2", "quantity": "1", "category": "delivery", "net_minor": 700}]})"),
          bytes_of(R"({"store": 1, "till": "T1", "currency": "CNY",
"lines": [{"id": "1", "quantity": "0.350", "net_minor": 1}]})")};
}

// What a sale's lines are, a basket's are.
Result<> run_basket(ByteView input) {
  MILLPOND_TRY(const auto basket, till::parse_basket(input, false));
  MILLPOND_CHECK(!basket.lines.empty() && !basket.till.empty() && basket.coupons.size() <= 20);
  const bool named = till::parse_basket(input, true).has_value();
  MILLPOND_CHECK(named == !basket.basket.empty());
  return {};
}

std::vector<Bytes> refund_seeds() {
  return {bytes_of(R"({"store": 1, "till": "T1", "business_date": "2026-11-22", "transaction": "R-7",
"completed_at": "2026-11-22T02:42:00Z", "of": {"store": 2, "till": "T2", "business_date": "2026-11-21",
"transaction": "42"}, "currency": "CNY", "total_minor": 1500, "lines": [{"id": "1", "net_minor": 1000},
{"id": "3", "net_minor": 500}], "operator": "amy", "training": false})"),
          bytes_of(R"({"store": 1, "till": "T1", "business_date": "2026-11-22", "transaction": "R-8", "whole": true,
"completed_at": "2026-11-22T02:42:00Z", "of": {"business_date": "2026-11-21", "transaction": "43"},
"currency": "CNY"})"),
          bytes_of("1/till%201/2026-11-21/42"),
          bytes_of(R"({"business_date": "2026-11-22", "transaction": "V1", "completed_at": "2026-11-22T02:42:00Z"})")};
}

// What comes back is said in one way only, and a void is of everything.
Result<> run_refund(ByteView input) {
  const ports::TillSaleKey sale{{1}, "T1", {20'777}, "42"};
  if (const auto key = till::parse_sale_key(base::text_of(input))) {
    MILLPOND_CHECK(!key->till.empty() && !key->transaction.empty());
    return {};
  }
  if (const auto of_all = till::parse_void(input, sale)) {
    MILLPOND_CHECK(of_all->whole && of_all->of.transaction == "42" && !of_all->key.transaction.empty());
    return {};
  }
  MILLPOND_TRY(const auto refund, till::parse_refund(input));
  std::int64_t lines = 0;
  for (const auto& line : refund.lines) lines += line.net_minor;
  MILLPOND_CHECK(refund.lines.empty() || (lines == refund.total_minor && !refund.whole));
  MILLPOND_CHECK(refund.whole || refund.total_minor > 0);
  MILLPOND_CHECK(!refund.of.transaction.empty() && !refund.of.till.empty() && refund.of.store);
  return {};
}

std::vector<Bytes> enrolment_seeds() {
  return {bytes_of(R"({"phone": "+8613800138000"})"),
          bytes_of(R"({"phone": "13800138000", "approval": {"staff": 3, "pin": "825917"}})"),
          bytes_of(R"({"whom": "M-0000-0000-00001", "approval": {"staff": 3, "pin": "825917"}})"),
          bytes_of(R"({"nonce": "0123456789abcdef0123456789abcdef"})")};
}

Result<> run_enrolment(ByteView input) {
  if (const auto nonce = till::parse_pairing(input)) {
    MILLPOND_CHECK(nonce->size() >= 32 && nonce->size() <= 128);
    return {};
  }
  if (const auto lookup = till::parse_lookup(input)) {
    MILLPOND_CHECK(!lookup->whom.empty() && lookup->approval.staff);
    return {};
  }
  MILLPOND_TRY(const auto enrolment, till::parse_enrolment(input));
  MILLPOND_CHECK(!enrolment.phone.empty());
  return {};
}

std::vector<Bytes> frame_seeds() {
  std::vector<link::Message> messages{link::Hello{1, "screen-1"},
                                      link::Welcome{"kiosk"},
                                      link::SessionEnded{},
                                      link::Code{"K1:ABC"},
                                      link::PaymentCode{},
                                      link::Ask{7, "status", "{}"},
                                      link::Answer{7, R"({"queued":0})"},
                                      link::Failure{7, base::Error{base::Code::not_found, "find member", "M-1"}}};
  for (const auto& sample : tests::sample_views(flow::Locale::zh_cn)) messages.emplace_back(link::Show{sample.view});
  std::vector<Bytes> seeds;
  for (const auto& message : messages) {
    const auto frame = link::encode(message);
    seeds.emplace_back(frame.begin() + 4, frame.end());  // without its length
  }
  return seeds;
}

Result<> run_frame(ByteView input) {
  MILLPOND_TRY(const auto message, link::decode(input));
  const auto frame = link::encode(message);
  const auto again = link::decode(ByteView{frame}.subspan(4));
  MILLPOND_CHECK(again.has_value() && link::encode(*again) == frame);
  return {};
}

}  // namespace

std::vector<Target> local_targets() {
  return {
      {"basket", basket_seeds, run_basket},
      {"refund", refund_seeds, run_refund},
      {"enrolment", enrolment_seeds, run_enrolment},
      {"frame", frame_seeds, run_frame},
      {"sale", sale_seeds, run_sale},
  };
}

}  // namespace millpond::fuzz
