// SPDX-License-Identifier: Apache-2.0
// Points and boxes in design units: 1080 by 1920 on a portrait kiosk, 1920 by 1200 on a landscape screen. What a unit
// is in pixels, the Canvas decides. Values only.
#pragma once

namespace millpond::view {

struct Point {
  float x{};
  float y{};
  friend bool operator==(const Point&, const Point&) = default;
};

struct Box {
  float x0{};
  float y0{};
  float x1{};
  float y1{};

  [[nodiscard]] static constexpr Box at(float x, float y, float width, float height) {
    return {x, y, x + width, y + height};
  }
  [[nodiscard]] static constexpr Box around(Point center, float width, float height) {
    return at(center.x - width / 2, center.y - height / 2, width, height);
  }

  [[nodiscard]] constexpr float width() const { return x1 - x0; }
  [[nodiscard]] constexpr float height() const { return y1 - y0; }
  [[nodiscard]] constexpr Point center() const { return {(x0 + x1) / 2, (y0 + y1) / 2}; }
  [[nodiscard]] constexpr bool contains(Point p) const { return p.x >= x0 && p.x < x1 && p.y >= y0 && p.y < y1; }
  [[nodiscard]] constexpr bool overlaps(const Box& other) const {
    return x0 < other.x1 && other.x0 < x1 && y0 < other.y1 && other.y0 < y1;
  }

  [[nodiscard]] constexpr Box inset(float dx, float dy) const { return {x0 + dx, y0 + dy, x1 - dx, y1 - dy}; }
  [[nodiscard]] constexpr Box inset(float d) const { return inset(d, d); }
  [[nodiscard]] constexpr Box moved(float dx, float dy) const { return {x0 + dx, y0 + dy, x1 + dx, y1 + dy}; }

  // Parts of the box, measured from the named edge.
  [[nodiscard]] constexpr Box top(float height) const { return {x0, y0, x1, y0 + height}; }
  [[nodiscard]] constexpr Box bottom(float height) const { return {x0, y1 - height, x1, y1}; }
  [[nodiscard]] constexpr Box left(float width) const { return {x0, y0, x0 + width, y1}; }
  [[nodiscard]] constexpr Box right(float width) const { return {x1 - width, y0, x1, y1}; }
  // What remains without that part.
  [[nodiscard]] constexpr Box without_top(float height) const { return {x0, y0 + height, x1, y1}; }
  [[nodiscard]] constexpr Box without_bottom(float height) const { return {x0, y0, x1, y1 - height}; }
  [[nodiscard]] constexpr Box without_left(float width) const { return {x0 + width, y0, x1, y1}; }
  [[nodiscard]] constexpr Box without_right(float width) const { return {x0, y0, x1 - width, y1}; }
  // The part number `index` of `count` equal columns (rows) with `gap` between them.
  [[nodiscard]] constexpr Box column(int index, int count, float gap) const {
    const float each = (width() - gap * static_cast<float>(count - 1)) / static_cast<float>(count);
    return at(x0 + static_cast<float>(index) * (each + gap), y0, each, height());
  }
  [[nodiscard]] constexpr Box row(int index, int count, float gap) const {
    const float each = (height() - gap * static_cast<float>(count - 1)) / static_cast<float>(count);
    return at(x0, y0 + static_cast<float>(index) * (each + gap), width(), each);
  }
  friend bool operator==(const Box&, const Box&) = default;
};

}  // namespace millpond::view
