// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/qr_detector.h"

#include "hardware/scan/least_squares.h"

#include "sync/base/check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace millpond::scan {
namespace {

constexpr int light_radius = 5;          // modules: light changes little over so many, and data is balanced
constexpr float contrast_floor = 0.15F;  // of the usual: less is noise
constexpr float variance_min = 0.02F;    // of modules in a window, to tell contrast by
constexpr float guess_gain = 1.5F;       // a filter that is unsure of all is right about most
constexpr double ridge_share = 0.01;
// How sure a module must be of itself while others are not yet: falls over a round, so that those with a clear trace
// decide first. Of 16 smeared symbols all were read between 0.4 and 1.5 for the first and 0.08 and 0.2 for the last;
// these left the fewest modules wrong.
constexpr float first_temperature = 1.5F;
constexpr float last_temperature = 0.2F;
constexpr int sweeps = 12;

}  // namespace

ModuleDetector::ModuleDetector(const ModuleGrid& grid, const QrLayout& layout, const SoftModules& guess)
    : grid_{grid}, padded_{grid.size + 2 * pad} {
  MILLPOND_CHECK(grid.size == layout.size && guess.size == grid.size);
  modules_.assign(static_cast<std::size_t>(padded_ * padded_), -1.0F);
  certain_.reserve(guess.levels.size());
  for (int y = 0; y < grid.size; ++y) {
    for (int x = 0; x < grid.size; ++x) {
      const auto kind = layout.at(x, y);
      certain_.push_back(kind == QrModule::dark || kind == QrModule::light);
      module(x, y) = kind == QrModule::dark    ? 1.0F
                     : kind == QrModule::light ? -1.0F
                                               : std::clamp(guess_gain * guess.at(x, y), -1.0F, 1.0F);
    }
  }
}

void ModuleDetector::make_certain(const SoftModules& known) {
  MILLPOND_CHECK(known.size == grid_.size);
  for (int y = 0; y < grid_.size; ++y) {
    for (int x = 0; x < grid_.size; ++x) {
      if (known.at(x, y) == 0) continue;
      certain_[static_cast<std::size_t>(y * grid_.size + x)] = true;
      module(x, y) = known.at(x, y);
    }
  }
}

// What modules make of each place of the grid, in units of contrast; before anything is learnt, as a little blur would.
std::vector<float> ModuleDetector::spread_modules() const {
  std::array<float, taps> mean{};
  float constant = 0;
  if (spread_.empty()) {
    constexpr std::array share{0.25F, 0.5F, 0.25F};
    for (std::size_t i = 0; i < 9; ++i)
      mean[(i / 3 + reach - 1) * width + i % 3 + reach - 1] = share[i / 3] * share[i % 3];
  } else {
    for (std::size_t phase = 0; phase < ModuleGrid::phases; ++phase) {
      const float* spread = spread_.data() + phase * (taps + 1);
      for (std::size_t i = 0; i < taps; ++i) mean[i] += spread[i] / ModuleGrid::phases;
      constant += spread[taps] / ModuleGrid::phases;
    }
  }
  std::vector<float> expected;
  expected.reserve(grid_.levels.size());
  for (int y = -reach; y < grid_.size + reach; ++y) {
    for (int x = -reach; x < grid_.size + reach; ++x) {
      float sum = constant;
      const float* share = mean.data();
      for (int v = y - reach; v <= y + reach; ++v) {
        const float* row = around(x, v);
        for (int u = 0; u < width; ++u) sum += *share++ * row[u];
      }
      expected.push_back(sum);
    }
  }
  return expected;
}

// Brightness is light less contrast times what modules make of it. Both change slowly, so a regression over a window
// tells them from the modules, which a mean of brightness does not.
void ModuleDetector::fit_light() {
  const int side = grid_.side();
  const auto expected = spread_modules();
  std::vector<float> light;
  light.reserve(expected.size());
  contrast_.clear();
  float usual = 0;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      float count = 0;
      float modules = 0;
      float levels = 0;
      float squares = 0;
      float products = 0;
      for (int v = std::max(0, y - light_radius); v <= std::min(side - 1, y + light_radius); ++v) {
        for (int u = std::max(0, x - light_radius); u <= std::min(side - 1, x + light_radius); ++u) {
          const auto i = static_cast<std::size_t>(v * side + u);
          ++count;
          modules += expected[i];
          levels += grid_.levels[i];
          squares += expected[i] * expected[i];
          products += expected[i] * grid_.levels[i];
        }
      }
      const float variance = squares / count - modules / count * (modules / count);
      const float covariance = products / count - modules / count * (levels / count);
      const float contrast = variance > variance_min ? -covariance / variance : 0;
      contrast_.push_back(contrast);
      light.push_back(levels / count + contrast * modules / count);
      usual += contrast;
    }
  }
  usual = std::max(1.0F, usual / static_cast<float>(light.size()));
  seen_.resize(grid_.samples.size());
  for (std::size_t i = 0; i < light.size(); ++i) {
    const float contrast = std::max(contrast_[i], contrast_floor * usual);
    for (std::size_t at = i; at < seen_.size(); at += light.size()) {
      seen_[at] = std::clamp((light[i] - grid_.samples[at]) / contrast, -2.5F, 2.5F);
    }
    contrast_[i] = std::clamp(contrast_[i] / usual, 0.0F, 1.0F);
  }
}

