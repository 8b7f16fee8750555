// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/symbology_identifier.h"

#include <cstddef>

namespace millpond::scan {

bool is_gs1_identifier(std::string_view identifier) {
  return identifier == "]C1" || identifier == "]d2" || identifier == "]Q3" || identifier == "]e0";
}

std::string_view without_symbology(std::string_view text) {
  constexpr std::size_t length = 3;
  if (text.size() < length || text[0] != ']' || is_gs1_identifier(text.substr(0, length))) return text;
  const bool letter = (text[1] >= 'A' && text[1] <= 'Z') || (text[1] >= 'a' && text[1] <= 'z');
  const bool digit = text[2] >= '0' && text[2] <= '9';
  return letter && digit ? text.substr(length) : text;
}

}  // namespace millpond::scan
