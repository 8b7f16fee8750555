// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/qr_grid.h"

#include "hardware/scan/least_squares.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace millpond::scan {
namespace {

constexpr float finder_middle = 3.5F;
constexpr float match_min = 0.35F;
constexpr float certain_match = 0.75F;  // no other size comes near
constexpr float sharp_match = 0.9F;     // above, blur does not mislead
constexpr double spread_ridge = 0.02;

// Bilinear; pixels' middles are at halves. Outside the picture its edge goes on.
float brightness(const ports::GrayView& luma, Point at) {
  const float x = std::clamp(at.x - 0.5F, 0.0F, static_cast<float>(luma.width - 1));
  const float y = std::clamp(at.y - 0.5F, 0.0F, static_cast<float>(luma.height - 1));
  const int from_x = static_cast<int>(x);
  const int top = static_cast<int>(y);
  const int left = from_x * luma.step;
  const int right = std::min(from_x + 1, luma.width - 1) * luma.step;
  const float part_x = x - static_cast<float>(from_x);
  const float part_y = y - static_cast<float>(top);
  const auto* upper = luma.row(top);
  const auto* lower = luma.row(std::min(top + 1, luma.height - 1));
  const float above = static_cast<float>(upper[left]) * (1 - part_x) + static_cast<float>(upper[right]) * part_x;
  const float below = static_cast<float>(lower[left]) * (1 - part_x) + static_cast<float>(lower[right]) * part_x;
  return above * (1 - part_y) + below * part_y;
}

// How a module is spread over those around it by lens and hand.
constexpr int spread_reach = 2;
constexpr std::size_t spread_taps = (2 * spread_reach + 1) * (2 * spread_reach + 1);
using Spread = std::array<float, spread_taps>;

// The fixed modules of one version, gathered in small neighbourhoods whose mean is the threshold of their own: a lamp
// that brightens one finder says nothing of another.
class FixedPatterns {
 public:
  explicit FixedPatterns(const QrLayout& layout) : layout_{layout} {
    const int last = layout.size - 1;
    square(layout, 3, 3, 4);
    square(layout, last - 3, 3, 4);
    square(layout, 3, last - 3, 4);
    for (const int y : layout.alignment) {
      for (const int x : layout.alignment) {
        if (x < 9 && y < 9) continue;
        if ((x < 9 && y > last - 9) || (x > last - 9 && y < 9)) continue;
        square(layout, x, y, 2);
      }
    }
    // Timing patterns in pieces of eight.
    for (int from = 8; from < layout.size - 8; from += 8) {
      const int to = std::min(from + 8, layout.size - 8);
      begin();
      for (int i = from; i < to; ++i) add(i, 6, i % 2 == 0);
      begin();
      for (int i = from; i < to; ++i) add(6, i, i % 2 == 0);
    }
    begin();
  }

  // What the patterns' modules look like when every module is spread over those around it; data counts as neither dark
  // nor light, and the ground around as light.
  [[nodiscard]] std::vector<float> spread_out(const Spread& spread) const {
    std::vector<float> expected;
    expected.reserve(modules_.size());
    for (const auto& module : modules_) {
      const auto around = neighbours(module);
      expected.push_back(std::inner_product(around.begin(), around.end(), spread.begin(), 0.0F));
    }
    return expected;
  }

  // How modules are spread, as the three finders show it.
  [[nodiscard]] Spread learn_spread(const ports::GrayView& luma, const QrPose& pose, float sign) const {
    LeastSquares squares{spread_taps};
    std::array<float, 81> seen{};
    for (std::size_t group = 0; group < 3; ++group) {
      const auto from = starts_[group];
      const auto count = starts_[group + 1] - from;
      float mean = 0;
      float square_sum = 0;
      Spread mean_around{};
      for (std::size_t i = 0; i < count; ++i) {
        const auto& module = modules_[from + i];
        seen[i] = -sign * brightness(luma, pose.pixel(module.x, module.y));
        mean += seen[i] / static_cast<float>(count);
        square_sum += seen[i] * seen[i];
        const auto around = neighbours(module);
        for (std::size_t k = 0; k < spread_taps; ++k) mean_around[k] += around[k] / static_cast<float>(count);
      }
      const float deviation = std::sqrt(std::max(1.0F, square_sum / static_cast<float>(count) - mean * mean));
      for (std::size_t i = 0; i < count; ++i) {
        auto around = neighbours(modules_[from + i]);
        for (std::size_t k = 0; k < spread_taps; ++k) around[k] -= mean_around[k];
        const float level = (seen[i] - mean) / deviation;
        squares.learn(around, {&level, 1}, 1);
      }
    }
    const auto weights = squares.solve(spread_ridge);
    Spread spread{};
    std::copy(weights.begin(), weights.end(), spread.begin());
    return spread;
  }

