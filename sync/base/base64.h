// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648, section 4) for formats of others; our own bytes are written in hexadecimal. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"

#include <optional>
#include <string>
#include <string_view>

namespace millpond::base {

[[nodiscard]] std::string to_base64(ByteView bytes);  // with padding
// One text for one byte string: nothing for white space, other characters, missing padding or bits left over.
[[nodiscard]] std::optional<Bytes> from_base64(std::string_view text);

}  // namespace millpond::base
