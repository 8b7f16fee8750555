// SPDX-License-Identifier: Apache-2.0
// Tokens: numbers, days and words at a place of a line, each read whole. Pure.
#pragma once

#include "hardware/capture/pattern.h"

#include <cstddef>

namespace millpond::capture {

// A token that begins at a place: its value and where it ends.
template <class Value>
struct Token {
  Value value{};
  std::size_t end{};
};

// Signs before or behind, a currency's sign and brackets belong to an amount.
[[nodiscard]] std::optional<Token<std::int64_t>> amount_at(std::string_view line, std::size_t at,
                                                           const Notation& notation);
[[nodiscard]] std::optional<Token<std::string>> quantity_at(std::string_view line, std::size_t at, char point);
// 2026-11-21, 26/11/21, 2026年11月21日, 20261121, Nov 21, 2026, by the order; never a day that does not exist.
[[nodiscard]] std::optional<Token<base::LocalDate>> date_at(std::string_view line, std::size_t at, DateOrder order);
// 10:42, 10:42:59, 9:05 PM as minutes of the day.
[[nodiscard]] std::optional<Token<int>> time_at(std::string_view line, std::size_t at);
[[nodiscard]] std::optional<Token<std::string>> word_at(std::string_view line, std::size_t at);

[[nodiscard]] inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
// A number does not begin in the middle of another word or number.
[[nodiscard]] bool may_begin_number(std::string_view line, std::size_t at);

}  // namespace millpond::capture
