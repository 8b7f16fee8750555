// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/phone.h"

#include "sync/codes/classify.h"

#include <algorithm>

namespace millpond::terminal {
namespace {

constexpr std::size_t digits_least = 8;  // the shortest national plans with their country code
constexpr std::size_t digits_most = 15;  // ITU-T E.164

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

base::Result<std::string> normalise_phone(const model::PhoneShape& shape, std::string_view typed) {
  const base::Error malformed{base::Code::phone_malformed, "read phone", "not a mobile number"};
  std::string text;
  for (const char c : typed) {
    if (c != ' ' && c != '-') text += c;
  }
  if (auto national = model::e164_of(shape, text)) return *std::move(national);
  if (text.empty() || text[0] != '+') return malformed;
  const auto digits = std::string_view{text}.substr(1);
  if (digits.size() < digits_least || digits.size() > digits_most) return malformed;
  if (!all_digits(digits) || digits[0] == '0') return malformed;
  if (!model::may_be_dialled(shape, digits)) return malformed;
  return text;
}

bool is_typed_phone(const model::PhoneShape& shape, std::string_view text) {
  const auto kind = codes::classify(text);
  if (kind == codes::TextKind::phone) return true;
  const bool of_digits = kind == codes::TextKind::other || kind == codes::TextKind::platform_voucher;
  return of_digits && normalise_phone(shape, text).has_value();
}

}  // namespace millpond::terminal
