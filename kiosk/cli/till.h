// SPDX-License-Identifier: Apache-2.0
// Keys for tills: one to write down, or one that a till on the shop's network gets after a fingerprint was compared.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace millpond::cli {

struct TillOptions {
  std::string folder;
  std::string name;
  bool pair{};
  bool json{};
};

// Opens the pairing, waits for the till to ask, and for somebody to type y. 0 when the till has its key.
[[nodiscard]] int pair_till(const TillOptions& options);

void add_till_command(CLI::App& app, TillOptions& options, const std::string& folder, int& status);

}  // namespace millpond::cli
