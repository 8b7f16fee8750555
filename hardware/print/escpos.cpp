// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/escpos.h"

#include <algorithm>
#include <initializer_list>

namespace millpond::print {
namespace {

constexpr std::uint8_t esc = 0x1B;
constexpr std::uint8_t gs = 0x1D;
constexpr int band_rows = 128;
constexpr std::uint8_t feed_lines = 2;
constexpr std::uint8_t cut_feed_dots = 24;  // beyond the distance from head to cutter, which function 66 adds itself

void put(base::Bytes& to, std::initializer_list<std::uint8_t> bytes) { to.insert(to.end(), bytes); }

std::uint8_t low(std::size_t value) { return static_cast<std::uint8_t>(value & 0xFF); }
std::uint8_t high(std::size_t value) { return static_cast<std::uint8_t>(value >> 8 & 0xFF); }

}  // namespace

void begin_job(base::Bytes& to) { put(to, {esc, '@'}); }

void append_raster(base::Bytes& to, const Bitmap& bitmap) {
  const auto row_bytes = bitmap.row_bytes();
  to.reserve(to.size() + bitmap.bits.size() + 256);
  for (int top = 0; top < bitmap.height; top += band_rows) {
    const auto rows = static_cast<std::size_t>(std::min(band_rows, bitmap.height - top));
    put(to, {gs, 'v', '0', 0, low(row_bytes), high(row_bytes), low(rows), high(rows)});
    const auto* first = bitmap.bits.data() + static_cast<std::size_t>(top) * row_bytes;
    to.insert(to.end(), first, first + rows * row_bytes);
  }
}

void end_job(base::Bytes& to, const EscposOptions& options) {
  put(to, {esc, 'd', feed_lines});
  if (options.cut) put(to, {gs, 'V', 66, cut_feed_dots});
}

base::Bytes to_escpos(const Bitmap& bitmap, const EscposOptions& options) {
  base::Bytes to;
  begin_job(to);
  append_raster(to, bitmap);
  end_job(to, options);
  return to;
}

base::Bytes drawer_pulse(DrawerPin pin) {
  if (pin == DrawerPin::none) return {};
  const std::uint8_t place = pin == DrawerPin::pin2 ? 0 : 1;
  constexpr std::uint8_t on = 25;  // in units of 2 ms
  constexpr std::uint8_t off = 250;
  return {esc, 'p', place, on, off};
}

}  // namespace millpond::print
