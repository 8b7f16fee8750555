// SPDX-License-Identifier: Apache-2.0
// The group of `[link] group`: its number, by which the link admits other users' screens.
#pragma once

#include "sync/base/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace millpond::service {

// Nothing for an empty name. Error: config_invalid when the machine knows no such group. Asks the system's user
// database, which may be on the network: some seconds at the worst.
[[nodiscard]] base::Result<std::optional<std::uint32_t>> link_group(const std::string& name);

}  // namespace millpond::service
