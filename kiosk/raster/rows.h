// SPDX-License-Identifier: Apache-2.0
// Rows of pixels: the loops in which a screen's time is spent. Whole numbers only and the same for every pixel, so that
// a processor with wider words (AVX2) may take eight pixels at a time and every machine gets the same bytes. Internal
// to raster; any thread.
#pragma once

#include "kiosk/raster/blend.h"

#include <array>
#include <cstdint>

namespace millpond::raster {

// 16.16 fixed point; the value's whole part is clamped to 0 .. 255 at each pixel.
struct Run {
  std::int32_t value{};
  std::int32_t step{};
};

// Each puts `count` pixels over those that are there.
struct Rows {
  // One colour.
  void (*fill)(Pixel* row, int count, Pixel color);
  // One colour whose alpha runs; the alpha bits of `color` are 0.
  void (*fade)(Pixel* row, int count, Pixel color, Run alpha);
  // Red, green, blue and alpha, each with a run of its own.
  void (*shade)(Pixel* row, int count, const std::array<Run, 4>& channels);
  // One colour through a mask of alphas.
  void (*mask)(Pixel* row, int count, Pixel color, const std::uint8_t* alphas);
};

// The best for this processor.
[[nodiscard]] const Rows& rows();
// For tests: what every processor can do.
[[nodiscard]] const Rows& plain_rows();

}  // namespace millpond::raster