  // What they look like sharp.
  [[nodiscard]] std::vector<float> sharp() const {
    std::vector<float> expected;
    expected.reserve(modules_.size());
    for (const auto& module : modules_) expected.push_back(module.sign);
    return expected;
  }

  // The correlation of what is seen with what should be, weighed by contrast.
  [[nodiscard]] float match(const ports::GrayView& luma, const QrPose& pose, float sign,
                            const std::vector<float>& look) const {
    float agreement = 0;
    float energy = 0;
    std::array<float, 81> seen{};
    for (std::size_t group = 0; group + 1 < starts_.size(); ++group) {
      const auto from = starts_[group];
      const auto count = starts_[group + 1] - from;
      if (count < 2) continue;
      float mean = 0;
      float balance = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const auto& module = modules_[from + i];
        seen[i] = brightness(luma, pose.pixel(module.x, module.y));
        mean += seen[i];
        balance += look[from + i];
      }
      mean /= static_cast<float>(count);
      balance /= static_cast<float>(count);
      float square_sum = 0;
      float expected_sum = 0;
      float product = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const float expected = look[from + i] - balance;
        product += (mean - seen[i]) * expected;
        square_sum += (mean - seen[i]) * (mean - seen[i]);
        expected_sum += expected * expected;
      }
      agreement += product;
      energy += std::sqrt(square_sum * expected_sum);
    }
    return energy > 0 ? sign * agreement / energy : 0;
  }

 private:
  struct Module {
    float x, y, sign;
  };
  void begin() { starts_.push_back(modules_.size()); }
  void add(int x, int y, bool dark) {
    modules_.push_back({static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F, dark ? 1.0F : -1.0F});
  }
  void square(const QrLayout& layout, int middle_x, int middle_y, int reach) {
    begin();
    for (int y = middle_y - reach; y <= middle_y + reach; ++y) {
      for (int x = middle_x - reach; x <= middle_x + reach; ++x) {
        if (x < 0 || y < 0 || x >= layout.size || y >= layout.size) continue;
        const auto module = layout.at(x, y);
        if (module == QrModule::dark || module == QrModule::light) add(x, y, module == QrModule::dark);
      }
    }
  }

  // A module and those around it: 1 dark, -1 light, 0 not known.
  [[nodiscard]] Spread neighbours(const Module& module) const {
    Spread around{};
    const int x = static_cast<int>(module.x);
    const int y = static_cast<int>(module.y);
    std::size_t i = 0;
    for (int v = y - spread_reach; v <= y + spread_reach; ++v) {
      for (int u = x - spread_reach; u <= x + spread_reach; ++u, ++i) {
        if (u < 0 || v < 0 || u >= layout_.size || v >= layout_.size) {
          around[i] = -1;
          continue;
        }
        const auto kind = layout_.at(u, v);
        around[i] = kind == QrModule::dark ? 1.0F : kind == QrModule::light ? -1.0F : 0.0F;
      }
    }
    return around;
  }

  const QrLayout& layout_;
  std::vector<Module> modules_;
  std::vector<std::size_t> starts_;
};

const FixedPatterns& patterns_of(int version) {
  static const auto all = [] {
    std::vector<FixedPatterns> patterns;
    for (int v = 1; v <= qr_version_max; ++v) patterns.emplace_back(qr_layout(v));
    return patterns;
  }();
  return all[static_cast<std::size_t>(version - 1)];
}

Corners corners_of(const FinderTriple& triple) {
  const auto& a = triple.top_left;
  const auto& b = triple.top_right;
  const auto& c = triple.bottom_left;
  return {Point{a.x, a.y}, Point{b.x, b.y}, Point{b.x + c.x - a.x, b.y + c.y - a.y}, Point{c.x, c.y}};
}

// Pixels that a module measures, from the square of the finders' middles.
float module_px(const Corners& middles, int size) {
  const float across = std::hypot(middles[1].x - middles[0].x, middles[1].y - middles[0].y);
  return across / static_cast<float>(size - 7);
}

