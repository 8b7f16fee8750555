// SPDX-License-Identifier: Apache-2.0
// Where lines of Chinese and English may break: after spaces, and between hanzi, but no line begins with closing
// punctuation or ends with opening punctuation. Not Unicode's whole algorithm: these two scripts. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::view {

struct CodePoint {
  char32_t value{};
  std::size_t bytes{};
};

// The first code point of a text that is not empty; bytes that are no UTF-8 are U+FFFD, one each.
[[nodiscard]] CodePoint first_code_point(std::string_view text);

// Width of a code point in any unit.
using Advance = std::function<float(char32_t)>;

// Lines no wider than `width`; a word that is wider is cut. "\n" ends a line.
[[nodiscard]] std::vector<std::string> break_lines(std::string_view text, float width, const Advance& advance);

}  // namespace millpond::view
