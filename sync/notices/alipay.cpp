// SPDX-License-Identifier: Apache-2.0
// Alipay's asynchronous notices: a form whose sorted parameters, but for sign and sign_type, are signed with
// RSA-SHA256 ("RSA2").
#include "sync/base/base64.h"
#include "sync/notices/fields.h"
#include "sync/notices/local_time.h"
#include "sync/notices/read.h"

#include <algorithm>

namespace millpond::notices {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t parameters_max = 200;
constexpr std::int32_t china_offset_min = 480;  // of every time in such a notice

Error refused(Code code, std::string why) { return {code, "read Alipay notice", std::move(why)}; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

using Form = std::map<std::string, std::string, std::less<>>;

base::Result<Form> read_form(base::ByteView body) {
  Form form;
  auto rest = base::text_of(body);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) return refused(Code::notice_malformed, "is no form");
    auto name = decoded(pair.substr(0, equals));
    auto value = decoded(pair.substr(equals + 1));
    if (!name || !value) return refused(Code::notice_malformed, "has a broken escape");
    if (form.size() >= parameters_max || !form.emplace(std::move(*name), std::move(*value)).second) {
      return refused(Code::notice_malformed, "has a parameter twice, or too many");
    }
  }
  return form;
}

// Empty ones are signed by some of Alipay's own libraries and left out by others.
std::string signed_text(const Form& form, bool with_empty) {
  std::string text;
  for (const auto& [name, value] : form) {
    if (name == "sign" || name == "sign_type" || (value.empty() && !with_empty)) continue;
    if (!text.empty()) text += '&';
    text += name + "=" + value;
  }
  return text;
}

base::Result<> check_signature(const Account& account, const Form& form) {
  const auto sign = form.find("sign");
  const auto type = form.find("sign_type");
  const auto made = sign == form.end() ? std::nullopt : base::from_base64(sign->second);
  if (!made || (type != form.end() && type->second != "RSA2")) {
    return refused(Code::signature_invalid, "no RSA2 signature");
  }
  const auto text = signed_text(form, false);
  const auto whole = signed_text(form, true);
  const bool holds = std::ranges::any_of(account.keys, [&](const Account::Key& each) {
    return each.key.verifies(base::view_of(text), *made) ||
           (whole != text && each.key.verifies(base::view_of(whole), *made));
  });
  if (!holds) return refused(Code::signature_invalid, "of none of the keys installed");
  return {};
}

// The fields of a form, with the first that does not fit.
class FormFields {
 public:
  explicit FormFields(const Form& form) : form_{form} {}
  std::string optional_text(std::string_view name, std::size_t max) {
    const auto found = form_.find(name);
    if (found == form_.end()) return {};
    const auto& value = found->second;
    const bool fits =
        value.size() <= max && std::ranges::none_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (!fits) misfit(name);
    return fits ? value : std::string{};
  }
  std::string text(std::string_view name, std::size_t max) {
    auto value = optional_text(name, max);
    if (value.empty()) misfit(name);
    return value;
  }
  std::int64_t amount(std::string_view name, base::Currency currency) {
    const auto minor = minor_of(text(name, 16), currency, true);
    if (!minor || *minor < 0) misfit(name);
    return minor.value_or(0);
  }
  std::int64_t time(std::string_view name) {
    const auto at = local_time_ms(text(name, 32), china_offset_min);
    if (!at) misfit(name);
    return at.value_or(0);
  }
  [[nodiscard]] base::Result<> check() const {
    if (misfit_.empty()) return {};
    return refused(Code::notice_malformed, misfit_ + " is missing or does not fit");
  }

 private:
  void misfit(std::string_view name) {
    if (misfit_.empty()) misfit_ = name;
  }
  const Form& form_;
  std::string misfit_;
};

}  // namespace

base::Result<Notice> read_alipay(const Account& account, const Received& received) {
  if (received.body.size() > notice_bytes_max) return refused(Code::too_large, "more than 256 KiB");
  MILLPOND_TRY(const auto form, read_form(received.body));
  MILLPOND_TRY_DO(check_signature(account, form));
  FormFields fields{form};
  Notice notice;
  notice.provider = Provider::alipay;
  notice.id = fields.text("notify_id", 128);
  notice.app = fields.text("app_id", 32);
  notice.merchant = fields.optional_text("seller_id", 32);
  if (!account.apps.empty() && std::ranges::count(account.apps, notice.app) == 0) {
    return refused(Code::notice_other_account, "app_id is another");
  }
  if (notice.merchant.empty()) notice.merchant = account.merchant;
  if (!account.merchant.empty() && notice.merchant != account.merchant) {
    return refused(Code::notice_other_account, "seller_id is another");
  }
  const auto state = fields.text("trade_status", 32);
  const auto refund_spelled = fields.optional_text("refund_fee", 16);
  const bool refunded = !refund_spelled.empty() && !fields.optional_text("gmt_refund", 32).empty();
  const bool paid = state == "TRADE_SUCCESS" || state == "TRADE_FINISHED";
  if (!paid && !(refunded && state == "TRADE_CLOSED")) {
    MILLPOND_TRY_DO(fields.check());
    notice.kind = NoticeKind::nothing;
    return notice;
  }
  notice.kind = refunded ? NoticeKind::refund : NoticeKind::payment;
  notice.transaction = fields.text("trade_no", 64);
  notice.order = fields.text("out_trade_no", 64);
  notice.completed_at_ms = fields.time(refunded ? "gmt_refund" : "gmt_payment");
  notice.amount = {fields.amount(refunded ? "refund_fee" : "total_amount", account.currency), account.currency};
  // The sum of all that came back, so its size is a number of this refund.
  notice.refunded_in_all = refunded;
  if (refunded) {
    notice.refund = fields.optional_text("out_biz_no", 64);
    if (notice.refund.empty()) notice.refund = notice.transaction + "/" + std::to_string(notice.amount.minor);
  }
  auto subject = fields.optional_text("buyer_id", 128);
  const bool open = subject.empty();
  if (open) subject = fields.optional_text("buyer_open_id", 128);
  if (!subject.empty()) notice.payer = {model::IdentityKind::alipay_user, open ? notice.app : "", subject};
  notice.shop = fields.optional_text("store_id", 64);
  if (notice.shop.empty()) notice.shop = fields.optional_text("passback_params", 128);
  notice.device = fields.optional_text("terminal_id", 64);
  MILLPOND_TRY_DO(fields.check());
  const auto currency = fields.optional_text("trans_currency", 16);
  if (!currency.empty() && currency != account.currency.view()) {
    return refused(Code::currency_mismatch, "trans_currency is not the account's");
  }
  return notice;
}

}  // namespace millpond::notices