void ModuleDetector::learn_spread() {
  LeastSquares squares{taps + 1, ModuleGrid::phases};
  std::array<float, taps + 1> inputs{};
  inputs[taps] = 1;
  std::array<float, ModuleGrid::phases> outputs{};
  for (int y = 0; y < grid_.size; ++y) {
    for (int x = 0; x < grid_.size; ++x) {
      for (int v = 0; v < width; ++v) std::copy_n(around(x, y + v - reach), width, inputs.data() + v * width);
      const auto place = static_cast<std::size_t>((y + reach) * grid_.side() + x + reach);
      for (std::size_t phase = 0; phase < outputs.size(); ++phase) {
        outputs[phase] = seen_[phase * contrast_.size() + place];
      }
      squares.learn(inputs, outputs, contrast_[place] * contrast_[place]);
    }
  }
  spread_ = squares.solve(ridge_share);
}

// What the trace that each module would leave has in common with what was seen.
std::vector<float> ModuleDetector::traces() const {
  const int size = grid_.size;
  std::vector<float> common(static_cast<std::size_t>(size * size));
  for (std::size_t phase = 0; phase < ModuleGrid::phases; ++phase) {
    const float* spread = spread_.data() + phase * (taps + 1);
    const float* seen = seen_.data() + phase * contrast_.size();
    for (int tap = 0; tap < taps; ++tap) {
      const float share = spread[tap];
      for (int y = 0; y < size; ++y) {
        // A place sees the module `tap` away from it, so a module is seen that far the other way.
        const float* row = seen + (y + 2 * reach - tap / width) * grid_.side() + 2 * reach - tap % width;
        float* out = common.data() + y * size;
        for (int x = 0; x < size; ++x) out[x] += share * (row[x] - spread[taps]);
      }
    }
  }
  return common;
}

// Every module by turns takes what is left of its trace when the others' are taken away, as far as they are sure.
void ModuleDetector::detect() {
  constexpr int wide = 2 * width - 1;
  // What the traces of two modules have in common, by the way from one to the other.
  std::array<float, wide * wide> overlap{};
  for (std::size_t phase = 0; phase < ModuleGrid::phases; ++phase) {
    const float* spread = spread_.data() + phase * (taps + 1);
    for (int one = 0; one < taps; ++one) {
      for (int other = 0; other < taps; ++other) {
        const int across = other % width - one % width + 2 * reach;
        const int down = other / width - one / width + 2 * reach;
        overlap[static_cast<std::size_t>(down * wide + across)] += spread[one] * spread[other];
      }
    }
  }
  constexpr std::size_t own = 2 * reach * wide + 2 * reach;
  const float energy = std::max(overlap[own], 1e-6F);
  overlap[own] = 0;
  const auto common = traces();
  const int size = grid_.size;
  soft_ = {size, std::vector<float>(common.size())};
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    const float temperature = first_temperature * std::pow(last_temperature / first_temperature,
                                                           static_cast<float>(sweep) / static_cast<float>(sweeps - 1));
    for (int i = 0; i < size * size; ++i) {
      const int at = sweep % 2 == 0 ? i : size * size - 1 - i;
      const int x = at % size;
      const int y = at / size;
      float left = common[static_cast<std::size_t>(at)];
      for (int v = 0; v < wide; ++v) {
        const float* row = modules_.data() + (y + v) * padded_ + x;
        const float* share = overlap.data() + v * wide;
        float sum = 0;
        for (int u = 0; u < wide; ++u) sum += share[u] * row[u];
        left -= sum;
      }
      const float trust = contrast_[static_cast<std::size_t>((y + reach) * grid_.side() + x + reach)];
      const float level = left / energy * trust;
      soft_.levels[static_cast<std::size_t>(at)] = std::clamp(level, -1.5F, 1.5F);
      if (!certain_[static_cast<std::size_t>(at)]) module(x, y) = std::tanh(level / temperature);
    }
  }
}

const SoftModules& ModuleDetector::next_round() {
  fit_light();
  learn_spread();
  detect();
  return soft_;
}

}  // namespace millpond::scan
