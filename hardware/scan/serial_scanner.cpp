// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/serial_scanner.h"

#include "hardware/ports/serial_line.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace millpond::scan {
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
  if (!ports::is_serial_speed(settings_.bits_per_s))
    return base::Error{base::Code::bad_input, "open serial scanner", "speed", settings_.device.string()};
  if (auto opened = device_.open(settings_.device, O_RDWR | O_NOCTTY); !opened) return fault(opened.error());
  int failed = ports::set_up_serial_line(device_.fd(), settings_.bits_per_s, ports::FlowControl::none);
  if (failed == 0 && ::ioctl(device_.fd(), TIOCEXCL) != 0) failed = errno;
  if (failed != 0) return fault(device_error(failed, "configure serial scanner", settings_.device));
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
