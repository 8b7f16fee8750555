// SPDX-License-Identifier: Apache-2.0
// What payment providers and other tills' servers post. A stranger's body ends at its signature, so that is tried as it
// comes; and because a provider may have a bad day too, what stands behind the signature is tried as well, signed by a
// provider made for it.
#include "sync/base/check.h"
#include "sync/crypto/hash.h"
#include "sync/notices/fields.h"
#include "sync/wire/canonical.h"
#include "tests/fuzz/target.h"
#include "tests/support/provider_notices.h"

#include <algorithm>

namespace millpond::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::Result;
using notices::NoticeKind;

constexpr std::int64_t amount_minor_max = 1'000'000'000'000;

const tests::PretendProviders& providers() {
  static const tests::PretendProviders made;
  return made;
}

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

bool is_bounded(std::string_view text) {
  return text.size() <= notices::text_bytes_max &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// What was accepted can be told as a fact, and no amount or text of it is beyond its bounds.
Result<> is_whole(const Result<notices::Notice>& read) {
  if (!read) {
    MILLPOND_CHECK(read.error().code != Code::internal);
    return read.error();
  }
  const auto& notice = *read;
  for (const auto& text : {notice.id, notice.merchant, notice.app, notice.transaction, notice.order, notice.refund,
                           notice.payer.subject, notice.shop, notice.device}) {
    MILLPOND_CHECK(is_bounded(text));
  }
  MILLPOND_CHECK(!notice.id.empty());
  if (notice.kind == NoticeKind::nothing) return {};
  MILLPOND_CHECK(!notice.transaction.empty());
  MILLPOND_CHECK(notice.amount.minor >= 0 && notice.amount.minor <= amount_minor_max);
  const bool is_told = notice.kind == NoticeKind::sale || notice.kind == NoticeKind::sale_refund;
  MILLPOND_CHECK(notice.told.has_value() == is_told);
  if (!is_told) return {};
  MILLPOND_CHECK(notice.told->of.empty() == (notice.kind == NoticeKind::sale));
  MILLPOND_CHECK(notice.told->sale.lines.size() <= notices::lines_max);
  const model::Fact fact{{{0}, {1}, {1}, notice.completed_at_ms, 480, notice.told->sale.key.business_date, 1},
                         notice.told->sale};
  const auto canonical = wire::encode_fact(fact);
  if (!canonical) return {};  // longer than a fact may be
  MILLPOND_CHECK(wire::decode_fact(*canonical).value() == fact);
  return {};
}

Result<> run_wechat(ByteView input) {
  const std::string inside{base::text_of(input)};
  const auto read =
      notices::read_notice(providers().wechat_pay, providers().wechat("EV-1", "TRANSACTION.SUCCESS", inside).at());
  const auto again =
      notices::read_notice(providers().wechat_pay, providers().wechat("EV-1", "REFUND.SUCCESS", inside).at());
  if (again) MILLPOND_CHECK(is_whole(again).has_value());
  return is_whole(read);
}

std::vector<Bytes> wechat_seeds() {
  return {
      bytes_of(R"({"mchid":"1230000109","appid":"wxd678efh567hg6787","out_trade_no":"T1","transaction_id":"42",)"
               R"("trade_state":"SUCCESS","success_time":"2026-11-18T19:06:33+08:00","attach":"shop-3",)"
               R"("payer":{"openid":"o1"},"scene_info":{"device_id":"9"},"amount":{"total":100,"currency":"CNY"}})"),
      bytes_of(R"({"mchid":"1230000109","trade_state":"NOTPAY"})")};
}

// Envelope and all, signed over whatever it is.
Result<> run_wechat_body(ByteView input) {
  tests::PostedNotice posted = providers().wechat_paid("1", 1);
  posted.body = std::string{base::text_of(input)};
  posted.headers["Wechatpay-Signature"] =
      providers().keys.sign(posted.headers.at("Wechatpay-Timestamp") + "\n" + posted.headers.at("Wechatpay-Nonce") +
                            "\n" + posted.body + "\n");
  return is_whole(notices::read_notice(providers().wechat_pay, posted.at()));
}

std::vector<Bytes> wechat_body_seeds() {
  return {bytes_of(providers().wechat_paid("42", 5'990).body),
          bytes_of(providers().wechat_refunded("42", "5", 10).body)};
}

// A line for each parameter; signed.
Result<> run_alipay(ByteView input) {
  std::map<std::string, std::string> parameters;
  auto rest = base::text_of(input);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0) return base::Error{Code::bad_input, "read lines", "no name"};
    parameters[std::string{line.substr(0, equals)}] = line.substr(equals + 1);
  }
  return is_whole(notices::read_notice(providers().alipay, providers().form(parameters).at()));
}

std::vector<Bytes> alipay_seeds() {
  const auto lines = [](const std::map<std::string, std::string>& parameters) {
    std::string text;
    for (const auto& [name, value] : parameters) text += name + "=" + value + "\n";
    return bytes_of(text);
  };
  auto refund = providers().alipay_paid("43", "59.90");
  refund["refund_fee"] = "10.50";
  refund["gmt_refund"] = "2026-11-18 19:30:00.120";
  return {lines(providers().alipay_paid("42", "20.00")), lines(refund)};
}

// The form as a stranger posts it.
Result<> run_alipay_form(ByteView input) {
  tests::PostedNotice posted;
  posted.body = std::string{base::text_of(input)};
  return is_whole(notices::read_notice(providers().alipay, posted.at()));
}

std::vector<Bytes> alipay_form_seeds() {
  return {bytes_of(providers().form(providers().alipay_paid("42", "20.00")).body)};
}

Result<> run_erpnext(ByteView input) {
  const auto posted = providers().frappe(std::string{base::text_of(input)});
  return is_whole(notices::read_notice(providers().erpnext, posted.at()));
}

std::vector<Bytes> erpnext_seeds() {
  return {bytes_of(tests::erpnext_invoice("INV-1", "59.9")), bytes_of(tests::erpnext_return("RET-1", "INV-1", "20.0"))};
}

Result<> run_odoo(ByteView input) {
  const auto posted = providers().odoo_posts(std::string{base::text_of(input)});
  return is_whole(notices::read_notice(providers().odoo, posted.at()));
}

std::vector<Bytes> odoo_seeds() { return {bytes_of(tests::odoo_order("u-1", "25.5"))}; }

}  // namespace

std::vector<Target> notice_targets() {
  return {{"notice_alipay", alipay_seeds, run_alipay},    {"notice_alipay_form", alipay_form_seeds, run_alipay_form},
          {"notice_erpnext", erpnext_seeds, run_erpnext}, {"notice_odoo", odoo_seeds, run_odoo},
          {"notice_wechat", wechat_seeds, run_wechat},    {"notice_wechat_body", wechat_body_seeds, run_wechat_body}};
}

}  // namespace millpond::fuzz
