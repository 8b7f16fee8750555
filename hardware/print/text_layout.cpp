// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/text_layout.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

namespace millpond::print {
namespace {

constexpr char32_t replacement = 0xFFFD;
// Coverage from which a dot is burnt. White letters lose dots to the heat around them, so they are drawn fuller.
constexpr std::uint8_t black_threshold = 104;
constexpr std::uint8_t white_threshold = 84;

// The next character of malformed-tolerant UTF-8, and moves `text` behind it.
char32_t take_character(std::string_view& text) {
  const auto first = static_cast<std::uint8_t>(text.front());
  text.remove_prefix(1);
  if (first < 0x80) return first;
  const int following = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC2 ? 1 : 0;
  if (following == 0 || first > 0xF4) return replacement;
  auto character = static_cast<char32_t>(first & (0x3F >> following));
  for (int i = 0; i < following; ++i) {
    if (text.empty() || (static_cast<std::uint8_t>(text.front()) & 0xC0) != 0x80) return replacement;
    character = (character << 6) | (static_cast<std::uint8_t>(text.front()) & 0x3F);
    text.remove_prefix(1);
  }
  constexpr std::array<char32_t, 4> smallest{0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  const bool overlong = character < smallest[static_cast<std::size_t>(following)];
  return overlong || surrogate || character > 0x10FFFF ? replacement : character;
}

bool is_wide(char32_t c) {
  return (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFE30 && c <= 0xFE4F) || (c >= 0xFF00 && c <= 0xFFEF) || (c >= 0x20000 && c <= 0x3FFFF);
}

// Marks that Chinese and Latin share: set full-width inside Chinese, and as Latin elsewhere.
bool is_shared_mark(char32_t c) {
  constexpr std::u32string_view shared = U"\u2014\u2018\u2019\u201C\u201D\u2026\u00B7";
  return shared.find(c) != std::u32string_view::npos;
}

bool opens(char32_t c) {
  constexpr std::u32string_view marks =
      U"([{\u2018\u201C\u3008\u300A\u300C\u300E\u3010\u3014\uFF08\uFF3B\uFF5B\u00A5\uFFE5$";
  return marks.find(c) != std::u32string_view::npos;
}

bool closes(char32_t c) {
  constexpr std::u32string_view marks =
      U")]}!%,.:;?\u2019\u201D\u2026\u3001\u3002\u3009\u300B\u300D\u300F\u3011\u3015\uFF01\uFF05\uFF09\uFF0C\uFF0E"
      U"\uFF1A\uFF1B\uFF1F\uFF3D\uFF5D\u00B7";
  return marks.find(c) != std::u32string_view::npos;
}

std::u32string decode(std::string_view text) {
  std::u32string characters;
  while (!text.empty()) {
    auto c = take_character(text);
    if (c == U'\t' || c == 0x00A0) c = U' ';
    if (c == U'\n' || (c >= 0x20 && c != 0x7F)) characters.push_back(c);
  }
  return characters;
}

struct Cell {
  char32_t character{};
  const Glyph* glyph{};
  int advance_64{};
  int shift_64{};  // of the glyph inside its cell
};

class Setter {
 public:
  Setter(Fonts& fonts, const TextStyle& style) : fonts_{fonts}, style_{style} {
    if (!style.tabular_digits) return;
    for (char32_t digit = U'0'; digit <= U'9'; ++digit) {
      digit_advance_64_ = std::max(digit_advance_64_, glyph_of(Script::latin, digit).advance_64);
    }
  }

  std::vector<Cell> cells(const std::u32string& text) {
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == U'\n') {
        cells.push_back({U'\n', nullptr, 0, 0});
        continue;
      }
      const auto& glyph = glyph_of(script_at(text, i), text[i]);
      Cell cell{text[i], &glyph, glyph.advance_64 + style_.tracking_64, 0};
      // Two full-width marks side by side would leave a hole of a whole character between them.
      const bool marks_meet = i + 1 < text.size() && closes(text[i]) && (closes(text[i + 1]) || opens(text[i + 1]));
      if (marks_meet && script_at(text, i) == Script::cjk && script_at(text, i + 1) == Script::cjk) {
        cell.advance_64 -= style_.size_px * 32;
      }
      if (style_.tabular_digits && text[i] >= U'0' && text[i] <= U'9') {
        cell.shift_64 = (digit_advance_64_ - glyph.advance_64) / 2;
        cell.advance_64 = digit_advance_64_ + style_.tracking_64;
      }
      cells.push_back(cell);
    }
    return cells;
  }

 private:
  const Glyph& glyph_of(Script script, char32_t character) {
    return fonts_.glyph(script, style_.weight, style_.size_px, character);
  }

