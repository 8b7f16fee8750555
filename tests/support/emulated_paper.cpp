// SPDX-License-Identifier: Apache-2.0
#include "tests/support/emulated_paper.h"

#include "hardware/image/image.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace millpond::tests {
namespace {

constexpr int margin_dots = 32;
constexpr std::uint8_t inside = 104;  // of 255: a dot that is mostly covered is burnt

struct Face {
  int width;
  int height;
  int size_px;
  int baseline;
};
constexpr Face font_a{12, 24, 21, 19};
constexpr Face font_b{9, 17, 15, 13};
constexpr Face font_wide{24, 24, 23, 20};

bool is_wide(char32_t c) {
  return (c >= 0x2E80 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE4F) ||
         (c >= 0xFF00 && c <= 0xFF60) || (c >= 0xFFE0 && c <= 0xFFE6) || c >= 0x20000;
}

void append_utf8(std::string& to, char32_t c) {
  const auto put = [&to](char32_t byte) { to += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | (c >> 6));
  } else {
    if (c < 0x10000) {
      put(0xE0 | (c >> 12));
    } else {
      put(0xF0 | (c >> 18));
      put(0x80 | ((c >> 12) & 0x3F));
    }
    put(0x80 | ((c >> 6) & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

std::size_t at(int width, int x, int y) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
}

Picture turned(const Picture& cell) {
  auto to = blank(cell.height, cell.width);
  for (int y = 0; y < cell.height; ++y) {
    for (int x = 0; x < cell.width; ++x) to.dots[at(to.width, cell.height - 1 - y, x)] = cell.get(x, y) ? 1 : 0;
  }
  return to;
}

}  // namespace

Picture blank(int width, int height) {
  Picture picture{width, height, {}};
  picture.dots.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0);
  return picture;
}

Picture enlarged(const Picture& picture, int across, int down) {
  auto to = blank(picture.width * across, picture.height * down);
  for (int y = 0; y < to.height; ++y) {
    for (int x = 0; x < to.width; ++x) to.dots[at(to.width, x, y)] = picture.get(x / across, y / down) ? 1 : 0;
  }
  return to;
}

base::Bytes EmulatedPaper::png() const {
  image::GrayImage picture{width_dots + 2 * margin_dots, height() + 2 * margin_dots, {}};
  picture.pixels.assign(static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height), 255);
  for (int y = 0; y < height(); ++y) {
    for (int x = 0; x < width_dots; ++x) {
      if (dots[at(width_dots, x, y)] != 0) picture.pixels[at(picture.width, x + margin_dots, y + margin_dots)] = 0;
    }
  }
  auto file = image::encode_png(picture);
  if (!file) throw std::runtime_error{"emulated paper: " + base::describe(file.error())};
  return std::move(file).value();
}

void PrintHead::reset() {
  modes_ = {};
  modes_.area_width = paper_.width_dots;
  line_.clear();
  pen_ = 0;
}

Picture PrintHead::drawn(char32_t character) {
  if (!fonts_) {
    auto paths = print::find_fonts();
    if (!paths) throw std::runtime_error{base::describe(paths.error())};
    auto opened = print::Fonts::open(*paths);
    if (!opened) throw std::runtime_error{base::describe(opened.error())};
    fonts_.emplace(std::move(opened).value());
  }
  const bool wide = is_wide(character);
  const auto& face = wide ? font_wide : modes_.small_font ? font_b : font_a;
  const bool latin = !wide && fonts_->has(print::Script::latin, character);
  const auto& glyph =
      fonts_->glyph(latin ? print::Script::latin : print::Script::cjk,
                    modes_.bold ? print::Weight::bold : print::Weight::regular, face.size_px, character);
  auto cell = blank(face.width, face.height);
  if (glyph.width == 0) return cell;
  // A printer's letters are all as wide as their cell: wider ones are pressed together, narrow ones stand in the
  // middle.
  const int fits = std::min(glyph.width, face.width);
  const int left = (face.width - fits) / 2;
  for (int row = 0; row < glyph.height; ++row) {
    const int y = face.baseline - glyph.top + row;
    if (y < 0 || y >= face.height) continue;
    for (int column = 0; column < glyph.width; ++column) {
      if (glyph.coverage[at(glyph.width, column, row)] < inside) continue;
      cell.dots[at(face.width, left + column * fits / glyph.width, y)] = 1;
    }
  }
  return cell;
}

