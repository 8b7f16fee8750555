// SPDX-License-Identifier: Apache-2.0
// From three finder patterns to the brightness of every module: fits a perspective until the patterns that every symbol
// of a size has stand where they should, then samples. Blur and glare lower the fit and do not mislead it much, because
// hundreds of modules vote. Pure; any thread; 1 to 3 ms for a triple.
#pragma once

#include "hardware/scan/qr_finder.h"
#include "hardware/scan/qr_layout.h"
#include "hardware/scan/zxing_adapter.h"

#include <array>
#include <optional>
#include <vector>

namespace millpond::scan {

// A perspective from modules to pixels, by where the middles of the finders and the fourth corner of their square are.
class QrPose {
 public:
  // In order: top left, top right, bottom right, bottom left.
  QrPose(const Corners& middles, int size);

  // Of a place in modules, from the symbol's top left corner.
  [[nodiscard]] Point pixel(float x, float y) const;
  [[nodiscard]] const Corners& middles() const { return middles_; }
  [[nodiscard]] Corners outline() const;

 private:
  Corners middles_;
  int size_;
  std::array<float, 8> matrix_{};
};

struct QrFit {
  int version{};
  QrPose pose;
  float match{};  // of the fixed patterns: 1 as drawn, 0 no relation
};

// The best symbol for a triple, whose places are in pixels of `luma`; nothing when the patterns match poorly.
// `inverted` looks for light modules on dark ground.
[[nodiscard]] std::optional<QrFit> fit_symbol(const ports::GrayView& luma, const FinderTriple& triple, bool inverted);

// Mean brightness of modules, with a margin around the symbol, 255 minus it when inverted.
struct ModuleGrid {
  static constexpr int margin = 3;
  int size{};                 // of the symbol
  std::vector<float> levels;  // row-major, (size + 2 * margin) on a side
  // What they are the means of: a plane of every module's first sample, one of its second, and so on.
  static constexpr int phases = 9;
  std::vector<float> samples;

  [[nodiscard]] int side() const { return size + 2 * margin; }
  [[nodiscard]] float at(int x, int y) const {  // from -margin
    return levels[static_cast<std::size_t>((y + margin) * side() + x + margin)];
  }
};
[[nodiscard]] ModuleGrid sample_modules(const ports::GrayView& luma, const QrFit& fit, bool inverted);

}  // namespace millpond::scan
