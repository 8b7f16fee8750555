// SPDX-License-Identifier: Apache-2.0
// Native: a receipt in a printer's own letters, for whoever has a slow line and a printer whose test page shows that it
// has Chinese characters. Looks plainer than dots, and comes in a fiftieth of the bytes. Blocks with a letter that such
// printers do not have (to_printer_gb18030()) are drawn as dots, and so are codes unless the printer draws these too.
// Pure; any thread.
#pragma once

#include "hardware/ports/receipt.h"
#include "hardware/print/escpos.h"
#include "hardware/print/rasterize.h"
#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace millpond::print {

struct NativeOptions {
  EscposOptions escpos{};
  RasterOptions raster{};  // of what is drawn as dots; width_dots is the paper's: 12 dots a column
  bool codes = false;      // QR codes by GS ( k, where the receipt says what is in them
};

// Errors: those of rasterize().
[[nodiscard]] base::Result<base::Bytes> to_native(const ports::Receipt& receipt, const NativeOptions& options);

// A text in GB18030 in lines of so many columns at most, between words where it can: a letter has as many columns as
// bytes. At least one line.
[[nodiscard]] std::vector<std::string> native_lines(std::string_view gb18030, std::size_t columns);

}  // namespace millpond::print