Picture PrintHead::styled(Picture cell) const {
  auto to = enlarged(cell, modes_.across, modes_.down);
  if (modes_.letter_spacing > 0) {
    auto spaced = blank(to.width + modes_.letter_spacing * modes_.across, to.height);
    for (int y = 0; y < to.height; ++y) {
      for (int x = 0; x < to.width; ++x) spaced.dots[at(spaced.width, x, y)] = to.get(x, y) ? 1 : 0;
    }
    to = std::move(spaced);
  }
  if (modes_.underline > 0 && !modes_.reverse) {
    for (int y = std::max(0, to.height - modes_.underline); y < to.height; ++y) {
      for (int x = 0; x < to.width; ++x) to.dots[at(to.width, x, y)] = 1;
    }
  }
  if (modes_.reverse) {
    for (auto& dot : to.dots) dot = dot == 0 ? 1 : 0;
  }
  return modes_.sideways ? turned(to) : to;
}

void PrintHead::letter(char32_t character) {
  auto cell = styled(drawn(character));
  if (pen_ + cell.width > modes_.area_width && pen_ > 0) end_line();
  append_utf8(paper_.text, character);
  const int width = cell.width;
  line_.push_back({pen_, std::move(cell)});
  pen_ += width;
}

void PrintHead::in_line(Picture picture) {
  const int width = picture.width;
  line_.push_back({pen_, std::move(picture)});
  pen_ += width;
}

void PrintHead::tab() {
  const int letter_width = (modes_.small_font ? font_b.width : font_a.width) + modes_.letter_spacing;
  int next = (pen_ / (8 * letter_width) + 1) * 8 * letter_width;
  if (!modes_.tabs.empty()) {
    const auto found = std::upper_bound(modes_.tabs.begin(), modes_.tabs.end(), pen_);
    if (found == modes_.tabs.end()) return;
    next = *found;
  }
  paper_.text += '\t';
  pen_ = next;
}

void PrintHead::move_to(int x) {
  if (x > pen_ && !line_.empty()) paper_.text += '\t';
  pen_ = x;
}

void PrintHead::move_by(int dots) { move_to(std::max(0, pen_ + dots)); }

int PrintHead::offset_of(int width) const {
  const int area = std::min(modes_.area_width, paper_.width_dots - modes_.left_margin);
  const int free = std::max(0, area - width);
  if (modes_.align == PrintAlign::center) return modes_.left_margin + free / 2;
  return modes_.left_margin + (modes_.align == PrintAlign::right ? free : 0);
}

void PrintHead::place(const Picture& picture, int x, int y) {
  const auto needed =
      static_cast<std::size_t>(std::max(0, y + picture.height)) * static_cast<std::size_t>(paper_.width_dots);
  if (paper_.dots.size() < needed) paper_.dots.resize(needed, 0);
  for (int row = 0; row < picture.height; ++row) {
    for (int column = 0; column < picture.width; ++column) {
      const int to_x = x + column;
      if (picture.get(column, row) && to_x >= 0 && to_x < paper_.width_dots) {
        paper_.dots[at(paper_.width_dots, to_x, y + row)] = 1;
      }
    }
  }
}

void PrintHead::end_line(int feed) {
  int height = 0;
  for (const auto& cell : line_) height = std::max(height, cell.picture.height);
  const int left = offset_of(pen_);
  for (const auto& cell : line_) {
    if (!modes_.upside_down) {
      place(cell.picture, left + cell.x, y_ + height - cell.picture.height);
      continue;
    }
    place(turned(turned(cell.picture)), left + pen_ - cell.x - cell.picture.width, y_);
  }
  line_.clear();
  pen_ = 0;
  paper_.text += '\n';
  y_ += std::max(height, feed);
  place(blank(0, 0), 0, y_);
}

void PrintHead::block(const Picture& picture) {
  if (!line_.empty()) end_line();
  place(picture, offset_of(picture.width), y_);
  y_ += picture.height;
}

void PrintHead::feed(int dots) {
  if (!line_.empty()) return end_line(dots);
  y_ += dots;
  place(blank(0, 0), 0, y_);
}

}  // namespace millpond::tests
