// SPDX-License-Identifier: Apache-2.0
// From a receipt's final strings to the dots of the paper: the house's typography. Decides no wording and knows no
// printer. Deterministic for the same fonts. Any thread; about 20 ms of CPU, most of it opening the fonts.
#pragma once

#include "hardware/image/image.h"
#include "hardware/ports/receipt.h"
#include "hardware/print/bitmap.h"
#include "hardware/print/fonts.h"
#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <optional>

namespace millpond::print {

inline constexpr int width_80mm_dots = 576;  // 72 mm printable at 203 dpi
inline constexpr int width_58mm_dots = 384;  // 48 mm

struct RasterOptions {
  int width_dots = width_80mm_dots;  // 256 .. 832
  std::optional<FontPaths> fonts{};  // Debian's packages where not given
};

// Errors: font_missing (the hint names the Debian package), bad_input for a width out of range or a QR symbol that is
// not sound or wider than the paper, too_large for more than receipt_blocks_max blocks or two metres of paper.
[[nodiscard]] base::Result<Bitmap> rasterize(const ports::Receipt& receipt, const RasterOptions& options = {});

// The paper as a PNG file's bytes, margins of unprinted paper included. Errors: those of image::encode_png.
[[nodiscard]] base::Result<base::Bytes> to_png(const Bitmap& bitmap);

}  // namespace millpond::print
