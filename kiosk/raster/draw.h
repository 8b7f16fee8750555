// SPDX-License-Identifier: Apache-2.0
// Putting one primitive into the pixels of one rectangle. A pixel belongs to a primitive when its centre lies inside,
// left and top edges included, so neighbours share no pixel and leave no gap. What a pixel gets depends on the
// primitive and the pixel alone, never on the rectangle: tiles and a full redraw agree to the bit. Internal to raster.
#pragma once

#include "kiosk/raster/blend.h"
#include "kiosk/raster/primitives.h"

#include <cmath>
#include <cstddef>

namespace millpond::raster {

// Whole rows of the picture, from `top` on.
struct Canvas {
  Pixel* pixels{};
  int width{};
  int top{};
  [[nodiscard]] Pixel* row(int y) const {
    return pixels + static_cast<std::size_t>(y - top) * static_cast<std::size_t>(width);
  }
};

// The first pixel whose centre is not left of (or above) `edge`.
[[nodiscard]] inline int first_pixel(float edge) {
  const float from = std::clamp(edge, -1e6F, 1e6F) - 0.5F;
  const int whole =
      static_cast<int>(from);  // towards 0; ceil() is a call where a processor's own may not be counted on
  return whole + (static_cast<float>(whole) < from ? 1 : 0);
}

void draw_quad(const Canvas& canvas, const Primitive& quad, const Rect& within);
void draw_triangle(const Canvas& canvas, const Primitive& triangle, const Rect& within);

}  // namespace millpond::raster
