// SPDX-License-Identifier: Apache-2.0
#include "hardware/sim/other_screens.h"

#include "sync/base/rng.h"

#include <algorithm>
#include <cmath>

namespace millpond::sim {
namespace {

// What a screen shows, in cells: lines of text, a chequered table, or squares in squares as in a finder pattern.
enum class Content : std::uint8_t { lines, table, squares };

struct OtherScreen {
  float middle_x, middle_y;  // pixels
  float half_width, half_height;
  float turn_rad;
  float cell_px;
  Content content;
  std::uint64_t seed;
};

// A coin for every cell, the same each time.
bool dark_cell(std::uint64_t seed, int column, int row) {
  base::SeededRng rng{seed ^ static_cast<std::uint64_t>(column + 1000) << 20 ^ static_cast<std::uint64_t>(row + 1000)};
  return rng.chance(1, 2);
}

bool is_dark(const OtherScreen& screen, float x, float y) {
  const int column = static_cast<int>(std::floor(x / screen.cell_px));
  const int row = static_cast<int>(std::floor(y / screen.cell_px));
  switch (screen.content) {
    case Content::lines:
      return row % 3 == 0 && dark_cell(screen.seed, column, row);
    case Content::table:
      return dark_cell(screen.seed, column, row);
    case Content::squares:
      break;
  }
  // Rings seven cells wide with a gap of two, some of them empty.
  const auto fold = [](int at) { return ((at % 9) + 9) % 9; };
  const int ring = std::max(std::abs(fold(column) - 3), std::abs(fold(row) - 3));
  const bool empty = dark_cell(screen.seed, column / 9, row / 9);
  return !empty && (ring == 3 || ring <= 1);
}

void draw(Canvas& to, const OtherScreen& screen) {
  const float cosine = std::cos(screen.turn_rad);
  const float sine = std::sin(screen.turn_rad);
  const float reach = std::hypot(screen.half_width, screen.half_height) + 2;
  const int top = std::max(0, static_cast<int>(screen.middle_y - reach));
  const int bottom = std::min(to.height, static_cast<int>(screen.middle_y + reach));
  const int left = std::max(0, static_cast<int>(screen.middle_x - reach));
  const int right = std::min(to.width, static_cast<int>(screen.middle_x + reach));
  for (int py = top; py < bottom; ++py) {
    for (int px = left; px < right; ++px) {
      const float dx = static_cast<float>(px) - screen.middle_x;
      const float dy = static_cast<float>(py) - screen.middle_y;
      const float x = cosine * dx + sine * dy;
      const float y = cosine * dy - sine * dx;
      const float edge = round_rect_distance(x, y, screen.half_width, screen.half_height, 6);
      if (edge > 1) continue;
      const float level = edge > -5 ? 24.0F : is_dark(screen, x, y) ? 46.0F : 212.0F;
      to.at(px, py) = mix(to.at(px, py), level, edge_coverage(edge, 1));
    }
  }
}

}  // namespace

void draw_other_screens(Canvas& to, int count, std::uint64_t seed) {
  base::SeededRng rng{seed};
  const auto between = [&rng](float low, float high) {
    return low + (high - low) * static_cast<float>(rng.below(10'000)) / 10'000.0F;
  };
  const auto width = static_cast<float>(to.width);
  for (int i = 0; i < count; ++i) {
    OtherScreen screen{};
    screen.middle_x = rng.chance(1, 2) ? between(0.04F, 0.26F) * width : between(0.74F, 0.96F) * width;
    screen.middle_y = between(0.15F, 0.85F) * static_cast<float>(to.height);
    screen.half_width = between(0.05F, 0.1F) * width;
    screen.half_height = screen.half_width * between(0.6F, 1.9F);
    screen.turn_rad = between(-0.4F, 0.4F);
    screen.cell_px = between(0.0035F, 0.008F) * width;
    screen.content = static_cast<Content>(rng.below(3));
    screen.seed = rng.next();
    draw(to, screen);
  }
}

}  // namespace millpond::sim
