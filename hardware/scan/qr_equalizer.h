// SPDX-License-Identifier: Apache-2.0
// From brightness to doubt: thresholds that follow the light, and a filter that undoes blur. Lens and hand smear every
// module over its neighbours in the same way all over the symbol; how, is learnt from the patterns that every symbol
// has. Nothing is assumed of the blur. Pure; any thread.
#pragma once

#include "hardware/scan/qr_grid.h"
#include "hardware/scan/qr_soft.h"

namespace millpond::scan {

// Darker or lighter than the modules around, in shares of their spread. Where the sensor is saturated nothing is known.
[[nodiscard]] SoftModules soften(const ModuleGrid& grid);

// The same before a small blur; a guess before a large one, which ModuleDetector begins with. 1 ms for 41 modules.
[[nodiscard]] SoftModules equalize(const ModuleGrid& grid, const QrLayout& layout);

}  // namespace millpond::scan
