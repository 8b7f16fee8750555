// SPDX-License-Identifier: Apache-2.0
// The subcommands `keys` and `root` of millpond-hub: options and passphrases; key_ceremony.h does the work. Of the
// program, not of the library. One thread.
#pragma once

#include "sync/base/result.h"

#include <functional>

namespace CLI {
class App;
}

namespace millpond::hub {

// `action` is set to what the parsed command does; it outlives the parsing, and so does what it needs.
void add_key_commands(CLI::App& app, std::function<base::Result<>()>& action);

}  // namespace millpond::hub
