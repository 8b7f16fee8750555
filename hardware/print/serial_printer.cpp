// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/serial_printer.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

namespace millpond::print {
SerialPrinter::SerialPrinter(SerialPrinterSettings settings, const base::Clock& clock)
    : StreamPrinter{settings.stream, clock}, settings_{std::move(settings)} {}

base::Result<DeviceStream> SerialPrinter::connect() {
  const auto where = settings_.device.string();
  if (!ports::is_serial_speed(settings_.bits_per_s)) {
    return base::Error{base::Code::config_invalid, "open serial printer",
                       "no such speed: " + std::to_string(settings_.bits_per_s), where};
  }
  const int fd = ::open(where.c_str(), O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return device_error(errno, "open serial printer", where);
  DeviceStream stream{fd, StreamKind::serial_line, clock()};
  int failed = ports::set_up_serial_line(fd, settings_.bits_per_s, settings_.flow);
  if (failed == 0 && ::ioctl(fd, TIOCEXCL) != 0) failed = errno;
  if (failed != 0) return device_error(failed, "configure serial printer", where);
  return stream;
}

std::int64_t SerialPrinter::send_ms(std::size_t bytes) const {
  constexpr std::int64_t bits_a_byte = 10;  // start, 8 of data, stop
  const auto on_the_line_ms = static_cast<std::int64_t>(bytes) * bits_a_byte * 1000 / settings_.bits_per_s;
  // As long again, because the printer may stop the line while it moves paper.
  return std::max(deadlines().send_ms, 2 * on_the_line_ms);
}

}  // namespace millpond::print
