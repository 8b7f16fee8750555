// SPDX-License-Identifier: Apache-2.0
// SheetPage: an offline grant drawn for paper: its code, whose machine it makes, until when, that it is cash, and an
// empty place for the six digits, in both languages. The digits themselves are never on it: whoever forges a sheet
// would print their own. Pure but for the fonts' files; about 0.1 s of CPU.
#pragma once

#include "hardware/print/bitmap.h"
#include "hardware/print/fonts.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"

#include <optional>
#include <string>

namespace millpond::cli {

// A4 at 300 dots an inch.
inline constexpr int page_width_dots = 2480;
inline constexpr int page_height_dots = 3508;

struct SheetPage {
  std::string code;  // "MPG1:..."
  base::StoreId store;
  base::TerminalId terminal;
  base::LocalDate last_day;
};

// Errors: font_missing (the hint names the Debian package), too_large and bad_input (no text of a sheet).
[[nodiscard]] base::Result<print::Bitmap> draw_page(const SheetPage& page,
                                                    const std::optional<print::FontPaths>& fonts = {});

}  // namespace millpond::cli
