// SPDX-License-Identifier: Apache-2.0
// How the command line ends when something failed.
#pragma once

#include <string_view>

#include "sync/base/error.h"

namespace millpond::cli {

// Tells the person on standard error and returns the exit status 1.
int fail(const base::Error& error);

// What a technician does about a device in this state, by its name; empty for ok and for no state's name.
[[nodiscard]] std::string_view device_next_step(std::string_view state_name);

}  // namespace millpond::cli
