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

// How far a lantern that was touched by a breeze swings at a time: it moves for two seconds and then rests for two
// minutes and a half. Drawing both lanterns takes some 6 ms, and an idle screen is to take 0.05 % of a core: after the
// first breeze, with which the screen appears, only the small one moves. Radians.
[[nodiscard]] float breeze(std::int64_t age_ms, float phase);
[[nodiscard]] bool breeze_blows(std::int64_t age_ms);
[[nodiscard]] bool breeze_is_first(std::int64_t age_ms);
[[nodiscard]] std::int64_t breeze_returns_in_ms(std::int64_t age_ms);

}  // namespace millpond::view
