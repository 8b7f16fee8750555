// SPDX-License-Identifier: Apache-2.0
// ModuleDetector: the modules that explain what was seen. Learns how a module is spread over the samples around it
// (from the fixed patterns, a guess at the rest, and blocks that were mended), and looks for the modules that spread
// like that become the picture. So it reads what no filter can undo: a smear of two modules or more leaves no trace of
// some patterns in any one place, and yet one assignment of dark and light alone explains them all. One thread.
#pragma once

#include "hardware/scan/qr_grid.h"
#include "hardware/scan/qr_soft.h"

#include <vector>

namespace millpond::scan {

class ModuleDetector {
 public:
  // `guess` is what a filter makes of the grid. Grid and layout outlive the detector.
  ModuleDetector(const ModuleGrid& grid, const QrLayout& layout, const SoftModules& guess);

  // Modules that are certain from now on, as SoftRead::known has them.
  void make_certain(const SoftModules& known);
  // Better with every round; two are enough for most symbols. About 2 ms for 41 modules, growing with their number.
  [[nodiscard]] const SoftModules& next_round();

 private:
  static constexpr int reach = ModuleGrid::margin;  // of a module's spread
  static constexpr int width = 2 * reach + 1;
  static constexpr int taps = width * width;
  static constexpr int pad = 2 * reach;  // two modules that far apart are seen in one place

  [[nodiscard]] std::vector<float> spread_modules() const;
  void fit_light();
  void learn_spread();
  [[nodiscard]] std::vector<float> traces() const;
  void detect();

  [[nodiscard]] float& module(int x, int y) {
    return modules_[static_cast<std::size_t>((y + pad) * padded_ + x + pad)];
  }
  [[nodiscard]] const float* around(int x, int y) const {  // the first of a row, `reach` before a module
    return modules_.data() + (y + pad) * padded_ + x + pad - reach;
  }

  const ModuleGrid& grid_;
  const int padded_;
  std::vector<float> modules_;   // -1 .. 1, dark positive; padded with light ground
  std::vector<bool> certain_;    // row-major, size * size
  std::vector<float> seen_;      // samples in units of contrast, dark positive; planes as the grid's
  std::vector<float> contrast_;  // of each module of the grid: 1 usual, 0 none
  std::vector<float> spread_;    // for each of the grid's phases, taps and a constant
  SoftModules soft_;
};

}  // namespace millpond::scan
