// SPDX-License-Identifier: Apache-2.0
#include "sync/base/money.h"

#include "sync/base/check.h"

#include <algorithm>
#include <limits>

namespace millpond::base {
namespace {

struct Row {
  std::string_view letters;
  int exponent;
};

// ISO 4217, the currencies of markets with a terminal or a plan for one. Source: ISO 4217 list one.
constexpr std::array table{
    Row{"AED", 2}, Row{"AUD", 2}, Row{"BHD", 3}, Row{"BRL", 2}, Row{"CAD", 2}, Row{"CHF", 2}, Row{"CLP", 0},
    Row{"CNY", 2}, Row{"CZK", 2}, Row{"DKK", 2}, Row{"EUR", 2}, Row{"GBP", 2}, Row{"HKD", 2}, Row{"HUF", 2},
    Row{"IDR", 2}, Row{"ILS", 2}, Row{"INR", 2}, Row{"JPY", 0}, Row{"KRW", 0}, Row{"KWD", 3}, Row{"MOP", 2},
    Row{"MXN", 2}, Row{"MYR", 2}, Row{"NOK", 2}, Row{"NZD", 2}, Row{"PHP", 2}, Row{"PLN", 2}, Row{"SAR", 2},
    Row{"SEK", 2}, Row{"SGD", 2}, Row{"THB", 2}, Row{"TND", 3}, Row{"TRY", 2}, Row{"TWD", 2}, Row{"USD", 2},
    Row{"VND", 0}, Row{"ZAR", 2},
};

}  // namespace

std::optional<Currency> parse_currency(std::string_view letters) {
  for (const auto& row : table) {
    if (row.letters == letters) return Currency{{letters[0], letters[1], letters[2]}};
  }
  return std::nullopt;
}

int exponent(Currency currency) {
  const auto row = std::ranges::find(table, currency.view(), &Row::letters);
  MILLPOND_CHECK(row != table.end());  // parse_currency makes only those of the table
  return row->exponent;
}

std::optional<std::int64_t> mul_div_floor(std::int64_t a, std::int64_t b, std::int64_t c) {
  if (a < 0 || b < 0 || c <= 0) return std::nullopt;
  __extension__ using Wide = __int128;
  const Wide result = Wide{a} * b / c;
  if (result > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>(result);
}

}  // namespace millpond::base
