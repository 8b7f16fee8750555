// SPDX-License-Identifier: Apache-2.0
// What the screens of a cashier share: rail, headline, pad. Internal to view.
#pragma once

#include "kiosk/view/screens.h"

namespace millpond::view {

inline constexpr float rail_width = 148;

// Draws the rail and the headline; returns what is left.
Box draw_desk_frame(Kit& kit, const Page& page, const flow::Rail& rail, std::string_view title);

// A field, three by four keys, and the way on.
void draw_pad(Kit& kit, const Box& box, const flow::Pad& pad);

}  // namespace millpond::view
