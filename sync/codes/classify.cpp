// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/classify.h"

#include "sync/base/ids.h"

#include <algorithm>

namespace millpond::codes {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A scanner's suffix must not turn a payment code into something that may be shown or logged.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(white);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

// Two digits to a number; the caller knows that they are digits.
int prefix_of(std::string_view digits) { return (digits[0] - '0') * 10 + (digits[1] - '0'); }

// The last digit of a GTIN: weights 3 and 1 from the right.
bool has_gtin_check_digit(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int digit = digits[digits.size() - 1 - i] - '0';
    sum += i % 2 == 1 ? 3 * digit : digit;
  }
  return sum % 10 == 0;
}

// A decoder hands an element string over with its symbology identifier or as FNC1 and group separators.
bool is_gs1_coupon(std::string_view text) {
  for (const std::string_view start : {"]C1", "]e0", "]d2", "]Q3", "\x1d", "("}) {
    if (!text.starts_with(start)) continue;
    const auto rest = text.substr(start.size());
    return rest.starts_with("8110") || rest.starts_with("8112");
  }
  return false;
}

// "https://HOST/..." with a host of a platform that sells vouchers, or below it.
bool is_platform_link(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    auto host = text.substr(scheme.size());
    host = host.substr(0, host.find_first_of("/?#:"));
    for (const std::string_view platform : {"meituan.com", "dianping.com", "douyin.com", "ele.me", "koubei.com"}) {
      if (host == platform) return true;
      if (host.ends_with(platform) && host[host.size() - platform.size() - 1] == '.') return true;
    }
  }
  return false;
}

TextKind classify_digits(std::string_view digits) {
  if (digits.size() == 12 && !has_gtin_check_digit(digits)) return TextKind::platform_voucher;
  if (digits.size() < 11 || digits.size() > 24) return TextKind::other;
  const int prefix = prefix_of(digits);
  if (digits.size() == 18 && prefix >= 10 && prefix <= 15) return TextKind::payment_wechat;
  if (digits.size() >= 16 && prefix >= 25 && prefix <= 30) return TextKind::payment_alipay;
  if (digits.size() == 19 && prefix == 62) return TextKind::payment_unionpay;
  if (digits.size() == 11 && prefix >= 13 && prefix <= 19) return TextKind::phone;
  return TextKind::other;
}

// E.164: a country code that does not begin with 0, at most fifteen digits.
bool is_e164(std::string_view text) {
  if (text.size() < 9 || text.size() > 16 || text[0] != '+' || text[1] == '0') return false;
  return all_digits(text.substr(1));
}

}  // namespace

TextKind classify(std::string_view text) {
  text = trimmed(text);
  if (all_digits(text)) return classify_digits(text);
  if (text.starts_with("K1:")) return TextKind::millpond;
  if (is_gs1_coupon(text)) return TextKind::gs1_coupon;
  if (is_platform_link(text)) return TextKind::platform_voucher;
  if (base::parse_id('M', text)) return TextKind::member_number;
  if (is_e164(text)) return TextKind::phone;
  return TextKind::other;
}

}  // namespace millpond::codes
