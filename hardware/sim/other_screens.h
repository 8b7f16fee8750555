// SPDX-License-Identifier: Apache-2.0
// Other people's screens in sight of the camera: bright, sharp, full of lines, tables and squares, and without a code.
// What a decoder must not take for one. Pure.
#pragma once

#include "hardware/sim/canvas.h"

#include <cstdint>

namespace millpond::sim {

// Draws `count` screens over what is there.
void draw_other_screens(Canvas& to, int count, std::uint64_t seed);

}  // namespace millpond::sim
