// SPDX-License-Identifier: Apache-2.0
// ESC/POS: the bytes that make a thermal printer print a bitmap. Raster only: Chinese then never depends on a printer's
// code page; native.h has what a printer may be asked to draw itself. Pure; any thread.
#pragma once

#include "hardware/print/bitmap.h"
#include "sync/base/bytes.h"

#include <cstdint>

namespace millpond::print {

// Where on the printer's connector the drawer hangs. Printers have two places.
enum class DrawerPin : std::uint8_t { none, pin2, pin5 };

struct EscposOptions {
  bool cut = true;  // partial cut after the feed, so that paper does not fall to the floor
};

// ESC @, GS v 0 in bands of 128 rows (small printers' buffers hold no more), feed, cut.
[[nodiscard]] base::Bytes to_escpos(const Bitmap& bitmap, const EscposOptions& options = {});

// The same in parts, for a job of which the printer draws some itself.
void begin_job(base::Bytes& to);
void append_raster(base::Bytes& to, const Bitmap& bitmap);
void end_job(base::Bytes& to, const EscposOptions& options);

// ESC p: 50 ms on, 500 ms off. Empty for no pin.
[[nodiscard]] base::Bytes drawer_pulse(DrawerPin pin);

}  // namespace millpond::print
