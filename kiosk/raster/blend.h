// SPDX-License-Identifier: Apache-2.0
// Arithmetic of one pixel: colours are ABGR words as Dear ImGui packs them, the target is always opaque. Integers only,
// so every machine gets the same bytes. Internal to raster.
#pragma once

#include <algorithm>
#include <cstdint>

namespace millpond::raster {

using Pixel = std::uint32_t;

inline constexpr Pixel alpha_bits = 0xFF000000U;
inline constexpr Pixel red_and_blue = 0x00FF00FFU;
inline constexpr Pixel rounding_pair = 0x00800080U;  // half of 255 in both channels of a pair, to round and not cut

[[nodiscard]] inline std::uint32_t alpha_of(Pixel color) { return color >> 24; }

// a * b / 255, rounded, for 0 .. 255.
[[nodiscard]] inline std::uint32_t multiply_channel(std::uint32_t a, std::uint32_t b) {
  const std::uint32_t product = a * b + 128;
  return (product + (product >> 8)) >> 8;
}

// Two channels at once: each 16-bit half holds at most 255 * 255 + 128.
[[nodiscard]] inline std::uint32_t divide_pair_by_255(std::uint32_t pair) {
  return ((pair + ((pair >> 8) & red_and_blue)) >> 8) & red_and_blue;
}

// `color` over `below` with alpha 0 .. 255; the alpha bits of `color` are not looked at.
[[nodiscard]] inline Pixel blend(Pixel below, Pixel color, std::uint32_t alpha) {
  const std::uint32_t rest = 255 - alpha;
  const std::uint32_t rb =
      divide_pair_by_255((color & red_and_blue) * alpha + (below & red_and_blue) * rest + rounding_pair);
  std::uint32_t green = ((color >> 8) & 255) * alpha + ((below >> 8) & 255) * rest + 128;
  green = ((green + (green >> 8)) >> 8) & 255;
  return alpha_bits | rb | (green << 8);
}

// The texel times the vertex colour, channel by channel, alpha included.
[[nodiscard]] inline Pixel modulate(Pixel texel, Pixel color) {
  return multiply_channel(texel & 255, color & 255) | multiply_channel((texel >> 8) & 255, (color >> 8) & 255) << 8 |
         multiply_channel((texel >> 16) & 255, (color >> 16) & 255) << 16 |
         multiply_channel(alpha_of(texel), alpha_of(color)) << 24;
}

inline void blend_onto(Pixel& below, Pixel color) {
  const std::uint32_t alpha = alpha_of(color);
  if (alpha == 255) {
    below = color;
  } else if (alpha != 0) {
    below = blend(below, color, alpha);
  }
}

}  // namespace millpond::raster
