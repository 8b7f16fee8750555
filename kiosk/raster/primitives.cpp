// SPDX-License-Identifier: Apache-2.0
#include "kiosk/raster/primitives.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

namespace millpond::raster {
namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL;  // odd, close to 2^64 / golden ratio: spreads bits upwards
  return hash ^ (hash >> 29);
}

std::uint64_t mix_point(std::uint64_t hash, const ImVec2& point) {
  std::uint64_t word = 0;
  static_assert(sizeof point == sizeof word);
  std::memcpy(&word, &point, sizeof word);
  return mix(hash, word);
}

// What points at one texel of the atlas is a plain shape: where that texel lies decides nothing.
bool is_plain(const Primitive& primitive) {
  const ImVec2 a = primitive.a->uv;
  const ImVec2 b = primitive.b->uv;
  const ImVec2 c = primitive.c->uv;
  return a.x == b.x && a.x == c.x && a.y == b.y && a.y == c.y;
}

std::uint64_t pair_of(int high, int low) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(high)) << 32 | static_cast<std::uint32_t>(low);
}

std::uint64_t hash_of(const Primitive& primitive) {
  std::uint64_t hash = primitive.quad ? 0x51ULL : 0x73ULL;
  for (const ImDrawVert* vertex : {primitive.a, primitive.b, primitive.c}) {
    hash = mix(mix_point(hash, vertex->pos), vertex->col);
  }
  hash = mix(hash, pair_of(primitive.clip.x0, primitive.clip.y0));
  hash = mix(hash, pair_of(primitive.clip.x1, primitive.clip.y1));
  const Texture* texture = primitive.texture;
  if (texture == nullptr || is_plain(primitive)) return hash;
  for (const ImDrawVert* vertex : {primitive.a, primitive.b, primitive.c}) hash = mix_point(hash, vertex->uv);
  return mix(mix(hash, texture->generation), pair_of(texture->width, texture->height));
}

// ImGui writes rectangles as the triangles a b c and a c d.
bool is_upright_quad(const ImDrawVert* vertices, const ImDrawIdx* index) {
  if (index[0] != index[3] || index[2] != index[4]) return false;
  const ImDrawVert& a = vertices[index[0]];
  const ImDrawVert& b = vertices[index[1]];
  const ImDrawVert& c = vertices[index[2]];
  const ImDrawVert& d = vertices[index[5]];
  const bool upright = a.pos.y == b.pos.y && b.pos.x == c.pos.x && c.pos.y == d.pos.y && d.pos.x == a.pos.x;
  const bool ordered = a.pos.x <= c.pos.x && a.pos.y <= c.pos.y;
  const bool one_color = a.col == b.col && a.col == c.col && a.col == d.col;
  const bool upright_uv = a.uv.y == b.uv.y && b.uv.x == c.uv.x && c.uv.y == d.uv.y && d.uv.x == a.uv.x;
  return upright && ordered && one_color && upright_uv;
}

bool invisible(const Primitive& primitive) {
  return ((primitive.a->col | primitive.b->col | primitive.c->col) & IM_COL32_A_MASK) == 0;
}

Rect bounds_of(const Primitive& primitive) {
  const auto [x0, x1] = std::minmax({primitive.a->pos.x, primitive.b->pos.x, primitive.c->pos.x});
  const auto [y0, y1] = std::minmax({primitive.a->pos.y, primitive.b->pos.y, primitive.c->pos.y});
  // Vertices far outside would overflow an int; the clip rectangle cuts them anyway.
  const auto to_int = [](float value) { return static_cast<int>(std::clamp(value, -1e6F, 1e6F)); };
  const Rect& clip = primitive.clip;
  return {std::max(clip.x0, to_int(std::floor(x0))), std::max(clip.y0, to_int(std::floor(y0))),
          std::min(clip.x1, to_int(std::ceil(x1))), std::min(clip.y1, to_int(std::ceil(y1)))};
}

// Which tiles a triangle passes by although they lie within its bounds: most of them, of the thin ones that make a
// glow.
class Sides {
 public:
  explicit Sides(const Primitive& primitive) {
    const std::array<ImVec2, 3> corners{primitive.a->pos, primitive.b->pos, primitive.c->pos};
    const auto across = [](const ImVec2& from, const ImVec2& to, const ImVec2& at) {
      return (to.x - from.x) * (at.y - from.y) - (to.y - from.y) * (at.x - from.x);
    };
    const float turn = across(corners[0], corners[1], corners[2]) < 0 ? -1.0F : 1.0F;
    for (std::size_t i = 0; i < 3; ++i) {
      const ImVec2 from = corners[i];
      const ImVec2 to = corners[(i + 1) % 3];
      Side& side = sides_[i];
      side.per_x = -(to.y - from.y) * turn;
      side.per_y = (to.x - from.x) * turn;
      // A pixel of doubt, so that no rounding leaves out what would be drawn.
      side.offset = -(side.per_x * from.x + side.per_y * from.y) + std::fabs(side.per_x) + std::fabs(side.per_y);
    }
  }

