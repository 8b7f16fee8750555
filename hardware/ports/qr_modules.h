// SPDX-License-Identifier: Apache-2.0
// QrModules: a QR symbol as a square of dark and light modules, without quiet zone. A value that travels from the
// encoder to screens and receipts; whoever draws it adds four light modules on every side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace millpond::ports {

inline constexpr int qr_quiet_zone_modules = 4;  // ISO/IEC 18004
inline constexpr int qr_size_max = 177;          // version 40

struct QrModules {
  int size{};                      // modules on a side: 21 .. 177, 0 when there is no symbol
  std::vector<std::uint8_t> bits;  // row-major, size * size, 1 is dark

  [[nodiscard]] bool is_sound() const {
    return size > 0 && size <= qr_size_max &&
           bits.size() == static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  }
  // Light outside the symbol, so that a quiet zone needs no special case.
  [[nodiscard]] bool get(int x, int y) const {
    if (x < 0 || y < 0 || x >= size || y >= size) return false;
    return bits[static_cast<std::size_t>(y) * static_cast<std::size_t>(size) + static_cast<std::size_t>(x)] != 0;
  }
  friend bool operator==(const QrModules&, const QrModules&) = default;
};

}  // namespace millpond::ports
