// SPDX-License-Identifier: Apache-2.0
// Headless: a kiosk without a display: the same screens, drawn into memory. For machines without one and for tests.
#pragma once

#include "kiosk/screen/kiosk.h"
#include "sync/base/clock.h"

namespace millpond::screen {

// Runs until a Stop event. Blocks.
void run_headless(Kiosk& kiosk, Inbox& inbox, const base::Clock& clock);

}  // namespace millpond::screen
