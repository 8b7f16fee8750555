// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/qr_equalizer.h"

#include "sync/base/check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace millpond::scan {
namespace {

constexpr int light_radius = 4;  // modules: a lamp's edge is softer than that, data is balanced over it
constexpr float saturated_level = 252;
constexpr float spread_floor = 3;    // levels; less is the noise of a sensor
constexpr float decided_min = 0.3F;  // of an equalized module: sure enough to learn from
constexpr float own_decision_weight = 0.5F;

}  // namespace

// Normalized brightness with the grid's margin, positive for dark.
class Equalizer::Normalized {
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

// Least squares from a square neighbourhood to the module in its middle.
class Equalizer::Filter {
 public:
  explicit Filter(int reach) : reach_{reach}, taps_{(2 * reach + 1) * (2 * reach + 1) + 1} {
    const auto n = static_cast<std::size_t>(taps_);
    sums_.assign(n * n, 0);
    targets_.assign(n, 0);
    inputs_.assign(n, 0);
  }

  void learn(const Normalized& seen, int x, int y, float target, float weight) {
    gather(seen, x, y);
    const auto n = static_cast<std::size_t>(taps_);
    for (std::size_t i = 0; i < n; ++i) {
      const float weighted = weight * inputs_[i];
      targets_[i] += static_cast<double>(weighted * target);
      float* row = sums_.data() + i * n;
      for (std::size_t k = 0; k <= i; ++k) row[k] += weighted * inputs_[k];
    }
    weight_sum_ += static_cast<double>(weight);
  }

  // Cholesky; the ridge keeps what the patterns do not tell apart near nothing.
  void solve() {
    const auto n = static_cast<std::size_t>(taps_);
    constexpr double ridge_share = 0.02;
    std::vector<double> products(sums_.begin(), sums_.end());
    for (std::size_t i = 0; i < n; ++i) products[i * n + i] += ridge_share * weight_sum_ + 1e-6;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k <= i; ++k) {
        double sum = products[i * n + k];
        for (std::size_t j = 0; j < k; ++j) sum -= products[i * n + j] * products[k * n + j];
        products[i * n + k] = i == k ? std::sqrt(std::max(sum, 1e-9)) : sum / products[k * n + k];
      }
    }
    std::vector<double> half(n);
    for (std::size_t i = 0; i < n; ++i) {
      double sum = targets_[i];
      for (std::size_t k = 0; k < i; ++k) sum -= products[i * n + k] * half[k];
      half[i] = sum / products[i * n + i];
    }
    weights_.assign(n, 0);
    for (std::size_t i = n; i-- > 0;) {
      double sum = half[i];
      for (std::size_t k = i + 1; k < n; ++k) sum -= products[k * n + i] * static_cast<double>(weights_[k]);
      weights_[i] = static_cast<float>(sum / products[i * n + i]);
    }
  }

  [[nodiscard]] SoftModules apply(const Normalized& seen, int size) {
    SoftModules soft{size, {}};
    soft.levels.reserve(static_cast<std::size_t>(size * size));
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x) {
        gather(seen, x, y);
        float sum = 0;
        for (std::size_t i = 0; i < inputs_.size(); ++i) sum += weights_[i] * inputs_[i];
        soft.levels.push_back(std::clamp(sum, -1.5F, 1.5F));
      }
    }
    return soft;
  }

 private:
  void gather(const Normalized& seen, int x, int y) {
    std::size_t i = 0;
    for (int v = y - reach_; v <= y + reach_; ++v) {
      for (int u = x - reach_; u <= x + reach_; ++u) inputs_[i++] = seen.at(u, v);
    }
    inputs_[i] = 1;
  }

  const int reach_;
  const int taps_;
  std::vector<float> sums_;  // of products of taps, lower triangle
  std::vector<double> targets_;
  std::vector<float> inputs_;
  std::vector<float> weights_;
  double weight_sum_ = 0;
};

SoftModules soften(const ModuleGrid& grid) {
  const Equalizer::Normalized seen{grid};
  SoftModules soft{grid.size, {}};
  soft.levels.reserve(static_cast<std::size_t>(grid.size * grid.size));
  for (int y = 0; y < grid.size; ++y) {
    for (int x = 0; x < grid.size; ++x) soft.levels.push_back(seen.at(x, y));
  }
  return soft;
}

Equalizer::Equalizer(const ModuleGrid& grid, const QrLayout& layout)
    : layout_{layout}, seen_{std::make_unique<Normalized>(grid)} {
  MILLPOND_CHECK(grid.size == layout.size);
}
Equalizer::~Equalizer() = default;

const SoftModules& Equalizer::next_round() {
  MILLPOND_CHECK(round_ < rounds_max);
  // A wide filter has more taps than the fixed patterns have modules to teach it.
  Filter filter{round_ < 2 ? 2 : ModuleGrid::margin};
  for (int y = 0; y < layout_.size; ++y) {
    for (int x = 0; x < layout_.size; ++x) {
      const auto module = layout_.at(x, y);
      if (module == QrModule::dark || module == QrModule::light) {
        filter.learn(*seen_, x, y, module == QrModule::dark ? 1.0F : -1.0F, 1);
      } else if (round_ > 0 && std::abs(soft_.at(x, y)) > decided_min) {
        filter.learn(*seen_, x, y, soft_.at(x, y) > 0 ? 1.0F : -1.0F, own_decision_weight);
      }
    }
  }
  filter.solve();
  soft_ = filter.apply(*seen_, layout_.size);
  ++round_;
  return soft_;
}

}  // namespace millpond::scan
