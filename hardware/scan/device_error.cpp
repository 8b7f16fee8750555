// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/device_error.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace millpond::scan {

base::Error device_error(int cause, std::string operation, const std::filesystem::path& device) {
  auto code = base::Code::device_failed;
  if (cause == ENOENT || cause == ENXIO || cause == ENODEV || cause == EIO) code = base::Code::device_absent;
  if (cause == EACCES || cause == EPERM) code = base::Code::permission_denied;
  if (cause == EBUSY) code = base::Code::device_busy;
  if (cause == ENOTTY || cause == EINVAL) code = base::Code::unsupported;
  return {code, std::move(operation), std::strerror(cause), device.string()};
}

ports::DeviceState device_state(base::Code code) {
  switch (code) {
    case base::Code::device_absent:
      return ports::DeviceState::absent;
    case base::Code::permission_denied:
      return ports::DeviceState::permission_denied;
    case base::Code::device_busy:
      return ports::DeviceState::busy;
    case base::Code::unsupported:
      return ports::DeviceState::unsupported;
    default:
      return ports::DeviceState::offline;
  }
}

}  // namespace millpond::scan
