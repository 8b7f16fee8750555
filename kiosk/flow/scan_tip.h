// SPDX-License-Identifier: Apache-2.0
// What a person could do so that the code they hold up can be read. Only the screen's camera knows, picture by picture,
// so its tip does not travel by the service; the sentence is one of flow's all the same. Pure.
#pragma once

#include "kiosk/flow/view_parts.h"

#include <cstdint>
#include <string>

namespace millpond::flow {

enum class ScanTip : std::uint8_t { none, closer, further, brighter, turn, hold_still };

// Empty for none.
[[nodiscard]] std::string scan_tip(ScanTip tip, Locale locale);

}  // namespace millpond::flow
