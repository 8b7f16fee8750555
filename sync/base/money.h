// SPDX-License-Identifier: Apache-2.0
// Money: whole minor units of a currency that the programme names. No floating point, no conversion; how money is
// written for people is `text`'s business.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millpond::base {

// ISO 4217 letters, for example CNY. The exponent (2 for CNY, 0 for JPY) comes from the table in money.cpp.
struct Currency {
  std::array<char, 3> letters{};
  friend auto operator<=>(const Currency&, const Currency&) = default;
  [[nodiscard]] std::string_view view() const { return {letters.data(), letters.size()}; }
};

// Nothing for a currency that the table does not know: an unknown exponent would misplace the point.
[[nodiscard]] std::optional<Currency> parse_currency(std::string_view letters);
[[nodiscard]] int exponent(Currency currency);  // digits after the point

struct Money {
  std::int64_t minor{};
  Currency currency{};
  friend bool operator==(const Money&, const Money&) = default;
};

// a * b / c rounded down without overflow for any a, b >= 0 and c > 0 whose result fits; nothing otherwise.
[[nodiscard]] std::optional<std::int64_t> mul_div_floor(std::int64_t a, std::int64_t b, std::int64_t c);

}  // namespace millpond::base
