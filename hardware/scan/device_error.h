// SPDX-License-Identifier: Apache-2.0
// What a failed call on a device file means, for cameras and hand scanners alike. Pure.
#pragma once

#include "hardware/ports/device_state.h"
#include "sync/base/error.h"

#include <filesystem>
#include <string>

namespace millpond::scan {

// What errno of an open or an ioctl says: device_absent, permission_denied, device_busy, unsupported, device_failed.
[[nodiscard]] base::Error device_error(int cause, std::string operation, const std::filesystem::path& device);
[[nodiscard]] ports::DeviceState device_state(base::Code code);

}  // namespace millpond::scan
