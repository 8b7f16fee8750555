// SPDX-License-Identifier: Apache-2.0
// Crockford's base 32: digits and letters without I, L, O, U, for codes that people type and read aloud.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millpond::base {

inline constexpr std::string_view crockford_alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// The value of one digit in either case; O reads as 0, I and L as 1; nothing for any other character.
[[nodiscard]] constexpr std::optional<std::uint8_t> crockford_digit(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  const auto at = crockford_alphabet.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint8_t>(at);
}

}  // namespace millpond::base
