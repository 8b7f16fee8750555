// SPDX-License-Identifier: Apache-2.0
// Scenario: the main job from beginning to end, on the real programs. Returns normally when it ran through; what did
// not hold is in the report. Throws Stuck when it cannot go on.
#pragma once

#include "tests/demo/report.h"
#include "tests/demo/shop_floor.h"

namespace millpond::demo {

void play(ShopFloor& floor, Report& report);

}  // namespace millpond::demo
