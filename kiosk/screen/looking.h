// SPDX-License-Identifier: Apache-2.0
// Whether the screen can use a code now. The window says it; cameras and hand scanners keep to it.
#pragma once

#include <cstdint>

namespace millpond::screen {

enum class Looking : std::uint8_t {
  away,      // nobody needs a code: what is held up or scanned is lost
  decoding,  // a code that is held up or scanned is read; no picture
  showing,   // the window shows the camera's picture too
};

}  // namespace millpond::screen
