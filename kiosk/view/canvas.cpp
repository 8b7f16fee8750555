// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/canvas.h"

#include <algorithm>
#include <cmath>
#include <imgui.h>
#include <numbers>
#include <vector>

namespace millpond::view {
namespace {

constexpr float quarter_turn = std::numbers::pi_v<float> / 2;
constexpr float full_turn = std::numbers::pi_v<float> * 2;

ImVec2 on_circle(const ImVec2& center, float radius, float angle) {
  return {center.x + std::cos(angle) * radius, center.y + std::sin(angle) * radius};
}

int segments_for(float radius_px) { return std::clamp(static_cast<int>(radius_px * 0.35F) + 3, 4, 24); }

void triangle(ImDrawList& list, unsigned a, unsigned b, unsigned c) {
  list.PrimWriteIdx(static_cast<ImDrawIdx>(a));
  list.PrimWriteIdx(static_cast<ImDrawIdx>(b));
  list.PrimWriteIdx(static_cast<ImDrawIdx>(c));
}

// Rings of `count` vertices each, one after another, joined into a surface.
void join_rings(ImDrawList& list, unsigned base, unsigned rings, unsigned count) {
  for (unsigned ring = 0; ring + 1 < rings; ++ring) {
    for (unsigned i = 0; i < count; ++i) {
      const unsigned a = base + ring * count + i;
      const unsigned b = base + ring * count + (i + 1) % count;
      triangle(list, a, b, b + count);
      triangle(list, a, b + count, a + count);
    }
  }
}

}  // namespace

Paint::Paint(Color first, Color second, Point from, Point to) : first_{first}, second_{second}, from_{from} {
  const float dx = to.x - from.x;
  const float dy = to.y - from.y;
  const float squared = dx * dx + dy * dy;
  if (squared > 0) per_unit_ = {dx / squared, dy / squared};
}

Paint Paint::down(const Box& box, Color top, Color bottom) { return {top, bottom, {box.x0, box.y0}, {box.x0, box.y1}}; }
Paint Paint::across(const Box& box, Color left, Color right) {
  return {left, right, {box.x0, box.y0}, {box.x1, box.y0}};
}
Paint Paint::diagonal(const Box& box, Color top_left, Color bottom_right) {
  return {top_left, bottom_right, {box.x0, box.y0}, {box.x1, box.y1}};
}

Color Paint::at(Point p) const {
  if (first_ == second_) return first_;
  const float share = (p.x - from_.x) * per_unit_.x + (p.y - from_.y) * per_unit_.y;
  return mix(first_, second_, std::clamp(share, 0.0F, 1.0F));
}

ImVec2 Canvas::to_px(Point p) const { return {origin_.x + p.x * scale_, origin_.y + p.y * scale_}; }

Point Canvas::to_units(const ImVec2& px) const { return {(px.x - origin_.x) / scale_, (px.y - origin_.y) / scale_}; }

void Canvas::fill_px(float x0, float y0, float x1, float y1, const Paint& paint) {
  if (x1 <= x0 || y1 <= y0) return;
  const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
  list_.PrimReserve(6, 4);
  const unsigned base = list_._VtxCurrentIdx;
  for (const ImVec2 at : {ImVec2{x0, y0}, ImVec2{x1, y0}, ImVec2{x1, y1}, ImVec2{x0, y1}}) {
    list_.PrimWriteVtx(at, uv, paint.at(to_units(at)));
  }
  triangle(list_, base, base + 1, base + 2);
  triangle(list_, base, base + 2, base + 3);
}

// A quarter disc with a soft rim of one pixel.
void Canvas::corner(const ImVec2& center, float radius, int quarter, const Paint& paint) {
  const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
  const int segments = segments_for(radius);
  list_.PrimReserve(segments * 9, 1 + 2 * (segments + 1));
  const unsigned base = list_._VtxCurrentIdx;
  list_.PrimWriteVtx(center, uv, paint.at(to_units(center)));
  for (int i = 0; i <= segments; ++i) {
    const float angle =
        (static_cast<float>(quarter) + static_cast<float>(i) / static_cast<float>(segments)) * quarter_turn;
    ImVec2 direction{std::cos(angle), std::sin(angle)};
    if (i == 0 || i == segments) direction = {std::round(direction.x), std::round(direction.y)};
    const ImVec2 inner{center.x + direction.x * (radius - 0.5F), center.y + direction.y * (radius - 0.5F)};
    const ImVec2 outer{center.x + direction.x * (radius + 0.5F), center.y + direction.y * (radius + 0.5F)};
    const Color color = paint.at(to_units(inner));
    list_.PrimWriteVtx(inner, uv, color);
    list_.PrimWriteVtx(outer, uv, with_alpha(color, 0));
  }
  for (unsigned i = 0; i < static_cast<unsigned>(segments); ++i) {
    const unsigned inner = base + 1 + 2 * i;
    triangle(list_, base, inner, inner + 2);
    triangle(list_, inner, inner + 1, inner + 3);
    triangle(list_, inner, inner + 3, inner + 2);
  }
}

// Three upright rectangles and four corners: rectangles are what the rasteriser draws fastest, and a tile inside one
// needs nothing of what is below.
void Canvas::fill(const Box& box, const Paint& paint, float radius) {
  const ImVec2 from_exact = to_px({box.x0, box.y0});
  const ImVec2 to_exact = to_px({box.x1, box.y1});
  const ImVec2 from{std::round(from_exact.x), std::round(from_exact.y)};
  const ImVec2 to{std::round(to_exact.x), std::round(to_exact.y)};
  const float r = std::floor(std::min({radius * scale_, (to.x - from.x) / 2, (to.y - from.y) / 2}));
  if (r < 1) {
    fill_px(from.x, from.y, to.x, to.y, paint);
    return;
  }
  fill_px(from.x, from.y + r, to.x, to.y - r, paint);
  fill_px(from.x + r, from.y, to.x - r, from.y + r, paint);
  fill_px(from.x + r, to.y - r, to.x - r, to.y, paint);
  corner({to.x - r, to.y - r}, r, 0, paint);
  corner({from.x + r, to.y - r}, r, 1, paint);
  corner({from.x + r, from.y + r}, r, 2, paint);
  corner({to.x - r, from.y + r}, r, 3, paint);
}

void Canvas::outline(const Box& box, Color color, float radius, float thickness) {
  const ImVec2 from = to_px({box.x0, box.y0});
  const ImVec2 to = to_px({box.x1, box.y1});
  list_.AddRect({std::round(from.x), std::round(from.y)}, {std::round(to.x), std::round(to.y)}, color, radius * scale_,
                0, std::max(1.0F, std::round(thickness * scale_)));
}

void Canvas::shadow(const Box& box, float radius, float spread, Color color, float drop) {
  constexpr unsigned rings = 7;
  const ImVec2 from = to_px({box.x0, box.y0 + drop});
  const ImVec2 to = to_px({box.x1, box.y1 + drop});
  const float blur = spread * scale_;
  const float half = std::min(to.x - from.x, to.y - from.y) / 2;
  const float inside = std::min(blur, half);
  const float r = std::min(radius * scale_, half);
  const int segments = std::clamp(static_cast<int>((r + blur) * 0.22F), 5, 24);
  const auto per_ring = static_cast<unsigned>(4 * (segments + 1));
  const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
  list_.PrimReserve(static_cast<int>((rings - 1) * per_ring * 6 + (per_ring - 2) * 3),
                    static_cast<int>(rings * per_ring));
  const unsigned base = list_._VtxCurrentIdx;
  for (unsigned ring = 0; ring < rings; ++ring) {
    const float share = static_cast<float>(ring) / static_cast<float>(rings - 1);
    const float out = -inside + (inside + blur) * share;
    // A box blurred by a Gaussian falls off like the complementary error function across its edge.
    const float alpha = ring + 1 == rings ? 0 : 0.5F * std::erfc(out / (blur * 0.5F));
    const float ring_radius = std::max(r + out, 0.0F);
    const ImVec2 low{from.x - out + ring_radius, from.y - out + ring_radius};
    const ImVec2 high{to.x + out - ring_radius, to.y + out - ring_radius};
    const ImVec2 centers[4] = {{high.x, high.y}, {low.x, high.y}, {low.x, low.y}, {high.x, low.y}};
    for (int quarter = 0; quarter < 4; ++quarter) {
      for (int i = 0; i <= segments; ++i) {
        const float angle =
            (static_cast<float>(quarter) + static_cast<float>(i) / static_cast<float>(segments)) * quarter_turn;
        list_.PrimWriteVtx(on_circle(centers[quarter], ring_radius, angle), uv, with_alpha(color, alpha));
      }
    }
  }
  for (unsigned i = 1; i + 1 < per_ring; ++i) triangle(list_, base, base + i, base + i + 1);
  join_rings(list_, base, rings, per_ring);
}

void Canvas::glow(Point center, float radius, Color color) {
  constexpr unsigned rings = 8;
  constexpr unsigned around = 64;
  const ImVec2 middle = to_px(center);
  const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
  list_.PrimReserve((rings - 1) * around * 6, rings * around);
  const unsigned base = list_._VtxCurrentIdx;
  for (unsigned ring = 0; ring < rings; ++ring) {
    const float share = static_cast<float>(ring) / static_cast<float>(rings - 1);
    const Color faded = with_alpha(color, (1 - share) * (1 - share));
    for (unsigned i = 0; i < around; ++i) {
      const float angle = static_cast<float>(i) * full_turn / static_cast<float>(around);
      list_.PrimWriteVtx(on_circle(middle, radius * scale_ * share, angle), uv, faded);
    }
  }
  join_rings(list_, base, rings, around);
}

void Canvas::disc(Point center, float radius, Color color) {
  list_.AddCircleFilled(to_px(center), radius * scale_, color, 0);
}

void Canvas::ellipse(Point center, Point radii, Color color) {
  list_.AddEllipseFilled(to_px(center), {radii.x * scale_, radii.y * scale_}, color, 0, 72);
}

void Canvas::ellipse_outline(Point center, Point radii, Color color, float thickness) {
  list_.AddEllipse(to_px(center), {radii.x * scale_, radii.y * scale_}, color, 0, 72, thickness * scale_);
}

void Canvas::polygon(std::span<const Point> corners, Color color) {
  for (const Point& corner : corners) list_.PathLineTo(to_px(corner));
  list_.PathFillConvex(color);
}

void Canvas::line(Point from, Point to, Color color, float thickness) {
  list_.AddLine(to_px(from), to_px(to), color, thickness * scale_);
}

void Canvas::path(std::span<const Point> points, Color color, float thickness, bool closed) {
  for (const Point& point : points) list_.PathLineTo(to_px(point));
  list_.PathStroke(color, closed ? ImDrawFlags_Closed : ImDrawFlags_None, thickness * scale_);
}

void Canvas::below(std::span<const Point> curve, float bottom, Color color) {
  if (curve.size() < 2) return;
  const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
  const auto count = static_cast<unsigned>(curve.size());
  list_.PrimReserve(static_cast<int>((count - 1) * 12), static_cast<int>(count * 3));
  const unsigned base = list_._VtxCurrentIdx;
  const float floor_px = to_px({0, bottom}).y;
  for (const Point& point : curve) {
    const ImVec2 at = to_px(point);
    list_.PrimWriteVtx({at.x, at.y - 0.5F}, uv, with_alpha(color, 0));
    list_.PrimWriteVtx({at.x, at.y + 0.5F}, uv, color);
    list_.PrimWriteVtx({at.x, floor_px}, uv, color);
  }
  for (unsigned i = 0; i + 1 < count; ++i) {
    const unsigned a = base + 3 * i;
    for (const unsigned part : {a, a + 1}) {
      triangle(list_, part, part + 3, part + 4);
      triangle(list_, part, part + 4, part + 1);
    }
  }
}

void Canvas::sheet(int columns, int rows, const std::function<Point(float, float)>& at,
                   const std::function<Color(float, float)>& color) {
  const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
  list_.PrimReserve(columns * rows * 6, (columns + 1) * (rows + 1));
  const unsigned base = list_._VtxCurrentIdx;
  for (int row = 0; row <= rows; ++row) {
    for (int column = 0; column <= columns; ++column) {
      const float u = static_cast<float>(column) / static_cast<float>(columns);
      const float v = static_cast<float>(row) / static_cast<float>(rows);
      list_.PrimWriteVtx(to_px(at(u, v)), uv, color(u, v));
    }
  }
  const auto across = static_cast<unsigned>(columns + 1);
  for (unsigned row = 0; row < static_cast<unsigned>(rows); ++row) {
    for (unsigned column = 0; column + 1 < across; ++column) {
      const unsigned corner = base + row * across + column;
      triangle(list_, corner, corner + 1, corner + across + 1);
      triangle(list_, corner, corner + across + 1, corner + across);
    }
  }
}

void Canvas::picture(std::uint64_t texture, const Box& box, Point uv_from, Point uv_to, Color tint) {
  const ImVec2 from = to_px({box.x0, box.y0});
  const ImVec2 to = to_px({box.x1, box.y1});
  list_.AddImage(static_cast<ImTextureID>(texture), {std::round(from.x), std::round(from.y)},
                 {std::round(to.x), std::round(to.y)}, {uv_from.x, uv_from.y}, {uv_to.x, uv_to.y}, tint);
}

void Canvas::rotated(float radians, Point pivot, const std::function<void()>& draw) {
  const int first = list_.VtxBuffer.Size;
  draw();
  const ImVec2 center = to_px(pivot);
  const float cosine = std::cos(radians);
  const float sine = std::sin(radians);
  for (int i = first; i < list_.VtxBuffer.Size; ++i) {
    ImVec2& at = list_.VtxBuffer[i].pos;
    const ImVec2 arm{at.x - center.x, at.y - center.y};
    at = {center.x + arm.x * cosine - arm.y * sine, center.y + arm.x * sine + arm.y * cosine};
  }
}

void Canvas::clipped(const Box& box, const std::function<void()>& draw) {
  const ImVec2 from = to_px({box.x0, box.y0});
  const ImVec2 to = to_px({box.x1, box.y1});
  list_.PushClipRect({std::round(from.x), std::round(from.y)}, {std::round(to.x), std::round(to.y)}, true);
  draw();
  list_.PopClipRect();
}

}  // namespace millpond::view
