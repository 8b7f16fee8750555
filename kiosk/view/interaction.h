// SPDX-License-Identifier: Apache-2.0
// From fingers and keys to targets: a tap is down and up on the same target of the same screen. Keys: Tab moves the
// focus, Enter presses it, or what is labelled Enter while nothing has the focus; Escape is what is labelled so, or
// "back", or "exit"; function keys press what is labelled with them; digits are the keypad's. Pure but for the Scratch.
#pragma once

#include "kiosk/view/scratch.h"

#include <vector>

namespace millpond::view {

// Applies scratch.inputs to the targets that were drawn last, which is what the person saw, and empties them.
[[nodiscard]] std::vector<flow::Target> take_inputs(Scratch& scratch);

// Moves every press animation by the time since the last frame. True while one is on its way.
bool advance_presses(Scratch& scratch, std::int64_t now_ms);

}  // namespace millpond::view
