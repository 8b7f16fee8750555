// SPDX-License-Identifier: Apache-2.0
// How a serial line is set up, the same for scanners, printers and tills: bytes as they are (no echo, no lines, no
// signals, no translation), 8 data bits, no parity, one stop bit. Not opening it, and not whose it is.
#pragma once

#include <cstdint>

namespace millpond::ports {

// Who says "wait". Without, whoever is slower than the line loses what its buffer cannot take.
enum class FlowControl : std::uint8_t { none, rts_cts, xon_xoff };

// Whether a line can have it: 1200, 2400, 4800, 9600, 19200, 38400, 57600 or 115200. USB-CDC takes any of them.
[[nodiscard]] bool is_serial_speed(int bits_per_s);

// 0, or errno: ENOTTY for what is no serial line, EINVAL for another speed.
[[nodiscard]] int set_up_serial_line(int fd, int bits_per_s, FlowControl flow);

}  // namespace millpond::ports
