// SPDX-License-Identifier: Apache-2.0
// Bitmap: black and white dots in the layout that thermal printers take. A value without fonts or devices; any thread.
#pragma once

#include "hardware/image/image.h"
#include "sync/base/bytes.h"

#include <cstddef>
#include <cstdint>

namespace millpond::print {

struct Rect {
  int x{};
  int y{};
  int width{};
  int height{};
};

struct Bitmap {
  int width{};  // dots; rows are padded to whole bytes
  int height{};
  base::Bytes bits;  // row after row, the leftmost dot in the highest bit, 1 is black

  [[nodiscard]] std::size_t row_bytes() const { return static_cast<std::size_t>(width + 7) / 8; }
  [[nodiscard]] bool get(int x, int y) const;
  // Dots outside are clipped away sideways; below, the bitmap grows, because paper does.
  void set(int x, int y, bool black);
  void grow_to(int new_height);
  void fill(Rect area, bool black);
  // Corners cut to a circle of radius dots.
  void fill_rounded(Rect area, int radius);
  friend bool operator==(const Bitmap&, const Bitmap&) = default;
};

// As a picture of the paper: one pixel a dot, white margins of margin_dots at the sides, top and bottom.
[[nodiscard]] image::GrayImage to_image(const Bitmap& bitmap, int margin_dots);

}  // namespace millpond::print
