// SPDX-License-Identifier: Apache-2.0
// `millpond scanner bind`: which keyboard is the hand scanner and which layout it pretends, by one scan of a code that
// is drawn in the terminal.
#pragma once

#include "hardware/ports/qr_modules.h"

#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace millpond::cli {

struct ScannerOptions {
  std::filesystem::path devices{"/dev/input/by-id"};
  int timeout_s{60};
  bool json{};
};

void add_scanner_commands(CLI::App& app, ScannerOptions& options, int& status);

// A code in lines of block characters, two modules high each, with its quiet zone; light on a terminal's dark ground
// and dark on its light one, so that it is right on dark ones.
[[nodiscard]] std::string code_in_blocks(const ports::QrModules& code);

}  // namespace millpond::cli
