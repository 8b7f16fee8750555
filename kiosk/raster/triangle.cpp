// SPDX-License-Identifier: Apache-2.0
// Triangles, row by row: one colour, colours that run between the corners, and textured ones.
#include "kiosk/raster/draw.h"
#include "kiosk/raster/rows.h"
#include "kiosk/raster/texture.h"

#include <array>
#include <utility>

namespace millpond::raster {
namespace {

bool above(const ImDrawVert* left, const ImDrawVert* right) {
  return left->pos.y < right->pos.y || (left->pos.y == right->pos.y && left->pos.x < right->pos.x);
}

// Where the edge from `top` to `bottom` crosses the height y.
float edge_x(const ImDrawVert& top, const ImDrawVert& bottom, float y) {
  const float height = bottom.pos.y - top.pos.y;
  if (height == 0) return top.pos.x;
  return top.pos.x + (bottom.pos.x - top.pos.x) * ((y - top.pos.y) / height);
}

float channel(Pixel color, int index) { return static_cast<float>((color >> (8 * index)) & 255); }

// A value that runs linearly over the triangle.
struct Plane {
  float origin{};  // at the top corner
  float per_x{};
  float per_y{};
};

class Triangle {
 public:
  explicit Triangle(const Primitive& primitive)
      : top_{primitive.a}, middle_{primitive.b}, bottom_{primitive.c}, texture_{primitive.texture} {
    if (above(middle_, top_)) std::swap(top_, middle_);
    if (above(bottom_, middle_)) std::swap(middle_, bottom_);
    if (above(middle_, top_)) std::swap(top_, middle_);
    determinant_ = (middle_->pos.x - top_->pos.x) * (bottom_->pos.y - top_->pos.y) -
                   (bottom_->pos.x - top_->pos.x) * (middle_->pos.y - top_->pos.y);
    one_color_ = top_->col == middle_->col && top_->col == bottom_->col;
    plain_ = texture_ == nullptr || (top_->uv.x == middle_->uv.x && top_->uv.x == bottom_->uv.x &&
                                     top_->uv.y == middle_->uv.y && top_->uv.y == bottom_->uv.y);
  }

  void draw(const Canvas& canvas, const Rect& within) {
    if (determinant_ == 0) return;
    prepare();
    const int y0 = std::max(within.y0, first_pixel(top_->pos.y));
    const int y1 = std::min(within.y1, first_pixel(bottom_->pos.y));
    for (int y = y0; y < y1; ++y) {
      const float center = static_cast<float>(y) + 0.5F;
      float left = edge_x(*top_, *bottom_, center);
      float right = center < middle_->pos.y ? edge_x(*top_, *middle_, center) : edge_x(*middle_, *bottom_, center);
      if (left > right) std::swap(left, right);
      const Span span{first_pixel(left), first_pixel(right), std::max(within.x0, first_pixel(left)),
                      std::min(within.x1, first_pixel(right))};
      if (span.x0 >= span.x1) continue;
      if (!plain_) {
        draw_textured(canvas.row(y), span, center);
      } else if (one_color_) {
        rows().fill(canvas.row(y) + span.x0, span.x1 - span.x0, top_->col);
      } else {
        draw_shaded(canvas.row(y), span, center);
      }
    }
  }

 private:
  struct Span {
    int whole_x0, whole_x1;  // the triangle's own row, whatever is visible of it
    int x0, x1;              // the part to draw
  };

  [[nodiscard]] Plane plane(float top, float middle, float bottom) const {
    if (top == middle && top == bottom) return {top, 0, 0};
    const float inverse = 1 / determinant_;
    return {
        top,
        ((middle - top) * (bottom_->pos.y - top_->pos.y) - (bottom - top) * (middle_->pos.y - top_->pos.y)) * inverse,
        ((bottom - top) * (middle_->pos.x - top_->pos.x) - (middle - top) * (bottom_->pos.x - top_->pos.x)) * inverse};
  }

  void prepare() {
    if (!one_color_) {
      for (int i = 0; i < 4; ++i) {
        colors_[static_cast<std::size_t>(i)] =
            plane(channel(top_->col, i), channel(middle_->col, i), channel(bottom_->col, i));
      }
    }
    if (!plain_) {
      u_ = plane(top_->uv.x, middle_->uv.x, bottom_->uv.x);
      v_ = plane(top_->uv.y, middle_->uv.y, bottom_->uv.y);
    }
  }

  [[nodiscard]] float at(const Plane& plane, int x, float center) const {
    return plane.origin + plane.per_x * (static_cast<float>(x) + 0.5F - top_->pos.x) +
           plane.per_y * (center - top_->pos.y);
  }

  // Both ends of the whole row are computed and clamped, the pixels between run in 16.16 fixed point: half the cost of
  // floats, and no overshoot at thin corners.
  void draw_shaded(Pixel* row, const Span& span, float center) const {
    std::array<Run, 4> channels{};
    const int last = span.whole_x1 - 1 - span.whole_x0;
    for (std::size_t i = 0; i < 4; ++i) {
      // Soft rims are of one colour, and most triangles are rims.
      if (colors_[i].per_x == 0 && colors_[i].per_y == 0) {
        channels[i] = {static_cast<std::int32_t>(colors_[i].origin * 65536.0F) + 32768, 0};
        continue;
      }
      const float first = std::clamp(at(colors_[i], span.whole_x0, center), 0.0F, 255.0F);
      const float end = std::clamp(at(colors_[i], span.whole_x1 - 1, center), 0.0F, 255.0F);
      const int step = last > 0 ? static_cast<std::int32_t>((end - first) * 65536.0F / static_cast<float>(last)) : 0;
      channels[i] = {static_cast<std::int32_t>(first * 65536.0F) + 32768 + step * (span.x0 - span.whole_x0), step};
    }
    Pixel* const from = row + span.x0;
    const int count = span.x1 - span.x0;
    if (channels[0].step != 0 || channels[1].step != 0 || channels[2].step != 0) {
      return rows().shade(from, count, channels);
    }
    // One colour whose alpha runs: shadows, glows and the soft rims of every shape.
    const auto whole = [&channels](std::size_t i) {
      return static_cast<Pixel>(std::clamp(channels[i].value >> 16, 0, 255)) << (8 * i);
    };
    const Pixel color = whole(0) | whole(1) | whole(2);
    if (channels[3].step == 0) return rows().fill(from, count, color | whole(3));
    rows().fade(from, count, color, channels[3]);
  }

  void draw_textured(Pixel* row, const Span& span, float center) const {
    for (int x = span.x0; x < span.x1; ++x) {
      Pixel color = top_->col;
      if (!one_color_) {
        color = 0;
        for (std::size_t i = 0; i < 4; ++i) {
          color |= static_cast<Pixel>(std::clamp(at(colors_[i], x, center) + 0.5F, 0.0F, 255.0F)) << (8 * i);
        }
      }
      blend_onto(row[x], modulate(sample(*texture_, at(u_, x, center), at(v_, x, center)), color));
    }
  }

  const ImDrawVert* top_;
  const ImDrawVert* middle_;
  const ImDrawVert* bottom_;
  const Texture* texture_;
  float determinant_{};
  bool one_color_{};
  bool plain_{};  // no texture coordinates to follow
  std::array<Plane, 4> colors_{};
  Plane u_;
  Plane v_;
};

}  // namespace

void draw_triangle(const Canvas& canvas, const Primitive& triangle, const Rect& within) {
  Triangle{triangle}.draw(canvas, within);
}

}  // namespace millpond::raster
