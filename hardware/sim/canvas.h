// SPDX-License-Identifier: Apache-2.0
// Canvas: light as floating point levels, with the blurs that lenses and hands make. Only for drawing scenes. A value.
#pragma once

#include "hardware/ports/camera.h"
#include "sync/base/rng.h"

#include <cstddef>
#include <vector>

namespace millpond::sim {

struct Canvas {
  int width{};
  int height{};
  std::vector<float> levels;  // 0 black .. 255 white; above is cut when it becomes a frame

  Canvas(int width_px, int height_px, float level)
      : width{width_px},
        height{height_px},
        levels(static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px), level) {}

  [[nodiscard]] float& at(int x, int y) {
    return levels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
  }
  [[nodiscard]] float at(int x, int y) const {
    return levels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
  }
};

// Close to a Gaussian of that standard deviation; nothing below a third of a pixel.
void blur(Canvas& canvas, double sigma_px);
// A straight smear of that length; 0 degrees is downwards, 90 to the right.
void smear(Canvas& canvas, double length_px, double direction_deg);
// Bilinear.
[[nodiscard]] Canvas enlarged(const Canvas& from, int width, int height);
// Darker corners, as small lenses have.
void vignette(Canvas& canvas, float strength);
// Rounds and cuts to 0 .. 255 after adding noise of that standard deviation.
[[nodiscard]] ports::GrayFrame expose(const Canvas& canvas, double noise_levels, base::Rng& rng);

// How much of a pixel is inside an edge at this distance (positive outside), for a pixel of that size.
[[nodiscard]] float edge_coverage(float distance, float pixel);
// Distance to a rectangle around the origin with round corners; negative inside.
[[nodiscard]] float round_rect_distance(float x, float y, float half_width, float half_height, float radius);
[[nodiscard]] inline float mix(float from, float to, float share) { return from + (to - from) * share; }

}  // namespace millpond::sim
