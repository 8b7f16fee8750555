// SPDX-License-Identifier: Apache-2.0
// Whether whoever takes this machine's disk out reads what lies on it: the kernel's block devices below a folder,
// followed to where the bytes are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <sys/types.h>

namespace millpond::service {

enum class DiskEncryption : std::uint8_t {
  encrypted,  // every device below is one of dm-crypt's (LUKS and plain)
  plain,      // some device below is not. A drive that encrypts itself cannot be told from one that does not
  unknown,    // no block device that this system shows: a container, a network or a file system of several disks
};

[[nodiscard]] DiskEncryption disk_encryption(const std::filesystem::path& folder);
// Of one device; sysfs is "/sys" but in tests.
[[nodiscard]] DiskEncryption encryption_of(dev_t device, const std::filesystem::path& sysfs);
// "encrypted", "not_encrypted", "unknown".
[[nodiscard]] std::string_view encryption_name(DiskEncryption encryption);

}  // namespace millpond::service
