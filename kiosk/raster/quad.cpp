// SPDX-License-Identifier: Apache-2.0
// Upright rectangles: fills, glyphs copied texel by texel, and pictures that are scaled.
#include "kiosk/raster/draw.h"
#include "kiosk/raster/rows.h"
#include "kiosk/raster/texture.h"

#include <array>

namespace millpond::raster {
namespace {

struct TexturedQuad {
  const Texture& texture;
  Pixel color;
  ImVec2 at;       // top left corner
  ImVec2 uv;       // texture coordinates there
  ImVec2 uv_step;  // per pixel

  [[nodiscard]] float u(int x) const { return uv.x + (static_cast<float>(x) + 0.5F - at.x) * uv_step.x; }
  [[nodiscard]] float v(int y) const { return uv.y + (static_cast<float>(y) + 0.5F - at.y) * uv_step.y; }
  // One texel to one pixel, as every glyph is.
  [[nodiscard]] bool unscaled() const {
    constexpr float tolerance = 1e-3F;
    return std::fabs(uv_step.x * static_cast<float>(texture.width) - 1) < tolerance &&
           std::fabs(uv_step.y * static_cast<float>(texture.height) - 1) < tolerance;
  }
};

void draw_unscaled(const Canvas& canvas, const TexturedQuad& quad, const Rect& r) {
  const Texture& texture = quad.texture;
  const int from_x = static_cast<int>(std::floor(quad.u(r.x0) * static_cast<float>(texture.width)));
  const int from_y = static_cast<int>(std::floor(quad.v(r.y0) * static_cast<float>(texture.height)));
  const bool inside =
      from_x >= 0 && from_y >= 0 && from_x + (r.x1 - r.x0) <= texture.width && from_y + (r.y1 - r.y0) <= texture.height;
  for (int y = r.y0; y < r.y1; ++y) {
    Pixel* row = canvas.row(y);
    const int texture_y = from_y + (y - r.y0);
    if (inside && texture.bytes_per_pixel == 1) {
      const auto offset = static_cast<std::size_t>(texture_y) * static_cast<std::size_t>(texture.width);
      rows().mask(row + r.x0, r.x1 - r.x0, quad.color, texture.pixels + offset + from_x);
      continue;
    }
    for (int x = r.x0; x < r.x1; ++x) {
      blend_onto(row[x], modulate(texel_at(texture, from_x + (x - r.x0), texture_y), quad.color));
    }
  }
}

// Where a pixel's centre falls between two texels.
struct Between {
  std::size_t first;
  std::size_t second;
  std::uint32_t weight;  // of 256 for the second
};

Between between(float coordinate, int size) {
  const float at = coordinate * static_cast<float>(size) - 0.5F;
  const int first = static_cast<int>(std::floor(at));
  const auto inside = [size](int i) { return static_cast<std::size_t>(std::clamp(i, 0, size - 1)); };
  return {inside(first), inside(first + 1), static_cast<std::uint32_t>((at - static_cast<float>(first)) * 256.0F)};
}

// The camera's picture: one byte a texel, stretched over much of the screen, many times a second.
void draw_scaled_alpha(const Canvas& canvas, const TexturedQuad& quad, const Rect& r) {
  const Texture& texture = quad.texture;
  const auto width = static_cast<std::size_t>(texture.width);
  std::array<Between, tile_side> columns{};
  for (int x = r.x0; x < r.x1; ++x) columns[static_cast<std::size_t>(x - r.x0)] = between(quad.u(x), texture.width);
  std::array<std::uint8_t, tile_side> alphas{};
  for (int y = r.y0; y < r.y1; ++y) {
    const Between lines = between(quad.v(y), texture.height);
    const std::uint8_t* upper = texture.pixels + lines.first * width;
    const std::uint8_t* lower = texture.pixels + lines.second * width;
    for (int x = r.x0; x < r.x1; ++x) {
      const Between& column = columns[static_cast<std::size_t>(x - r.x0)];
      const std::uint32_t rest = 256 - column.weight;
      const std::uint32_t top = upper[column.first] * rest + upper[column.second] * column.weight;
      const std::uint32_t bottom = lower[column.first] * rest + lower[column.second] * column.weight;
      alphas[static_cast<std::size_t>(x - r.x0)] =
          static_cast<std::uint8_t>((top * (256 - lines.weight) + bottom * lines.weight + 32768) >> 16);
    }
    rows().mask(canvas.row(y) + r.x0, r.x1 - r.x0, quad.color, alphas.data());
  }
}

void draw_scaled(const Canvas& canvas, const TexturedQuad& quad, const Rect& r) {
  for (int y = r.y0; y < r.y1; ++y) {
    Pixel* row = canvas.row(y);
    const float v = quad.v(y);
    for (int x = r.x0; x < r.x1; ++x) blend_onto(row[x], modulate(sample(quad.texture, quad.u(x), v), quad.color));
  }
}

}  // namespace

void draw_quad(const Canvas& canvas, const Primitive& quad, const Rect& within) {
  const ImDrawVert& a = *quad.a;
  const ImDrawVert& c = *quad.c;
  const Rect r{std::max(within.x0, first_pixel(a.pos.x)), std::max(within.y0, first_pixel(a.pos.y)),
               std::min(within.x1, first_pixel(c.pos.x)), std::min(within.y1, first_pixel(c.pos.y))};
  if (r.x0 >= r.x1 || r.y0 >= r.y1) return;
  // ImGui points plain fills at one white texel.
  if ((a.uv.x == c.uv.x && a.uv.y == c.uv.y) || quad.texture == nullptr) {
    for (int y = r.y0; y < r.y1; ++y) rows().fill(canvas.row(y) + r.x0, r.x1 - r.x0, a.col);
    return;
  }
  const TexturedQuad textured{*quad.texture,
                              a.col,
                              a.pos,
                              a.uv,
                              {(c.uv.x - a.uv.x) / (c.pos.x - a.pos.x), (c.uv.y - a.uv.y) / (c.pos.y - a.pos.y)}};
  if (textured.unscaled()) {
    draw_unscaled(canvas, textured, r);
  } else if (textured.texture.bytes_per_pixel == 1 && r.x1 - r.x0 <= tile_side) {
    draw_scaled_alpha(canvas, textured, r);
  } else {
    draw_scaled(canvas, textured, r);
  }
}

}  // namespace millpond::raster
