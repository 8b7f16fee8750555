// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/escpos.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace millpond::print {
namespace {

constexpr std::uint8_t esc = 0x1B;
constexpr std::uint8_t gs = 0x1D;
constexpr std::uint8_t dle = 0x10;
constexpr std::uint8_t eot = 0x04;
constexpr int band_rows = 128;
constexpr std::uint8_t feed_lines = 2;
constexpr std::uint8_t cut_feed_dots = 24;  // beyond the distance from head to cutter, which function 66 adds itself

void put(base::Bytes& to, std::initializer_list<std::uint8_t> bytes) { to.insert(to.end(), bytes); }

std::uint8_t low(std::size_t value) { return static_cast<std::uint8_t>(value & 0xFF); }
std::uint8_t high(std::size_t value) { return static_cast<std::uint8_t>(value >> 8 & 0xFF); }

// Bits 0, 1, 4 and 7 of a DLE EOT answer are fixed, which tells it from print data of a confused device.
bool is_real_time_answer(std::uint8_t answer) { return (answer & 0x93) == 0x12; }

}  // namespace

base::Bytes to_escpos(const Bitmap& bitmap, const EscposOptions& options) {
  base::Bytes to;
  to.reserve(bitmap.bits.size() + 256);
  put(to, {esc, '@'});
  if (options.kick_drawer) put(to, {esc, 'p', 0, 25, 250});  // pin 2, 50 ms on, 500 ms off
  const auto row_bytes = bitmap.row_bytes();
  for (int top = 0; top < bitmap.height; top += band_rows) {
    const auto rows = static_cast<std::size_t>(std::min(band_rows, bitmap.height - top));
    put(to, {gs, 'v', '0', 0, low(row_bytes), high(row_bytes), low(rows), high(rows)});
    const auto* first = bitmap.bits.data() + static_cast<std::size_t>(top) * row_bytes;
    to.insert(to.end(), first, first + rows * row_bytes);
  }
  put(to, {esc, 'd', feed_lines});
  if (options.cut) put(to, {gs, 'V', 66, cut_feed_dots});
  return to;
}

base::ByteView ask_offline_cause() {
  static constexpr std::array question{dle, eot, std::uint8_t{2}};
  return question;
}

base::ByteView ask_paper() {
  static constexpr std::array question{dle, eot, std::uint8_t{4}};
  return question;
}

base::ByteView ask_in_turn() {
  static constexpr std::array question{gs, std::uint8_t{'r'}, std::uint8_t{1}};
  return question;
}

std::optional<ports::DeviceState> read_offline_cause(std::uint8_t answer) {
  if (!is_real_time_answer(answer)) return std::nullopt;
  if ((answer & 0x04) != 0) return ports::DeviceState::cover_open;
  if ((answer & 0x20) != 0) return ports::DeviceState::paper_out;
  if ((answer & 0x40) != 0) return ports::DeviceState::cutter_error;
  return ports::DeviceState::ok;
}

std::optional<ports::DeviceState> read_paper(std::uint8_t answer) {
  if (!is_real_time_answer(answer)) return std::nullopt;
  if ((answer & 0x60) != 0) return ports::DeviceState::paper_out;
  if ((answer & 0x0C) != 0) return ports::DeviceState::paper_low;
  return ports::DeviceState::ok;
}

std::optional<ports::DeviceState> read_in_turn(std::uint8_t answer) {
  if ((answer & 0x90) != 0) return std::nullopt;
  if ((answer & 0x0C) != 0) return ports::DeviceState::paper_out;
  if ((answer & 0x03) != 0) return ports::DeviceState::paper_low;
  return ports::DeviceState::ok;
}

}  // namespace millpond::print
