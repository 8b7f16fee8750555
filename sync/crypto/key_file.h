// SPDX-License-Identifier: Apache-2.0
// Files that hold one private key of 32 bytes. Inside `crypto` only. Blocks for the disk.
#pragma once

#include "sync/base/result.h"

#include <array>
#include <filesystem>

namespace millpond::crypto {

using KeyBytes = std::array<std::uint8_t, 32>;

// The caller wipes what it got. Errors: not_found, permission_denied, key_unusable (another size, or readable by others
// than its owner).
[[nodiscard]] base::Result<KeyBytes> read_key_file(const std::filesystem::path& path);

}  // namespace millpond::crypto
