// SPDX-License-Identifier: Apache-2.0
// Compression of message bodies: zstd, level 1. Inside `wire` only. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <string_view>

namespace millpond::wire {

[[nodiscard]] base::Bytes compress(std::string_view content);

// Errors: too_large when the frame announces more than bytes_max, before anything is allocated; bad_input when it is
// damaged or does not announce its size.
[[nodiscard]] base::Result<base::Bytes> decompress(std::string_view frame, std::size_t bytes_max);

}  // namespace millpond::wire
