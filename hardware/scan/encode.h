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
// On paper of a hand's width and more a version-18 symbol has modules of a millimetre.
inline constexpr std::size_t qr_page_text_max = 760;

// Error correction M, smallest version that fits. Text in capitals, digits and " $%*+-./:" gives the smaller
// alphanumeric symbols, other printable ASCII (a join address) a byte-mode one. Errors: bad_input for nothing and for
// anything else than printable ASCII, too_large above text_max, which is one of those above.
[[nodiscard]] base::Result<ports::QrModules> encode_qr(std::string_view text, std::size_t text_max = qr_text_max);

}  // namespace millpond::scan
