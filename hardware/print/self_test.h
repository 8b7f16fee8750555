// SPDX-License-Identifier: Apache-2.0
// SelfTest: the page that shows whether a printer prints what it is sent: a ruler in millimetres, a black bar over the
// whole width, and whatever words and codes stand above and below. Says nothing itself. Pure but for the fonts' files.
#pragma once

#include "hardware/print/rasterize.h"

#include <string>

namespace millpond::print {

inline constexpr int dots_per_mm = 8;  // 203 dots an inch, as nearly every receipt printer has

struct SelfTestPage {
  ports::Receipt above;
  std::string ruler_caption;
  std::string bar_caption;
  ports::Receipt below;
};

// Whole millimetres that the ruler has on so wide a print.
[[nodiscard]] constexpr int ruler_mm(int width_dots) { return (width_dots - 2) / dots_per_mm; }

// Errors: those of rasterize().
[[nodiscard]] base::Result<Bitmap> draw_self_test(const SelfTestPage& page, const RasterOptions& options = {});

}  // namespace millpond::print
