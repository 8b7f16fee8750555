// SPDX-License-Identifier: Apache-2.0
#include "sync/base/ids.h"

#include "sync/base/crockford.h"

namespace millpond::base {
namespace {

constexpr int digits = 13;  // 13 * 5 = 65 bits hold 64

constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

std::string format_id(char prefix, std::uint64_t id) {
  std::string text{prefix, '-'};
  for (int i = digits - 1; i >= 0; --i) {
    text += crockford_alphabet[(i == 12 ? id >> 60 : id >> (i * 5)) & 31U];
    if (i == 9 || i == 5) text += '-';
  }
  return text;
}

std::optional<std::uint64_t> parse_id(char prefix, std::string_view text) {
  if (text.empty() || upper(text.front()) != upper(prefix)) return std::nullopt;
  std::uint64_t id = 0;
  int seen = 0;
  for (const char c : text.substr(1)) {
    if (c == '-') continue;
    const auto digit = crockford_digit(c);
    if (!digit || seen == digits || (seen == 0 && *digit > 15)) return std::nullopt;
    id = (id << 5) | *digit;
    ++seen;
  }
  if (seen != digits) return std::nullopt;
  return id;
}

}  // namespace millpond::base
