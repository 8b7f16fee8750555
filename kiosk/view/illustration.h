// SPDX-License-Identifier: Apache-2.0
// Pictures that are drawn, not loaded: the lanterns over the pond, confetti. Angles and progress come from the caller.
// Internal to view.
#pragma once

#include "kiosk/view/kit.h"

namespace millpond::view {

// A lit lantern on its string; `swing` in radians around where it hangs.
void draw_lantern(Kit& kit, Point hung_at, float string_length, float size, float swing);
// The red evening behind the lanterns, down to a wavy shore at the bottom of the box.
void draw_evening(Kit& kit, const Box& box, bool shore);
// Paper shapes around a centre; progress from 0 (none) to 1 (settled).
void draw_confetti(Kit& kit, Point center, float radius, float progress);

// How far a lantern that was touched by a breeze swings at a time: it moves for some seconds and then rests for half a
// minute, so that an idle screen costs next to nothing. Radians.
[[nodiscard]] float breeze(std::int64_t age_ms, float phase);
[[nodiscard]] bool breeze_blows(std::int64_t age_ms);
[[nodiscard]] std::int64_t breeze_returns_in_ms(std::int64_t age_ms);

}  // namespace millpond::view