  // Whether a whole tile lies beyond one of the sides.
  [[nodiscard]] bool pass_by(int column, int row) const {
    constexpr auto length = static_cast<float>(tile_side);
    const float x = static_cast<float>(column) * length;
    const float y = static_cast<float>(row) * length;
    return std::any_of(sides_.begin(), sides_.end(), [&](const Side& side) {
      return side.per_x * (side.per_x > 0 ? x + length : x) + side.per_y * (side.per_y > 0 ? y + length : y) +
                 side.offset <
             0;
    });
  }

 private:
  struct Side {
    float per_x{};
    float per_y{};
    float offset{};
  };
  std::array<Side, 3> sides_;
};

bool empty(const Rect& rect) { return rect.x0 >= rect.x1 || rect.y0 >= rect.y1; }

}  // namespace

void TileGrid::resize(int width, int height) {
  width_ = width;
  height_ = height;
  columns_ = (width + tile_side - 1) / tile_side;
  rows_ = (height + tile_side - 1) / tile_side;
  primitives_.clear();
  hashes_.assign(static_cast<std::size_t>(count()), 0);
  bins_.assign(static_cast<std::size_t>(count()), {});
}

void TileGrid::read(const ImDrawData& data) {
  primitives_.clear();
  std::fill(hashes_.begin(), hashes_.end(), 0);
  for (auto& bin : bins_) bin.clear();
  for (const ImDrawList* list : data.CmdLists) {
    for (const ImDrawCmd& command : list->CmdBuffer) {
      if (command.UserCallback != nullptr) continue;
      Primitive primitive;
      primitive.clip = {std::max(0, static_cast<int>(command.ClipRect.x)),
                        std::max(0, static_cast<int>(command.ClipRect.y)),
                        std::min(width_, static_cast<int>(command.ClipRect.z)),
                        std::min(height_, static_cast<int>(command.ClipRect.w))};
      if (empty(primitive.clip)) continue;
      primitive.texture = reinterpret_cast<const Texture*>(static_cast<std::uintptr_t>(command.GetTexID()));
      const ImDrawIdx* index = list->IdxBuffer.Data + command.IdxOffset;
      const ImDrawVert* vertices = list->VtxBuffer.Data + command.VtxOffset;
      for (unsigned i = 0; i + 3 <= command.ElemCount;) {
        primitive.a = &vertices[index[i]];
        primitive.b = &vertices[index[i + 1]];
        primitive.c = &vertices[index[i + 2]];
        primitive.quad = i + 6 <= command.ElemCount && is_upright_quad(vertices, index + i);
        i += primitive.quad ? 6 : 3;
        if (!invisible(primitive)) add(primitive);
      }
    }
  }
}

void TileGrid::add(const Primitive& primitive) {
  const Rect bounds = bounds_of(primitive);
  if (empty(bounds)) return;
  const auto index = static_cast<std::uint32_t>(primitives_.size());
  primitives_.push_back(primitive);
  const std::uint64_t hash = hash_of(primitive);
  const int first_column = bounds.x0 / tile_side;
  const int last_column = (bounds.x1 - 1) / tile_side;
  const int first_row = bounds.y0 / tile_side;
  const int last_row = (bounds.y1 - 1) / tile_side;
  const auto put = [&](int column, int row) {
    const auto tile = static_cast<std::size_t>(row * columns_ + column);
    hashes_[tile] = mix(hashes_[tile], hash);
    bins_[tile].push_back(index);
  };
  const bool is_long = !primitive.quad && last_column > first_column && last_row > first_row;
  const auto sides = is_long ? std::optional<Sides>{primitive} : std::nullopt;
  for (int row = first_row; row <= last_row; ++row) {
    for (int column = first_column; column <= last_column; ++column) {
      if (!sides || !sides->pass_by(column, row)) put(column, row);
    }
  }
}

Rect TileGrid::tile_rect(int tile) const {
  const int x = tile % columns_ * tile_side;
  const int y = tile / columns_ * tile_side;
  return {x, y, std::min(width_, x + tile_side), std::min(height_, y + tile_side)};
}

bool TileGrid::hides(const Primitive& primitive, const Rect& tile) const {
  if (!primitive.quad || primitive.a->col >> IM_COL32_A_SHIFT != 255) return false;
  if (primitive.a->uv.x != primitive.c->uv.x || primitive.a->uv.y != primitive.c->uv.y) return false;
  const ImVec2 from = primitive.a->pos;
  const ImVec2 to = primitive.c->pos;
  return from.x <= static_cast<float>(tile.x0) && from.y <= static_cast<float>(tile.y0) &&
         to.x >= static_cast<float>(tile.x1) && to.y >= static_cast<float>(tile.y1) && primitive.clip.x0 <= tile.x0 &&
         primitive.clip.y0 <= tile.y0 && primitive.clip.x1 >= tile.x1 && primitive.clip.y1 >= tile.y1;
}

void TileGrid::content(int tile, Content& out) const {
  const auto& bin = bins_[static_cast<std::size_t>(tile)];
  const Rect rect = tile_rect(tile);
  std::size_t first = bin.size();
  out.covered = false;
  while (first > 0 && !out.covered) out.covered = hides(primitives_[bin[--first]], rect);
  out.primitives.clear();
  for (std::size_t i = first; i < bin.size(); ++i) out.primitives.push_back(&primitives_[bin[i]]);
}

}  // namespace millpond::raster
