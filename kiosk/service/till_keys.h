// SPDX-License-Identifier: Apache-2.0
// Keys of tills in a terminal's folder: tills/NAME.json, 0600, the newest two of each till. Blocking; the work thread.
#pragma once

#include "hardware/till/gateway.h"

#include <filesystem>

namespace millpond::service {

// 1 to 32 letters, digits, '-' and '_': what can be a file's name.
[[nodiscard]] bool is_till_name(const std::string& name);

// Keys of every till, oldest first. Error: key_unusable for a file that is not what make_till_key wrote.
[[nodiscard]] base::Result<std::vector<till::Key>> load_till_keys(const std::filesystem::path& folder);

// A new random key, durable before it is returned. Errors: bad_input (a name of 1 to 32 letters, digits, '-' and '_'),
// disk_full, permission_denied.
[[nodiscard]] base::Result<till::Key> make_till_key(const std::filesystem::path& folder, const std::string& till);

}  // namespace millpond::service
