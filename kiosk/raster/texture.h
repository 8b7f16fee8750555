// SPDX-License-Identifier: Apache-2.0
// Texels: reading them, and Dear ImGui's requests to create, update and drop textures. Internal to raster.
#pragma once

#include "kiosk/raster/blend.h"
#include "kiosk/raster/raster.h"

#include <cmath>
#include <cstring>

struct ImDrawData;

namespace millpond::raster {

// Takes over what ImGui asks for: its glyph atlas is drawn from where it lies, without a copy.
void serve_texture_requests(ImDrawData& data);

// A one-byte texel is white with that alpha, so that the vertex colour decides.
[[nodiscard]] inline Pixel texel_at(const Texture& texture, int x, int y) {
  const int cx = std::clamp(x, 0, texture.width - 1);
  const int cy = std::clamp(y, 0, texture.height - 1);
  const std::size_t index =
      static_cast<std::size_t>(cy) * static_cast<std::size_t>(texture.width) + static_cast<std::size_t>(cx);
  if (texture.bytes_per_pixel == 1) return 0x00FFFFFFU | static_cast<Pixel>(texture.pixels[index]) << 24;
  Pixel texel = 0;
  std::memcpy(&texel, texture.pixels + index * 4, sizeof texel);
  return texel;
}

// Weighs two texels, `weight` of 256 for the second.
[[nodiscard]] inline Pixel mix_texels(Pixel first, Pixel second, std::uint32_t weight) {
  const std::uint32_t rest = 256 - weight;
  const std::uint32_t low = (((first & red_and_blue) * rest + (second & red_and_blue) * weight) >> 8) & red_and_blue;
  const std::uint32_t high =
      (((first >> 8) & red_and_blue) * rest + ((second >> 8) & red_and_blue) * weight) & ~red_and_blue;
  return low | high;
}

// The colour at texture coordinates 0 .. 1, interpolated between four texels.
[[nodiscard]] inline Pixel sample(const Texture& texture, float u, float v) {
  const float fx = u * static_cast<float>(texture.width) - 0.5F;
  const float fy = v * static_cast<float>(texture.height) - 0.5F;
  const int x = static_cast<int>(std::floor(fx));
  const int y = static_cast<int>(std::floor(fy));
  const auto weight_x = static_cast<std::uint32_t>((fx - static_cast<float>(x)) * 256.0F);
  const auto weight_y = static_cast<std::uint32_t>((fy - static_cast<float>(y)) * 256.0F);
  const Pixel top = mix_texels(texel_at(texture, x, y), texel_at(texture, x + 1, y), weight_x);
  const Pixel bottom = mix_texels(texel_at(texture, x, y + 1), texel_at(texture, x + 1, y + 1), weight_x);
  return mix_texels(top, bottom, weight_y);
}

}  // namespace millpond::raster
