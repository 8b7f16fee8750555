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

// Bytes as they are: no echo, no lines, no signals, no translation.
bool make_raw(int fd, speed_t speed, FlowControl flow) {
  termios line{};
  if (::tcgetattr(fd, &line) != 0) return false;
  ::cfmakeraw(&line);
  line.c_cflag |= CLOCAL | CREAD;
  line.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
  line.c_iflag &= ~static_cast<tcflag_t>(IXOFF | IXANY);
  if (flow == FlowControl::rts_cts) line.c_cflag |= CRTSCTS;
  if (flow == FlowControl::xon_xoff) line.c_iflag |= IXON;
  return ::cfsetspeed(&line, speed) == 0 && ::tcsetattr(fd, TCSANOW, &line) == 0 && ::ioctl(fd, TIOCEXCL) == 0;
}

}  // namespace

SerialPrinter::SerialPrinter(SerialPrinterSettings settings, const base::Clock& clock)
    : StreamPrinter{settings.stream, clock}, settings_{std::move(settings)} {}

base::Result<DeviceStream> SerialPrinter::connect() {
  const auto where = settings_.device.string();
  const auto speed = speed_of(settings_.bits_per_s);
  if (!speed) {
    return base::Error{base::Code::config_invalid, "open serial printer",
                       "no such speed: " + std::to_string(settings_.bits_per_s), where};
  }
  const int fd = ::open(where.c_str(), O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return device_error(errno, "open serial printer", where);
  DeviceStream stream{fd, StreamKind::serial_line, clock()};
  if (!make_raw(fd, *speed, settings_.flow)) return device_error(errno, "configure serial printer", where);
  return stream;
}

std::int64_t SerialPrinter::send_ms(std::size_t bytes) const {
  constexpr std::int64_t bits_a_byte = 10;  // start, 8 of data, stop
  const auto on_the_line_ms = static_cast<std::int64_t>(bytes) * bits_a_byte * 1000 / settings_.bits_per_s;
  // As long again, because the printer may stop the line while it moves paper.
  return std::max(deadlines().send_ms, 2 * on_the_line_ms);
}

}  // namespace millpond::print
