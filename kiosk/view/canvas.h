// SPDX-License-Identifier: Apache-2.0
// Canvas: shapes in design units onto a Dear ImGui draw list, snapped to pixels where an edge would blur. No text
// (typesetter.h), no widgets (kit.h), no state but the scale. Lives for one frame.
#pragma once

#include "kiosk/view/geometry.h"
#include "kiosk/view/theme.h"

#include <cstdint>
#include <functional>
#include <span>

struct ImDrawList;
struct ImVec2;

namespace millpond::view {

// One colour, or two with a straight run from `from` to `to` and even beyond.
class Paint {
 public:
  Paint(Color color) : first_{color}, second_{color} {}
  Paint(Color first, Color second, Point from, Point to);
  [[nodiscard]] static Paint down(const Box& box, Color top, Color bottom);
  [[nodiscard]] static Paint across(const Box& box, Color left, Color right);
  [[nodiscard]] static Paint diagonal(const Box& box, Color top_left, Color bottom_right);
  [[nodiscard]] Color at(Point p) const;

 private:
  Color first_;
  Color second_;
  Point from_;
  Point per_unit_;  // share of the run per unit of x and y
};

class Canvas {
 public:
  // origin_px: where the unit point (0, 0) lies, in pixels.
  Canvas(ImDrawList& list, float scale, Point origin_px) : list_{list}, scale_{scale}, origin_{origin_px} {}

  void fill(const Box& box, const Paint& paint, float radius = 0);
  void outline(const Box& box, Color color, float radius, float thickness);
  // A soft shadow as a ring mesh whose alpha falls like a blurred edge: any radius, no texture.
  void shadow(const Box& box, float radius, float spread, Color color, float drop);
  void glow(Point center, float radius, Color color);
  void disc(Point center, float radius, Color color);
  void ellipse(Point center, Point radii, Color color);
  void ellipse_outline(Point center, Point radii, Color color, float thickness);
  void polygon(std::span<const Point> corners, Color color);  // convex
  void line(Point from, Point to, Color color, float thickness);
  void path(std::span<const Point> points, Color color, float thickness, bool closed = false);
  // Everything from the curve (left to right) down to `bottom`.
  void below(std::span<const Point> curve, float bottom, Color color);
  // A curved sheet of columns x rows patches, coloured at their corners; u and v run from 0 to 1. Edges are hard.
  void sheet(int columns, int rows, const std::function<Point(float u, float v)>& at,
             const std::function<Color(float u, float v)>& color);
  // A texture of the renderer's; u and v from 0 to 1.
  void picture(std::uint64_t texture, const Box& box, Point uv_from, Point uv_to, Color tint);
  // Whatever `draw` adds, turned around the pivot.
  void rotated(float radians, Point pivot, const std::function<void()>& draw);
  void clipped(const Box& box, const std::function<void()>& draw);

  [[nodiscard]] float scale() const { return scale_; }
  [[nodiscard]] ImVec2 to_px(Point p) const;
  [[nodiscard]] Point to_units(const ImVec2& px) const;
  [[nodiscard]] ImDrawList& list() { return list_; }

 private:
  void fill_px(float x0, float y0, float x1, float y1, const Paint& paint);
  void corner(const ImVec2& center, float radius, int quarter, const Paint& paint);

  ImDrawList& list_;
  float scale_;
  Point origin_;
};

}  // namespace millpond::view
