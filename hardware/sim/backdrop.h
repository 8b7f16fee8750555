// SPDX-License-Identifier: Apache-2.0
// The shop behind the phone: window, lamps, shelves, counter and perhaps a shopper, far out of focus. Drawn, not
// photographed. Pure.
#pragma once

#include "hardware/sim/canvas.h"

#include <cstdint>

namespace millpond::sim {

// `shopper` as in FrameScene.
[[nodiscard]] Canvas draw_backdrop(int width, int height, std::uint64_t shop_seed, double shopper);

}  // namespace millpond::sim
