// SPDX-License-Identifier: Apache-2.0
// Raster: draws Dear ImGui's draw lists with the CPU, and only where something changed. For terminals without a GPU
// (a full 1080x1920 redraw took 22 ms of CPU where llvmpipe took 131), and for pictures in tests: the same input gives
// the same bytes on the same build. Not a general rasteriser: it knows the triangles and quads that ImGui makes.
// One thread per Raster.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

struct ImDrawData;

namespace millpond::raster {

struct Rect {
  int x0{}, y0{}, x1{}, y1{};
  friend bool operator==(const Rect&, const Rect&) = default;
};

// A picture the caller owns, drawn by ImGui::Image through texture_id(). Bump `generation` with every change of pixels,
// or unchanged tiles keep showing the old ones.
struct Texture {
  int width{}, height{};
  int bytes_per_pixel{4};  // 1: alpha with the vertex colour; 4: RGBA
  const std::uint8_t* pixels{};
  std::uint32_t generation{};
};

// Takes what was drawn anew: ABGR words from the rectangle's first, a row every `stride` words. They are valid during
// the call only.
using Painter = std::function<void(const Rect& rect, const std::uint32_t* pixels, std::size_t stride)>;

enum class Keeps : std::uint8_t {
  picture,  // the whole frame, for pixels()
  nothing,  // whoever paints keeps it: a window has a copy of its own, which for 1080 x 1920 is 8 MB
};

class Raster {
 public:
  Raster(int width, int height, std::uint32_t clear_abgr, Keeps keeps = Keeps::picture);
  ~Raster();
  Raster(const Raster&) = delete;
  Raster& operator=(const Raster&) = delete;

  void resize(int width, int height);
  // Hashes the primitives of each 64-pixel tile, redraws the tiles that differ from the last call, and returns their
  // rectangles, merged along rows, after each was painted. Serves ImGui's own texture requests.
  std::vector<Rect> draw(ImDrawData* data, const Painter& painter = {});
  void redraw_everything();  // the next draw() forgets its hashes

  [[nodiscard]] std::span<const std::uint32_t> pixels() const;  // ABGR words, rows of width(); none with Keeps::nothing
  [[nodiscard]] int width() const;
  [[nodiscard]] int height() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The id to hand to ImGui for a texture of ours.
[[nodiscard]] std::uint64_t texture_id(const Texture& texture);

}  // namespace millpond::raster