class Fitting {
 public:
  Fitting(const ports::GrayView& luma, int version, float sign)
      : luma_{luma},
        version_{version},
        size_{qr_size_of(version)},
        sign_{sign},
        patterns_{patterns_of(version)},
        look_{patterns_.sharp()} {}

  // The fourth corner is where tilt shows most: tried on a coarse raster first.
  [[nodiscard]] QrFit start(const Corners& middles) const {
    QrFit best = fit(middles);
    try_fourth_corner(best, middles[2], 2, 1.6F);
    return best;
  }

  // A smear of two modules turns timing patterns over and hides the alignment pattern. The finders are large enough to
  // show what it does to a module, and by that the fourth corner is looked for again.
  void look_again(QrFit& best) {
    learn_look(best);
    const auto from = best.pose.middles();
    const Point straight{from[1].x + from[3].x - from[0].x, from[1].y + from[3].y - from[0].y};
    for (const auto& middle : {from[2], straight}) try_fourth_corner(best, middle, 4, 0.8F);
    refine(best);
    learn_look(best);
    refine(best);
  }

  // Moves one corner at a time as long as that helps, in steps that become finer.
  void refine(QrFit& best) const {
    for (float step = 0.8F; step > 0.15F; step /= 2) {
      bool better = true;
      for (int round = 0; better && round < 3; ++round) {
        better = false;
        for (std::size_t corner = 0; corner < 4; ++corner) better = nudge(best, corner, step) || better;
      }
    }
  }

 private:
  [[nodiscard]] QrFit fit(const Corners& middles) const {
    const QrPose pose{middles, size_};
    return {version_, pose, patterns_.match(luma_, pose, sign_, look_)};
  }
  // A pose that is off by some way teaches a spread that is off by as much the other way.
  [[nodiscard]] QrPose centred(const QrPose& pose, const Spread& spread) const {
    float sum = 0;
    float x = 0;
    float y = 0;
    for (std::size_t i = 0; i < spread_taps; ++i) {
      const float part = std::max(0.0F, spread[i]);
      sum += part;
      x += part * static_cast<float>(static_cast<int>(i % (2 * spread_reach + 1)) - spread_reach);
      y += part * static_cast<float>(static_cast<int>(i / (2 * spread_reach + 1)) - spread_reach);
    }
    if (sum <= 0) return pose;
    const float left = finder_middle - x / sum;
    const float top = finder_middle - y / sum;
    const float right = left + static_cast<float>(size_ - 7);
    const float bottom = top + static_cast<float>(size_ - 7);
    return {{pose.pixel(left, top), pose.pixel(right, top), pose.pixel(right, bottom), pose.pixel(left, bottom)},
            size_};
  }
  void try_fourth_corner(QrFit& best, Point middle, int reach, float step_modules) const {
    auto moved = best.pose.middles();
    const float step = step_modules * module_px(moved, size_);
    for (int i = -reach; i <= reach; ++i) {
      for (int j = -reach; j <= reach; ++j) {
        moved[2] = {middle.x + static_cast<float>(i) * step, middle.y + static_cast<float>(j) * step};
        const auto candidate = fit(moved);
        if (candidate.match > best.match) best = candidate;
      }
    }
  }
  // Judges by what the patterns look like through the blur from now on.
  void learn_look(QrFit& best) {
    best.pose = centred(best.pose, patterns_.learn_spread(luma_, best.pose, sign_));
    look_ = patterns_.spread_out(patterns_.learn_spread(luma_, best.pose, sign_));
    best = fit(best.pose.middles());
  }
  bool nudge(QrFit& best, std::size_t corner, float step_modules) const {
    const float step = step_modules * module_px(best.pose.middles(), size_);
    bool better = false;
    for (const auto& [dx, dy] : {Point{step, 0}, Point{-step, 0}, Point{0, step}, Point{0, -step}}) {
      auto moved = best.pose.middles();
      moved[corner] = {moved[corner].x + dx, moved[corner].y + dy};
      const auto candidate = fit(moved);
      if (candidate.match <= best.match) continue;
      best = candidate;
      better = true;
    }
    return better;
  }

  const ports::GrayView& luma_;
  const int version_;
  const int size_;
  const float sign_;
  const FixedPatterns& patterns_;
  std::vector<float> look_;  // of the patterns
};

}  // namespace

