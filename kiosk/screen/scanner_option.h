// SPDX-License-Identifier: Apache-2.0
// The options that name a screen's hand scanner, and what the till shares it by.
#pragma once

#include "hardware/scan/uinput_keyboard.h"
#include "kiosk/screen/scanner_worker.h"
#include "sync/base/clock.h"
#include "sync/base/result.h"

#include <string>

namespace millpond::screen {

// How the till hears what is not ours: at most one of them.
struct TillShare {
  std::string line;  // the link by which it opens a serial line
  bool keyboard{};   // or by keys; of scanners that type
  scan::UinputSettings uinput{};
};

// "none", "evdev:PATH[:us|de|fr]" or "serial:PATH[:BAUD]"; a PATH may hold colons. The clock outlives the answer.
// Errors: bad_input, and those of PtyOutlet::make and UinputKeyboard::make.
[[nodiscard]] base::Result<ScannerSettings> parse_scanner(const std::string& scanner, const TillShare& till,
                                                          const base::Clock& clock);

}  // namespace millpond::screen
