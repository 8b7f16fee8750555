// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/encode.h"

#include "hardware/scan/zxing_adapter.h"

#include <algorithm>

namespace millpond::scan {

base::Result<ports::QrModules> encode_qr(std::string_view text, std::size_t text_max) {
  if (text.size() > text_max) return base::Error{base::Code::too_large, "encode QR", "text too long"};
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (text.empty() || !printable) return base::Error{base::Code::bad_input, "encode QR", "not printable ASCII"};
  return write_qr(text);
}

}  // namespace millpond::scan
