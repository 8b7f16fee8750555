// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/scanner_device.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace millpond::scan {

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
