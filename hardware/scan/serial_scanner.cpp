// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/serial_scanner.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace millpond::scan {
namespace {

std::optional<speed_t> speed_of(int bits_per_s) {
  struct Speed {
    int bits_per_s;
    speed_t code;
  };
  constexpr std::array speeds{Speed{9600, B9600}, Speed{19200, B19200}, Speed{38400, B38400}, Speed{57600, B57600},
                              Speed{115200, B115200}};
  for (const auto& speed : speeds) {
    if (speed.bits_per_s == bits_per_s) return speed.code;
  }
  return std::nullopt;
}

// Bytes as they come: no echo, no lines, no signals.
base::Result<> make_raw(int fd, speed_t speed, const std::filesystem::path& device) {
  termios line{};
  if (::tcgetattr(fd, &line) != 0) return device_error(errno, "configure serial scanner", device);
  ::cfmakeraw(&line);
  line.c_cflag |= CLOCAL | CREAD;
  if (::cfsetspeed(&line, speed) != 0 || ::tcsetattr(fd, TCSANOW, &line) != 0 || ::ioctl(fd, TIOCEXCL) != 0) {
    return device_error(errno, "configure serial scanner", device);
  }
  return {};
}

}  // namespace

SerialScanner::SerialScanner(SerialSettings settings, const base::Clock& clock)
    : settings_{std::move(settings)}, clock_{clock} {}

base::Error SerialScanner::fault(base::Error error) {
  device_.close();
  state_ = device_state(error.code);
  return error;
}

base::Result<> SerialScanner::open() {
  if (device_.is_open()) return {};
  decoder_.reset();
  const auto speed = speed_of(settings_.bits_per_s);
  if (!speed) return base::Error{base::Code::bad_input, "open serial scanner", "speed", settings_.device.string()};
  if (auto opened = device_.open(settings_.device, O_RDWR | O_NOCTTY); !opened) return fault(opened.error());
  if (auto raw = make_raw(device_.fd(), *speed, settings_.device); !raw) return fault(raw.error());
  state_ = ports::DeviceState::ok;
  return {};
}

base::Result<std::optional<ports::Scan>> SerialScanner::next(std::int64_t timeout_ms) {
  const auto deadline_ms = clock_.monotonic_ms() + timeout_ms;
  while (waiting_.empty()) {
    const auto left_ms = std::max<std::int64_t>(0, deadline_ms - clock_.monotonic_ms());
    std::array<std::uint8_t, 256> room{};
    const auto count = device_.read(room, left_ms);
    if (!count) return fault(count.error());
    const auto now_ms = clock_.monotonic_ms();
    for (std::size_t i = 0; i < *count; ++i) {
      if (auto text = decoder_.byte(room[i], now_ms)) {
        waiting_.push_back({std::move(*text), ports::Symbology::unknown, now_ms});
      }
    }
    if (waiting_.empty() && now_ms >= deadline_ms) return std::optional<ports::Scan>{};
  }
  auto scan = std::move(waiting_.front());
  waiting_.pop_front();
  return std::optional{std::move(scan)};
}

}  // namespace millpond::scan
