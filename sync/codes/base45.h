// SPDX-License-Identifier: Apache-2.0
// Base45 (RFC 9285): bytes as the 45 characters of QR alphanumeric mode, two bytes in three characters. Exact: no white
// space, no lower case, one text for each byte string. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"

#include <optional>
#include <string>
#include <string_view>

namespace millpond::codes {

[[nodiscard]] std::string base45_encode(base::ByteView bytes);
// Nothing for a character outside the alphabet, an impossible length (3n + 1) or a group above its bytes' range.
[[nodiscard]] std::optional<base::Bytes> base45_decode(std::string_view text);

}  // namespace millpond::codes
