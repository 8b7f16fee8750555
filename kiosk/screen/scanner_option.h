// SPDX-License-Identifier: Apache-2.0
// The option that names a screen's hand scanner, and the line that the till shares it by.
#pragma once

#include "kiosk/screen/scanner_worker.h"
#include "sync/base/clock.h"
#include "sync/base/result.h"

#include <string>

namespace millpond::screen {

// "none", "evdev:PATH[:us|de|fr]" or "serial:PATH[:BAUD]"; a PATH may hold colons. `till_line` names the link by which
// the till opens its line; empty: there is none. The clock outlives the answer. Errors: bad_input, and those of
// PtyOutlet::make.
[[nodiscard]] base::Result<ScannerSettings> parse_scanner(const std::string& scanner, const std::string& till_line,
                                                          const base::Clock& clock);

}  // namespace millpond::screen
