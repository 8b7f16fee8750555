// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/device_stream.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <thread>
#include <utility>

namespace millpond::print {
namespace {

constexpr std::int64_t taken_poll_ms = 5;

base::Error write_error(int cause) {
  const bool unplugged = cause == ENODEV || cause == ENXIO || cause == EIO;
  return {unplugged ? base::Code::device_absent : base::Code::device_failed, "write to printer", std::strerror(cause)};
}

}  // namespace

base::Error device_error(int cause, std::string operation, std::string where) {
  auto code = base::Code::device_failed;
  if (cause == ENOENT || cause == ENXIO || cause == ENODEV || cause == EIO) code = base::Code::device_absent;
  if (cause == EACCES || cause == EPERM) code = base::Code::permission_denied;
  if (cause == EBUSY) code = base::Code::device_busy;
  if (cause == ENOTTY || cause == EINVAL) code = base::Code::unsupported;
  return {code, std::move(operation), std::strerror(cause), std::move(where)};
}

DeviceStream::DeviceStream(int fd, StreamKind kind, const base::Clock& clock) : fd_{fd}, kind_{kind}, clock_{clock} {}

DeviceStream::DeviceStream(DeviceStream&& other) noexcept
    : fd_{std::exchange(other.fd_, -1)},
      kind_{other.kind_},
      clock_{other.clock_},
      stuck_{other.stuck_},
      ended_{other.ended_},
      broken_{other.broken_} {}

DeviceStream::~DeviceStream() {
  if (fd_ < 0) return;
  if (kind_ == StreamKind::serial_line) {
    // Closing would wait half a minute for a printer that takes nothing.
    if (stuck_) ::tcflush(fd_, TCOFLUSH);
    ::ioctl(fd_, TIOCNXCL);
  }
  ::close(fd_);
}

bool DeviceStream::wait_for(short events, std::int64_t deadline_ms) const {
  while (true) {
    const auto left_ms =
        std::clamp<std::int64_t>(deadline_ms - clock_.monotonic_ms(), 0, std::numeric_limits<int>::max());
    pollfd waiting{fd_, events, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left_ms));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Written DeviceStream::write(base::ByteView bytes, std::int64_t timeout_ms) {
  const auto deadline_ms = clock_.monotonic_ms() + timeout_ms;
  Written written;
  while (written.bytes < bytes.size()) {
    const auto* next = bytes.data() + written.bytes;
    const auto left = bytes.size() - written.bytes;
    const auto count = kind_ == StreamKind::socket ? ::send(fd_, next, left, MSG_NOSIGNAL) : ::write(fd_, next, left);
    if (count > 0) {
      written.bytes += static_cast<std::size_t>(count);
      continue;
    }
    const int cause = count == 0 ? EAGAIN : errno;
    if (cause == EINTR) continue;
    if (cause != EAGAIN && cause != EWOULDBLOCK) {
      broken_ = true;
      written.failure = write_error(cause);
      return written;
    }
    if (clock_.monotonic_ms() >= deadline_ms || !wait_for(POLLOUT, deadline_ms)) {
      stuck_ = true;
      written.failure = base::Error{base::Code::timeout, "write to printer", "takes no more bytes"};
      return written;
    }
  }
  return written;
}

bool DeviceStream::wait_taken(std::int64_t timeout_ms) {
  if (kind_ == StreamKind::character_device) return true;
  const auto deadline_ms = clock_.monotonic_ms() + timeout_ms;
  while (true) {
    int waiting = 0;
    // SIOCOUTQ of a socket is the same number as TIOCOUTQ of a serial line.
    static_assert(SIOCOUTQ == TIOCOUTQ);
    if (::ioctl(fd_, SIOCOUTQ, &waiting) < 0 || waiting == 0) return true;
    // What a broken connection did not acknowledge stays counted for ever.
    pollfd line{fd_, 0, 0};
    if (::poll(&line, 1, 0) > 0 && (line.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
      broken_ = true;
      return false;
    }
    if (clock_.monotonic_ms() >= deadline_ms) {
      stuck_ = true;
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{taken_poll_ms});
  }
}

std::optional<std::uint8_t> DeviceStream::read_byte(std::int64_t timeout_ms) {
  const auto deadline_ms = clock_.monotonic_ms() + timeout_ms;
  while (!ended_ && !broken_) {
    std::uint8_t byte = 0;
    const auto count = ::read(fd_, &byte, 1);
    if (count == 1) return byte;
    if (count == 0) {
      if (kind_ == StreamKind::socket) ended_ = true;
      if (kind_ == StreamKind::serial_line) broken_ = true;
      if (ended_ || broken_ || clock_.monotonic_ms() >= deadline_ms) break;
      std::this_thread::sleep_for(std::chrono::milliseconds{taken_poll_ms});
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EBADF || errno == EINVAL) break;  // opened for writing only
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      broken_ = true;
      break;
    }
    if (clock_.monotonic_ms() >= deadline_ms || !wait_for(POLLIN, deadline_ms)) break;
  }
  return std::nullopt;
}

void DeviceStream::discard_input() {
  while (read_byte(0)) {}
}

}  // namespace millpond::print
