// SPDX-License-Identifier: Apache-2.0
// Subcommands about notices of payment providers and other tills, and about who pays. For main only; one thread.
#pragma once

#include "sync/base/result.h"

#include <functional>

namespace CLI {
class App;
}

namespace millpond::hub {

// Adds "notices list", "notices show" and "notices payer"; the chosen one becomes the action.
void add_notice_commands(CLI::App& app, std::function<base::Result<>()>& action);

}  // namespace millpond::hub
