// SPDX-License-Identifier: Apache-2.0
// Text layout: from a string to lines of glyphs no wider than the paper. Chooses the typeface for each character and
// breaks between Chinese characters as well as between words, never before a closing or after an opening mark. Not a
// shaper: no kerning, no right-to-left scripts. One thread, the fonts' own.
#pragma once

#include "hardware/print/bitmap.h"
#include "hardware/print/fonts.h"

#include <string_view>
#include <vector>

namespace millpond::print {

struct TextStyle {
  int size_px = 25;
  Weight weight = Weight::regular;
  int tracking_64 = 0;          // added after every character, in 64ths of a dot
  bool tabular_digits = false;  // every digit as wide as the widest, so that columns of amounts line up
};

struct PlacedGlyph {
  const Glyph* glyph{};
  int x_64{};  // of the pen, from the start of the line
};

struct Line {
  std::vector<PlacedGlyph> glyphs;
  int width{};  // dots, rounded up, without trailing spaces
};

// At least one line; a word longer than width_max is broken where it must be. Malformed UTF-8 shows as a replacement
// character, control characters other than line feed are left out.
[[nodiscard]] std::vector<Line> lay_out(Fonts& fonts, const TextStyle& style, std::string_view text, int width_max);

// The same number of lines, as even in length as they get: no single word or character is left over on the last one.
[[nodiscard]] std::vector<Line> lay_out_balanced(Fonts& fonts, const TextStyle& style, std::string_view text,
                                                 int width_max);

[[nodiscard]] int text_width(Fonts& fonts, const TextStyle& style, std::string_view text);

// From one baseline to the next.
[[nodiscard]] int line_height(const TextStyle& style);
// From the top of a line to its baseline.
[[nodiscard]] int ascent(const TextStyle& style);

// Draws with the line's start at x and its top at y.
void draw_line(Bitmap& to, const Line& line, const TextStyle& style, int x, int y, bool black);

}  // namespace millpond::print
