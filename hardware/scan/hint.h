// SPDX-License-Identifier: Apache-2.0
// What a person could do so that the code can be read, from one frame in which it could not. An enum and no sentence:
// screens say it in the person's language. Pure; any thread; about 0.1 ms.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/scan/zxing_adapter.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace millpond::scan {

enum class Hint : std::uint8_t {
  none,
  closer,      // a symbol is there and its modules are too small
  further,     // it is larger than the picture, or so near that the lens cannot focus
  brighter,    // the screen, or the place, is too dark
  turn,        // a lamp is reflected in the glass
  hold_still,  // it moves too fast
};

[[nodiscard]] std::string_view hint_name(Hint hint);

// Around an outline in a sound frame.
[[nodiscard]] ports::PartLight light_around(const ports::GrayView& frame, const Corners& outline);

// `suspected` is where finder patterns were seen, if they were; `moving` is what the change gate says. The frame must
// be sound.
[[nodiscard]] Hint hint_for(const ports::GrayView& frame, const std::optional<Corners>& suspected, bool moving);

}  // namespace millpond::scan
