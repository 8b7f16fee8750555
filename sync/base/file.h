// SPDX-License-Identifier: Apache-2.0
// Small whole files: settings, keys, pictures of a few megabytes. Not for databases. Blocking; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <filesystem>

namespace millpond::base {

// The whole file. Errors: not_found, permission_denied, file_unreadable, too_large above bytes_max.
[[nodiscard]] Result<Bytes> read_file(const std::filesystem::path& path, std::size_t bytes_max = 64U << 20);

enum class Privacy : unsigned char { everyone, owner };  // 0644 and 0600

// Replaces the file in one step: temporary file beside it, fsync, rename, fsync of the folder. After success the new
// content survives a power cut; after failure the old content is untouched. Writers of one path may race: each file is
// whole and the last rename wins. Errors: disk_full, permission_denied, not_found (the folder), file_unwritable.
[[nodiscard]] Result<> write_file(const std::filesystem::path& path, ByteView content,
                                  Privacy privacy = Privacy::everyone);

// Takes the file away, and does not come back after a power cut once this has succeeded. Safe to repeat: one that is
// not there is success. Errors: permission_denied, file_unwritable.
[[nodiscard]] Result<> remove_file(const std::filesystem::path& path);

}  // namespace millpond::base
