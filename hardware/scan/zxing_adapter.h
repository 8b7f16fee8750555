// SPDX-License-Identifier: Apache-2.0
// The only door to ZXing-cpp: its two APIs (1.4 on Debian 12, 2.3 on Debian 13) end here. Decides nothing: which pass
// runs on which pixels is decoder.h's business. Stateless; any thread; blocks for one pass, about 1 to 100 ms of CPU.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/ports/qr_modules.h"
#include "hardware/ports/scanner.h"
#include "sync/base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::scan {

struct Point {
  float x{};
  float y{};
  friend bool operator==(const Point&, const Point&) = default;
};
using Corners = std::array<Point, 4>;  // in the symbol's own order: top left, top right, bottom right, bottom left

struct RawRead {
  std::string text;  // UTF-8; of a GS1 code with its symbology identifier before it
  ports::Symbology symbology{};
  Corners corners{};
};

enum class Pass : std::uint8_t {
  fast,      // QR only, nothing tried twice
  binary,    // the same on pixels that are 0 (dark) or 255 already
  items,     // codes of goods: EAN-13 and EAN-8, Code 128, Data Matrix near the middle, Micro QR; no QR
  thorough,  // every symbology that we read, tried harder, turned and smaller
};

// The first valid symbol of the view; nothing also for pixels that make the library throw, because a frame that it
// cannot digest is a frame without a code.
[[nodiscard]] std::optional<RawRead> read_symbol(const ports::GrayView& view, Pass pass);
// The valid symbols of the view, at most `symbols_max` (1 .. 255), in no order that means anything.
[[nodiscard]] std::vector<RawRead> read_symbols(const ports::GrayView& view, Pass pass, int symbols_max);

// The library as it comes, every symbology and default options: the baseline of the benchmark, used nowhere else.
[[nodiscard]] std::optional<RawRead> read_with_library_defaults(const ports::GrayView& view);

// A QR symbol of error correction M without quiet zone. Errors: too_large when no version holds the text.
[[nodiscard]] base::Result<ports::QrModules> write_qr(std::string_view text);

}  // namespace millpond::scan
