// SPDX-License-Identifier: Apache-2.0
// From brightness to doubt: thresholds that follow the light, and an equalizer that undoes blur. Lens and hand smear
// every module over its neighbours in the same way all over the symbol; how, is learnt from the patterns that every
// symbol has, and then from what they made sure. Nothing is assumed of the blur. Pure; any thread.
#pragma once

#include "hardware/scan/qr_grid.h"
#include "hardware/scan/qr_soft.h"

#include <memory>

namespace millpond::scan {

// Darker or lighter than the modules around, in shares of their spread. Where the sensor is saturated nothing is known.
[[nodiscard]] SoftModules soften(const ModuleGrid& grid);

// The modules before the blur, better with every round: the first learns from the fixed patterns of the version, the
// others also from the surer decisions of the one before. 1 to 3 ms a round. Grid and layout outlive it.
class Equalizer {
 public:
  static constexpr int rounds_max = 3;

  Equalizer(const ModuleGrid& grid, const QrLayout& layout);
  ~Equalizer();
  Equalizer(const Equalizer&) = delete;
  Equalizer& operator=(const Equalizer&) = delete;

  [[nodiscard]] const SoftModules& next_round();

 private:
  class Normalized;
  class Filter;

  const QrLayout& layout_;
  std::unique_ptr<Normalized> seen_;
  SoftModules soft_;
  int round_ = 0;
  friend SoftModules soften(const ModuleGrid& grid);
};

}  // namespace millpond::scan
