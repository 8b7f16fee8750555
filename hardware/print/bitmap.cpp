// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/bitmap.h"

#include <algorithm>

namespace millpond::print {

bool Bitmap::get(int x, int y) const {
  if (x < 0 || y < 0 || x >= width || y >= height) return false;
  const auto byte = bits[static_cast<std::size_t>(y) * row_bytes() + static_cast<std::size_t>(x) / 8];
  return (byte >> (7 - x % 8) & 1) != 0;
}

void Bitmap::grow_to(int new_height) {
  if (new_height <= height) return;
  height = new_height;
  bits.resize(static_cast<std::size_t>(height) * row_bytes(), 0);
}

void Bitmap::set(int x, int y, bool black) {
  if (x < 0 || y < 0 || x >= width) return;
  grow_to(y + 1);
  auto& byte = bits[static_cast<std::size_t>(y) * row_bytes() + static_cast<std::size_t>(x) / 8];
  const auto mask = static_cast<std::uint8_t>(0x80 >> (x % 8));
  byte = static_cast<std::uint8_t>(black ? byte | mask : byte & ~mask);
}

void Bitmap::fill(Rect area, bool black) {
  for (int y = area.y; y < area.y + area.height; ++y) {
    for (int x = area.x; x < area.x + area.width; ++x) set(x, y, black);
  }
}

void Bitmap::fill_rounded(Rect area, int radius) {
  const int r = std::min({radius, area.width / 2, area.height / 2});
  for (int y = 0; y < area.height; ++y) {
    for (int x = 0; x < area.width; ++x) {
      // Distance in half dots from the dot's middle to the corner circle's centre; 0 beside the corners.
      const int dx = std::max({0, 2 * (r - x) - 1, 2 * (x - area.width + 1 + r) - 1});
      const int dy = std::max({0, 2 * (r - y) - 1, 2 * (y - area.height + 1 + r) - 1});
      if (dx * dx + dy * dy <= 4 * r * r) set(area.x + x, area.y + y, true);
    }
  }
}

image::GrayImage to_image(const Bitmap& bitmap, int margin_dots) {
  constexpr std::uint8_t paper = 255;
  constexpr std::uint8_t ink = 0;
  image::GrayImage picture{bitmap.width + 2 * margin_dots, bitmap.height + 2 * margin_dots, {}};
  picture.pixels.assign(static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height), paper);
  for (int y = 0; y < bitmap.height; ++y) {
    auto* row = picture.pixels.data() + static_cast<std::ptrdiff_t>(y + margin_dots) * picture.width + margin_dots;
    for (int x = 0; x < bitmap.width; ++x) {
      if (bitmap.get(x, y)) row[x] = ink;
    }
  }
  return picture;
}

}  // namespace millpond::print
