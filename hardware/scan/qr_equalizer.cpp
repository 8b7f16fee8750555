// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/qr_equalizer.h"

#include "hardware/scan/least_squares.h"

#include "sync/base/check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace millpond::scan {
namespace {

constexpr int light_radius = 4;  // modules: a lamp's edge is softer than that, data is balanced over it
constexpr float saturated_level = 252;
constexpr float spread_floor = 3;  // levels; less is the noise of a sensor
constexpr int filter_reach = 2;    // modules; a wider filter has more weights than the patterns can teach it
constexpr std::size_t filter_taps = (2 * filter_reach + 1) * (2 * filter_reach + 1) + 1;
constexpr double ridge_share = 0.02;

// Normalized brightness with the grid's margin, positive for dark.
class Normalized {
 public:
  explicit Normalized(const ModuleGrid& grid) : side_{grid.side()}, size_{grid.size} {
    const auto count = static_cast<std::size_t>(side_ * side_);
    levels_.resize(count);
    double sum = 0;
    double square_sum = 0;
    for (const float level : grid.levels) {
      sum += level;
      square_sum += level * level;
    }
    const double mean = sum / static_cast<double>(count);
    const auto overall =
        static_cast<float>(std::sqrt(std::max(0.0, square_sum / static_cast<double>(count) - mean * mean)));
    const int margin = ModuleGrid::margin;
    for (int y = -margin; y < size_ + margin; ++y) {
      for (int x = -margin; x < size_ + margin; ++x) at(x, y) = level_of(grid, x, y, overall);
    }
  }
  [[nodiscard]] float& at(int x, int y) {
    return levels_[static_cast<std::size_t>((y + ModuleGrid::margin) * side_ + x + ModuleGrid::margin)];
  }
  [[nodiscard]] float at(int x, int y) const {
    return levels_[static_cast<std::size_t>((y + ModuleGrid::margin) * side_ + x + ModuleGrid::margin)];
  }

 private:
  [[nodiscard]] float level_of(const ModuleGrid& grid, int x, int y, float overall) const {
    float sum = 0;
    float square_sum = 0;
    int count = 0;
    int saturated = 0;
    for (int v = std::max(0, y - light_radius); v <= std::min(size_ - 1, y + light_radius); ++v) {
      for (int u = std::max(0, x - light_radius); u <= std::min(size_ - 1, x + light_radius); ++u) {
        const float level = grid.at(u, v);
        sum += level;
        square_sum += level * level;
        saturated += level >= saturated_level ? 1 : 0;
        ++count;
      }
    }
    if (count == 0) return 0;
    const float mean = sum / static_cast<float>(count);
    const float spread = std::sqrt(std::max(0.0F, square_sum / static_cast<float>(count) - mean * mean));
    const float scale = std::max({spread, 0.25F * overall, spread_floor});
    const float level = grid.at(x, y);
    // In a field that is mostly white beyond measure, white may be anything.
    if (level >= saturated_level && 10 * saturated > 7 * count) return 0;
    return std::clamp((mean - level) / scale, -2.0F, 2.0F);
  }

  int side_;
  int size_;
  std::vector<float> levels_;
};

// The modules around one, and a constant.
std::array<float, filter_taps> around(const Normalized& seen, int x, int y) {
  std::array<float, filter_taps> inputs{};
  std::size_t i = 0;
  for (int v = y - filter_reach; v <= y + filter_reach; ++v) {
    for (int u = x - filter_reach; u <= x + filter_reach; ++u) inputs[i++] = seen.at(u, v);
  }
  inputs[i] = 1;
  return inputs;
}

}  // namespace

SoftModules soften(const ModuleGrid& grid) {
  const Normalized seen{grid};
  SoftModules soft{grid.size, {}};
  soft.levels.reserve(static_cast<std::size_t>(grid.size * grid.size));
  for (int y = 0; y < grid.size; ++y) {
    for (int x = 0; x < grid.size; ++x) soft.levels.push_back(seen.at(x, y));
  }
  return soft;
}

// Least squares from a square neighbourhood to the module in its middle.
SoftModules equalize(const ModuleGrid& grid, const QrLayout& layout) {
  MILLPOND_CHECK(grid.size == layout.size);
  const Normalized seen{grid};
  LeastSquares squares{filter_taps};
  for (int y = 0; y < layout.size; ++y) {
    for (int x = 0; x < layout.size; ++x) {
      const auto module = layout.at(x, y);
      if (module != QrModule::dark && module != QrModule::light) continue;
      const float target = module == QrModule::dark ? 1.0F : -1.0F;
      squares.learn(around(seen, x, y), {&target, 1}, 1);
    }
  }
  const auto weights = squares.solve(ridge_share);
  SoftModules soft{grid.size, {}};
  soft.levels.reserve(static_cast<std::size_t>(grid.size * grid.size));
  for (int y = 0; y < grid.size; ++y) {
    for (int x = 0; x < grid.size; ++x) {
      const auto inputs = around(seen, x, y);
      const float level = std::inner_product(inputs.begin(), inputs.end(), weights.begin(), 0.0F);
      soft.levels.push_back(std::clamp(level, -1.5F, 1.5F));
    }
  }
  return soft;
}

}  // namespace millpond::scan
