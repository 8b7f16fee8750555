// SPDX-License-Identifier: Apache-2.0
// From the text of a code to the modules of a QR symbol. Knows no code format: `codes` composes the text. Pure; any
// thread; about a millisecond.
#pragma once

#include "hardware/ports/qr_modules.h"
#include "sync/base/result.h"

#include <cstddef>
#include <string_view>

namespace millpond::scan {

// A version-15 symbol at error correction M holds 600 alphanumeric characters; denser ones do not scan from a phone.
inline constexpr std::size_t qr_text_max = 600;

// Error correction M, smallest version that fits. Text in capitals, digits and " $%*+-./:" gives the smaller
// alphanumeric symbols, other printable ASCII (a join address) a byte-mode one. Errors: bad_input for nothing and for
// anything else than printable ASCII, too_large above qr_text_max.
[[nodiscard]] base::Result<ports::QrModules> encode_qr(std::string_view text);

}  // namespace millpond::scan
