// SPDX-License-Identifier: Apache-2.0
#include "hardware/ports/serial_line.h"

#include <termios.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace millpond::ports {
namespace {

struct Speed {
  int bits_per_s;
  speed_t code;
};
constexpr std::array speeds{Speed{1'200, B1200},   Speed{2'400, B2400},    Speed{4'800, B4800},
                            Speed{9'600, B9600},   Speed{19'200, B19200},  Speed{38'400, B38400},
                            Speed{57'600, B57600}, Speed{115'200, B115200}};

}  // namespace

bool is_serial_speed(int bits_per_s) {
  return std::ranges::find(speeds, bits_per_s, &Speed::bits_per_s) != speeds.end();
}

int set_up_serial_line(int fd, int bits_per_s, FlowControl flow) {
  termios line{};
  if (::tcgetattr(fd, &line) != 0) return errno;
  const auto* const speed = std::ranges::find(speeds, bits_per_s, &Speed::bits_per_s);
  if (speed == speeds.end()) return EINVAL;
  ::cfmakeraw(&line);
  line.c_cflag |= CLOCAL | CREAD;
  line.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
  line.c_iflag &= ~static_cast<tcflag_t>(IXOFF | IXANY);
  if (flow == FlowControl::rts_cts) line.c_cflag |= CRTSCTS;
  if (flow == FlowControl::xon_xoff) line.c_iflag |= IXON;
  const bool done = ::cfsetspeed(&line, speed->code) == 0 && ::tcsetattr(fd, TCSANOW, &line) == 0;
  return done ? 0 : errno;
}

}  // namespace millpond::ports
