// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/scanner_device.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
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

base::Result<> ScannerDevice::open(const std::filesystem::path& device, int flags) {
  close();
  path_ = device;
  fd_ = ::open(device.c_str(), flags | O_NONBLOCK | O_CLOEXEC);
  if (fd_ < 0) return device_error(errno, "open scanner", device);
  return {};
}

void ScannerDevice::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

base::Result<std::size_t> ScannerDevice::read(std::span<std::uint8_t> room, std::int64_t timeout_ms) {
  if (fd_ < 0) return device_error(ENODEV, "read scanner", path_);
  pollfd waiting{fd_, POLLIN, 0};
  const auto bounded_ms = std::clamp<std::int64_t>(timeout_ms, 0, std::numeric_limits<int>::max());
  const int ready = ::poll(&waiting, 1, static_cast<int>(bounded_ms));
  if (ready < 0 && errno != EINTR) return device_error(errno, "wait for scanner", path_);
  if (ready <= 0) return std::size_t{0};
  const auto count = ::read(fd_, room.data(), room.size());
  if (count > 0) return static_cast<std::size_t>(count);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
    // Nothing to read and yet ready: the other side has hung up.
    const bool gone = (waiting.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
    return gone ? base::Result<std::size_t>{device_error(ENODEV, "read scanner", path_)} : std::size_t{0};
  }
  return device_error(count == 0 ? ENODEV : errno, "read scanner", path_);
}

}  // namespace millpond::scan
