// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/key_file.h"

#include "sync/base/file.h"

#include <algorithm>
#include <sodium.h>
#include <sys/stat.h>

namespace millpond::crypto {

base::Result<KeyBytes> read_key_file(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 077U) != 0) {
    return base::Error{base::Code::key_unusable, "load key", "readable by others than its owner", path.string()};
  }
  MILLPOND_TRY(auto content, base::read_file(path, 4096));
  KeyBytes key{};
  const bool right_size = content.size() == key.size();
  if (right_size) std::copy(content.begin(), content.end(), key.begin());
  sodium_memzero(content.data(), content.size());
  if (!right_size) return base::Error{base::Code::key_unusable, "load key", "not 32 bytes", path.string()};
  return key;
}

}  // namespace millpond::crypto
