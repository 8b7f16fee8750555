// SPDX-License-Identifier: Apache-2.0
// The phone and the hand that holds it: a plane in millimetres with a member's code on its screen, seen in perspective.
// Pure.
#pragma once

#include "hardware/sim/canvas.h"
#include "hardware/sim/frame_scene.h"

#include <array>

namespace millpond::sim {

// Draws over what is there. The scene must hold a phone.
void draw_phone(Canvas& to, const FrameScene& scene);

// Where the corners of the code are in the frame: top left, top right, bottom right, bottom left; x and y by turns.
// For tests of what a decoder reports. The scene must hold a phone.
[[nodiscard]] std::array<double, 8> code_corners(const FrameScene& scene);

}  // namespace millpond::sim
