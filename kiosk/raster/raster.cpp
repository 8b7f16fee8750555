// SPDX-License-Identifier: Apache-2.0
#include "kiosk/raster/raster.h"

#include "kiosk/raster/draw.h"
#include "kiosk/raster/primitives.h"
#include "kiosk/raster/texture.h"

#include <algorithm>

namespace millpond::raster {
namespace {

Rect intersect(const Rect& a, const Rect& b) {
  return {std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1), std::min(a.y1, b.y1)};
}

}  // namespace

struct Raster::State {
  int width{};
  int height{};
  Pixel clear{};
  Keeps keeps{};
  std::vector<Pixel> pixels;  // all rows, or those of one row of tiles
  TileGrid grid;
  std::vector<std::uint64_t> drawn;  // hash of what each tile shows
  bool know_nothing{true};
  TileGrid::Content content;  // kept for its memory

  [[nodiscard]] Canvas canvas_of(const Rect& rect) {
    return {pixels.data(), width, keeps == Keeps::picture ? 0 : rect.y0};
  }

  void draw_tile(int tile) {
    const Rect rect = grid.tile_rect(tile);
    const Canvas canvas = canvas_of(rect);
    grid.content(tile, content);
    if (!content.covered) {
      for (int y = rect.y0; y < rect.y1; ++y) std::fill_n(canvas.row(y) + rect.x0, rect.x1 - rect.x0, clear);
    }
    for (const Primitive* primitive : content.primitives) {
      const Rect within = intersect(rect, primitive->clip);
      if (within.x0 >= within.x1 || within.y0 >= within.y1) continue;
      if (primitive->quad) {
        draw_quad(canvas, *primitive, within);
      } else {
        draw_triangle(canvas, *primitive, within);
      }
    }
  }
};

Raster::Raster(int width, int height, std::uint32_t clear_abgr, Keeps keeps) : state_{std::make_unique<State>()} {
  state_->clear = clear_abgr | alpha_bits;
  state_->keeps = keeps;
  resize(width, height);
}

Raster::~Raster() = default;

void Raster::resize(int width, int height) {
  state_->width = width;
  state_->height = height;
  const int rows = state_->keeps == Keeps::picture ? height : std::min(height, tile_side);
  state_->pixels.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(rows), state_->clear);
  state_->grid.resize(width, height);
  state_->drawn.assign(static_cast<std::size_t>(state_->grid.count()), 0);
  redraw_everything();
}

void Raster::redraw_everything() { state_->know_nothing = true; }

std::vector<Rect> Raster::draw(ImDrawData* data, const Painter& painter) {
  State& state = *state_;
  const auto paint = [&](const Rect& rect) {
    if (painter) painter(rect, state.canvas_of(rect).row(rect.y0) + rect.x0, static_cast<std::size_t>(state.width));
  };
  serve_texture_requests(*data);
  state.grid.read(*data);
  std::vector<Rect> changed;
  int last_tile = -2;
  for (int tile = 0; tile < state.grid.count(); ++tile) {
    std::uint64_t& drawn = state.drawn[static_cast<std::size_t>(tile)];
    if (!state.know_nothing && drawn == state.grid.hash(tile)) continue;
    drawn = state.grid.hash(tile);
    const Rect rect = state.grid.tile_rect(tile);
    const bool goes_on = tile == last_tile + 1 && tile % state.grid.columns() != 0;
    // Before the next row of tiles takes its place.
    if (!goes_on && !changed.empty()) paint(changed.back());
    state.draw_tile(tile);
    if (goes_on) {
      changed.back().x1 = rect.x1;
    } else {
      changed.push_back(rect);
    }
    last_tile = tile;
  }
  if (!changed.empty()) paint(changed.back());
  state.know_nothing = false;
  return changed;
}

std::span<const std::uint32_t> Raster::pixels() const {
  if (state_->keeps == Keeps::nothing) return {};
  return state_->pixels;
}
int Raster::width() const { return state_->width; }
int Raster::height() const { return state_->height; }

}  // namespace millpond::raster
