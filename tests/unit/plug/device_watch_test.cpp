// SPDX-License-Identifier: Apache-2.0
// Devices that really come and go are in tests/machine; here is none.
#include "hardware/plug/device_watch.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

TEST_CASE("A watch ends when it is told to, and a system that tells nobody is said to be one") {
  for (int i = 0; i < 3; ++i) {
    const auto watch = plug::DeviceWatch::start({"usbmisc", "tty"}, [] { FAIL("nothing was plugged in"); });
    if (!watch) CHECK(watch.error().code == base::Code::unsupported);
    if (watch) CHECK(*watch != nullptr);
  }
}