// Heckbert's mapping of the unit square to a quadrangle.
QrPose::QrPose(const Corners& middles, int size) : middles_{middles}, size_{size} {
  const auto& [p0, p1, p2, p3] = middles_;
  const float sum_x = p0.x - p1.x + p2.x - p3.x;
  const float sum_y = p0.y - p1.y + p2.y - p3.y;
  const float dx1 = p1.x - p2.x;
  const float dx2 = p3.x - p2.x;
  const float dy1 = p1.y - p2.y;
  const float dy2 = p3.y - p2.y;
  const float determinant = dx1 * dy2 - dx2 * dy1;
  const float scale = std::abs(determinant) > 1e-6F ? 1 / determinant : 0;
  const float g = (sum_x * dy2 - sum_y * dx2) * scale;
  const float h = (dx1 * sum_y - dy1 * sum_x) * scale;
  matrix_ = {
      p1.x - p0.x + g * p1.x, p3.x - p0.x + h * p3.x, p0.x, p1.y - p0.y + g * p1.y, p3.y - p0.y + h * p3.y, p0.y, g, h};
}

Point QrPose::pixel(float x, float y) const {
  const float scale = 1 / static_cast<float>(size_ - 7);
  const float u = (x - finder_middle) * scale;
  const float v = (y - finder_middle) * scale;
  const float w = matrix_[6] * u + matrix_[7] * v + 1;
  const float inverse = std::abs(w) > 1e-3F ? 1 / w : 0;
  return {(matrix_[0] * u + matrix_[1] * v + matrix_[2]) * inverse,
          (matrix_[3] * u + matrix_[4] * v + matrix_[5]) * inverse};
}

Corners QrPose::outline() const {
  const auto end = static_cast<float>(size_);
  return {pixel(0, 0), pixel(end, 0), pixel(end, end), pixel(0, end)};
}

std::optional<QrFit> fit_symbol(const ports::GrayView& luma, const FinderTriple& triple, bool inverted) {
  const auto corners = corners_of(triple);
  const int guess = static_cast<int>(std::lround((triple.modules + 7 - 17) / 4));
  const float sign = inverted ? -1.0F : 1.0F;
  std::optional<QrFit> best;
  // The larger the symbol, the less a module's width says of its size.
  const int reach = guess < 5 ? 1 : guess < 12 ? 2 : 3;
  // The likeliest first: 0, 1, -1, 2, -2 from the guess.
  for (int i = 0; i <= 2 * reach; ++i) {
    const int version = guess + (i % 2 == 0 ? -(i / 2) : (i + 1) / 2);
    if (version < 1 || version > qr_version_max) continue;
    const auto candidate = Fitting{luma, version, sign}.start(corners);
    if (!best || candidate.match > best->match) best = candidate;
    if (best->match > certain_match) break;
  }
  if (!best || best->match < match_min) return std::nullopt;
  Fitting fitting{luma, best->version, sign};
  fitting.refine(*best);
  if (best->match < sharp_match) fitting.look_again(*best);
  return best;
}

ModuleGrid sample_modules(const ports::GrayView& luma, const QrFit& fit, bool inverted) {
  ModuleGrid grid;
  grid.size = qr_size_of(fit.version);
  grid.levels.reserve(static_cast<std::size_t>(grid.side() * grid.side()));
  const auto count = static_cast<std::size_t>(grid.side() * grid.side());
  grid.samples.resize(count * ModuleGrid::phases);
  for (int y = -ModuleGrid::margin; y < grid.size + ModuleGrid::margin; ++y) {
    for (int x = -ModuleGrid::margin; x < grid.size + ModuleGrid::margin; ++x) {
      float sum = 0;
      for (int sample = 0; sample < ModuleGrid::phases; ++sample) {
        const float offset_x = 0.5F + static_cast<float>(sample % 3 - 1) * 0.27F;
        const float offset_y = 0.5F + static_cast<float>(sample / 3 - 1) * 0.27F;
        const float level =
            brightness(luma, fit.pose.pixel(static_cast<float>(x) + offset_x, static_cast<float>(y) + offset_y));
        const float seen = inverted ? 255 - level : level;
        grid.samples[static_cast<std::size_t>(sample) * count + grid.levels.size()] = seen;
        sum += seen;
      }
      grid.levels.push_back(sum / ModuleGrid::phases);
    }
  }
  return grid;
}

}  // namespace millpond::scan