  Script script_at(const std::u32string& text, std::size_t at) const {
    const auto c = text[at];
    if (is_wide(c)) return Script::cjk;
    const bool beside_wide = (at > 0 && is_wide(text[at - 1])) || (at + 1 < text.size() && is_wide(text[at + 1]));
    if (is_shared_mark(c) && beside_wide) return Script::cjk;
    if (is_shared_mark(c) && at > 0 && is_shared_mark(text[at - 1])) return script_at(text, at - 1);
    return fonts_.has(Script::latin, c) || !fonts_.has(Script::cjk, c) ? Script::latin : Script::cjk;
  }

  Fonts& fonts_;
  const TextStyle& style_;
  int digit_advance_64_ = 0;
};

bool may_break_before(const std::vector<Cell>& cells, std::size_t at) {
  const auto before = cells[at - 1].character;
  const auto after = cells[at].character;
  if (before == U' ') return after != U' ';
  if (closes(after) || opens(before) || after == U' ') return false;
  // Inside words, not inside codes and dates, which people read as one.
  if (before == U'-' || before == U'/') return after >= U'a' && after <= U'z';
  return is_wide(before) || is_wide(after);
}

Line set_line(const std::vector<Cell>& cells, std::size_t begin, std::size_t end, int tracking_64) {
  while (end > begin && cells[end - 1].character == U' ') --end;
  Line line;
  int pen_64 = 0;
  for (std::size_t i = begin; i < end; ++i) {
    line.glyphs.push_back({cells[i].glyph, pen_64 + cells[i].shift_64});
    pen_64 += cells[i].advance_64;
  }
  if (end > begin) pen_64 -= tracking_64;
  line.width = (pen_64 + 63) / 64;
  return line;
}

}  // namespace

std::vector<Line> lay_out(Fonts& fonts, const TextStyle& style, std::string_view text, int width_max) {
  const auto cells = Setter{fonts, style}.cells(decode(text));
  const int limit_64 =
      width_max < std::numeric_limits<int>::max() / 64 ? width_max * 64 : std::numeric_limits<int>::max();
  std::vector<Line> lines;
  std::size_t begin = 0;
  std::size_t last_break = 0;  // begin or before: none on this line
  int pen_64 = 0;
  const auto finish = [&](std::size_t end, std::size_t next) {
    lines.push_back(set_line(cells, begin, end, style.tracking_64));
    begin = next;
    pen_64 = 0;
  };
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].character == U'\n') {
      finish(i, i + 1);
      continue;
    }
    if (i > begin && may_break_before(cells, i)) last_break = i;
    const bool fits = pen_64 + cells[i].advance_64 - style.tracking_64 <= limit_64;
    if (!fits && i > begin && cells[i].character != U' ') {
      const auto cut = last_break > begin ? last_break : i;
      finish(cut, cut);
      for (std::size_t k = begin; k < i; ++k) pen_64 += cells[k].advance_64;
    }
    pen_64 += cells[i].advance_64;
  }
  lines.push_back(set_line(cells, begin, cells.size(), style.tracking_64));
  return lines;
}

std::vector<Line> lay_out_balanced(Fonts& fonts, const TextStyle& style, std::string_view text, int width_max) {
  auto lines = lay_out(fonts, style, text, width_max);
  const auto count = lines.size();
  const int step = style.size_px / 2;
  // No narrower than half: beyond that a long word stands alone anyway.
  for (int width = width_max - step; count > 1 && width > width_max / 2; width -= step) {
    auto narrower = lay_out(fonts, style, text, width);
    if (narrower.size() > count) break;
    lines = std::move(narrower);
  }
  return lines;
}

int text_width(Fonts& fonts, const TextStyle& style, std::string_view text) {
  int width = 0;
  for (const auto& line : lay_out(fonts, style, text, std::numeric_limits<int>::max())) {
    width = std::max(width, line.width);
  }
  return width;
}

// Proportions of the em that suit both typefaces: Inter alone could stand closer, Chinese could not.
int line_height(const TextStyle& style) { return (style.size_px * 138 + 50) / 100; }
int ascent(const TextStyle& style) { return (style.size_px * 104 + 50) / 100; }

void draw_line(Bitmap& to, const Line& line, const TextStyle& style, int x, int y, bool black) {
  const auto threshold = black ? black_threshold : white_threshold;
  const int baseline = y + ascent(style);
  to.grow_to(y + line_height(style));
  for (const auto& placed : line.glyphs) {
    const auto& glyph = *placed.glyph;
    const int left = x + (placed.x_64 + 32) / 64 + glyph.left;
    const int top = baseline - glyph.top;
    for (int row = 0; row < glyph.height; ++row) {
      for (int column = 0; column < glyph.width; ++column) {
        const auto at =
            static_cast<std::size_t>(row) * static_cast<std::size_t>(glyph.width) + static_cast<std::size_t>(column);
        if (glyph.coverage[at] >= threshold) to.set(left + column, top + row, black);
      }
    }
  }
}

}  // namespace millpond::print
