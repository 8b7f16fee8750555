// SPDX-License-Identifier: Apache-2.0
// A code drawn flat into a gray frame, pixel by pixel: a poster, a placard, a picture of a code.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/ports/qr_modules.h"

#include <cstddef>
#include <cstdint>

namespace millpond::tests {

struct DrawnCode {
  int x{};  // of the symbol's top left corner, in pixels; a quiet zone of four modules is drawn around it
  int y{};
  int module_px{};
  std::uint8_t ink = 20;
  std::uint8_t paper = 230;
};

// What lies outside of the frame is left out.
inline void draw_code(ports::GrayFrame& frame, const ports::QrModules& modules, const DrawnCode& how) {
  constexpr int quiet = 4;
  for (int v = -quiet * how.module_px; v < (modules.size + quiet) * how.module_px; ++v) {
    for (int u = -quiet * how.module_px; u < (modules.size + quiet) * how.module_px; ++u) {
      const int x = how.x + u;
      const int y = how.y + v;
      if (x < 0 || y < 0 || x >= frame.width || y >= frame.height) continue;
      const int column = u < 0 ? -1 : u / how.module_px;
      const int row = v < 0 ? -1 : v / how.module_px;
      const bool inside = column >= 0 && row >= 0 && column < modules.size && row < modules.size;
      const auto place =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(frame.stride) + static_cast<std::size_t>(x);
      frame.bytes[place] = inside && modules.get(column, row) ? how.ink : how.paper;
    }
  }
}

}  // namespace millpond::tests
