// SPDX-License-Identifier: Apache-2.0
// The subcommands `orders` and `grants` of millpond-hub: they ask the running hub. Of the program, not of the library.
// One thread.
#pragma once

#include "sync/base/result.h"

#include <functional>

namespace CLI {
class App;
}

namespace millpond::hub {

// As add_key_commands().
void add_order_commands(CLI::App& app, std::function<base::Result<>()>& action);

}  // namespace millpond::hub
