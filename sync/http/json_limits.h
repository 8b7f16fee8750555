// SPDX-License-Identifier: Apache-2.0
// Bounds on JSON that strangers post, looked at before it is parsed. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstddef>

namespace millpond::http {

inline constexpr int json_depth_max = 16;
inline constexpr std::size_t json_bytes_max = 256U << 10;

// Whether a text opens no more than json_depth_max objects and lists within each other and is not longer than
// json_bytes_max. Says nothing about whether it is JSON. Errors: too_large (longer), bad_input (deeper).
[[nodiscard]] base::Result<> check_json_limits(base::ByteView text);

}  // namespace millpond::http
