// SPDX-License-Identifier: Apache-2.0
// From draw lists to primitives in tiles: which triangles and upright rectangles there are, which 64-pixel tiles each
// touches, and a hash per tile of everything that decides its pixels. Internal to raster; one thread.
#pragma once

#include "kiosk/raster/raster.h"

#include <cstdint>
#include <imgui.h>
#include <vector>

namespace millpond::raster {

inline constexpr int tile_side = 64;

// Points into the draw lists: valid until the draw data changes.
struct Primitive {
  const ImDrawVert* a{};
  const ImDrawVert* b{};
  const ImDrawVert* c{};  // of a quad the corner opposite to a
  const Texture* texture{};
  Rect clip;
  bool quad{};  // upright rectangle of one colour from a to c
};

class TileGrid {
 public:
  void resize(int width, int height);
  // Reads the draw lists; what was read before is forgotten.
  void read(const ImDrawData& data);

  [[nodiscard]] int columns() const { return columns_; }
  [[nodiscard]] int count() const { return columns_ * rows_; }
  [[nodiscard]] Rect tile_rect(int tile) const;
  [[nodiscard]] std::uint64_t hash(int tile) const { return hashes_[static_cast<std::size_t>(tile)]; }
  // In drawing order; starts at the last primitive that hides all below it, so `covered` tiles need no clearing.
  struct Content {
    std::vector<const Primitive*> primitives;
    bool covered{};
  };
  void content(int tile, Content& out) const;

 private:
  void add(const Primitive& primitive);
  [[nodiscard]] bool hides(const Primitive& primitive, const Rect& tile) const;

  int width_{};
  int height_{};
  int columns_{};
  int rows_{};
  std::vector<Primitive> primitives_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::vector<std::uint32_t>> bins_;  // indices into primitives_
};

}  // namespace millpond::raster
