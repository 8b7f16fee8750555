// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/gs1.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace millpond::codes {
namespace {

constexpr std::size_t text_max = 128;
constexpr char separator = '\x1d';

enum class Content : std::uint8_t { digits, checked, date, characters };  // checked: digits that end in a check digit

// GS1 General Specifications 24, section 3: identifiers that goods at a till carry. 'n' stands for any digit.
struct Rule {
  std::string_view identifier;
  Content content;
  std::size_t length_min;
  std::size_t length_max;
  bool fixed;  // one of the predefined lengths, which need no separator
};
constexpr std::array rules{
    Rule{"00", Content::checked, 18, 18, true},      // logistic unit
    Rule{"01", Content::checked, 14, 14, true},      // article
    Rule{"02", Content::checked, 14, 14, true},      // articles contained
    Rule{"10", Content::characters, 1, 20, false},   // batch
    Rule{"11", Content::date, 6, 6, true},           // production
    Rule{"12", Content::date, 6, 6, true},           // due
    Rule{"13", Content::date, 6, 6, true},           // packaging
    Rule{"15", Content::date, 6, 6, true},           // best before
    Rule{"16", Content::date, 6, 6, true},           // sell by
    Rule{"17", Content::date, 6, 6, true},           // expiry
    Rule{"20", Content::digits, 2, 2, true},         // variant
    Rule{"21", Content::characters, 1, 20, false},   // serial
    Rule{"22", Content::characters, 1, 20, false},   // consumer variant
    Rule{"240", Content::characters, 1, 30, false},  // the maker's own number
    Rule{"30", Content::digits, 1, 8, false},        // count, variable measure
    Rule{"31nn", Content::digits, 6, 6, true},       // net measures
    Rule{"32nn", Content::digits, 6, 6, true},
    Rule{"33nn", Content::digits, 6, 6, true},
    Rule{"34nn", Content::digits, 6, 6, true},
    Rule{"35nn", Content::digits, 6, 6, true},
    Rule{"36nn", Content::digits, 6, 6, true},
    Rule{"37", Content::digits, 1, 8, false},         // count of articles contained
    Rule{"390n", Content::digits, 1, 15, false},      // amount to pay
    Rule{"392n", Content::digits, 1, 15, false},      // price of a variable measure
    Rule{"394n", Content::digits, 4, 4, false},       // percent off
    Rule{"400", Content::characters, 1, 30, false},   // order
    Rule{"414", Content::checked, 13, 13, true},      // place
    Rule{"420", Content::characters, 1, 20, false},   // postal code
    Rule{"8005", Content::digits, 6, 6, false},       // price of a unit
    Rule{"8020", Content::characters, 1, 25, false},  // payment slip
    Rule{"8110", Content::characters, 1, 70, false},  // coupon, North America
    Rule{"8112", Content::characters, 1, 70, false},  // the same without paper
    Rule{"91", Content::characters, 1, 90, false},    // 91 to 99: between partners, or within a company
    Rule{"92", Content::characters, 1, 90, false},
    Rule{"93", Content::characters, 1, 90, false},
    Rule{"94", Content::characters, 1, 90, false},
    Rule{"95", Content::characters, 1, 90, false},
    Rule{"96", Content::characters, 1, 90, false},
    Rule{"97", Content::characters, 1, 90, false},
    Rule{"98", Content::characters, 1, 90, false},
    Rule{"99", Content::characters, 1, 90, false},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

// Weights 3 and 1 from the right, before the check digit.
bool has_check_digit(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int digit = digits[digits.size() - 1 - i] - '0';
    sum += i % 2 == 1 ? 3 * digit : digit;
  }
  return sum % 10 == 0;
}

// Year, month, day; day 00 stands for the whole month.
bool is_date(std::string_view digits) {
  const int month = (digits[2] - '0') * 10 + (digits[3] - '0');
  const int day = (digits[4] - '0') * 10 + (digits[5] - '0');
  return month >= 1 && month <= 12 && day <= 31;
}

// The set of 82 characters.
bool is_character(char c) {
  constexpr std::string_view signs = "!\"%&'()*+,-./:;<=>?_";
  return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || signs.find(c) != std::string_view::npos;
}

bool fits(const Rule& rule, std::string_view value) {
  if (value.size() < rule.length_min || value.size() > rule.length_max) return false;
  if (rule.content == Content::characters) return std::all_of(value.begin(), value.end(), is_character);
  if (!all_digits(value)) return false;
  if (rule.content == Content::checked) return has_check_digit(value);
  return rule.content != Content::date || is_date(value);
}

const Rule* rule_for(std::string_view text) {
  for (const auto& rule : rules) {
    if (text.size() < rule.identifier.size()) continue;
    const bool same = std::equal(rule.identifier.begin(), rule.identifier.end(), text.begin(),
                                 [](char expected, char c) { return expected == 'n' ? is_digit(c) : c == expected; });
    if (same) return &rule;
  }
  return nullptr;
}

base::Error malformed(std::string detail) {
  return {base::Code::code_malformed, "read GS1 element string", std::move(detail)};
}

}  // namespace

base::Result<std::vector<Gs1Element>> parse_gs1(std::string_view text) {
  if (text.size() > text_max)
    return base::Error{base::Code::too_large, "read GS1 element string", "over 128 characters"};
  bool begun = false;
  for (const std::string_view start : {"]C1", "]d2", "]Q3", "]e0", "\x1d"}) {
    if (begun || !text.starts_with(start)) continue;
    text.remove_prefix(start.size());
    begun = true;
  }
  if (!begun || text.empty()) return malformed("no element string");
  std::vector<Gs1Element> elements;
  while (!text.empty()) {
    const auto* rule = rule_for(text);
    if (rule == nullptr) return malformed("unknown identifier");
    const auto identifier = text.substr(0, rule->identifier.size());
    text.remove_prefix(identifier.size());
    const auto length = rule->fixed ? std::min(rule->length_max, text.size()) : text.find(separator);
    const auto value = text.substr(0, length);
    if (!fits(*rule, value)) return malformed("value of identifier " + std::string{identifier});
    if (gs1_value(elements, identifier)) return malformed("identifier " + std::string{identifier} + " twice");
    elements.push_back({std::string{identifier}, std::string{value}});
    text.remove_prefix(value.size());
    if (text.empty()) break;
    if (text.front() == separator) text.remove_prefix(1);
    if (text.empty()) return malformed("nothing after a separator");
  }
  return elements;
}

std::optional<std::string_view> gs1_value(const std::vector<Gs1Element>& elements, std::string_view identifier) {
  const auto found = std::find_if(elements.begin(), elements.end(),
                                  [&](const Gs1Element& element) { return element.identifier == identifier; });
  return found == elements.end() ? std::nullopt : std::optional<std::string_view>{found->value};
}

std::optional<std::string> gtin14(std::string_view digits) {
  const auto size = digits.size();
  if ((size != 8 && size != 12 && size != 13 && size != 14) || !all_digits(digits)) return std::nullopt;
  if (!has_check_digit(digits)) return std::nullopt;
  return std::string(14 - size, '0') + std::string{digits};
}

}  // namespace millpond::codes
