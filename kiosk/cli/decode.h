// SPDX-License-Identifier: Apache-2.0
// `millpond decode`: what the code in a picture says, whether its signature holds, and how long reading it took.
#pragma once

#include "sync/base/result.h"

#include <filesystem>
#include <string>
#include <vector>

namespace millpond::cli {

struct DecodeOptions {
  std::vector<std::string> files;
  bool json{};                   // one object a line, keys as documented in README.md
  std::filesystem::path folder;  // a terminal's folder, for its brand and keys; signatures are "unchecked" without
};

// Prints a line a file. Exit status: 0 when every picture could be read (with or without a code in it), else 1.
[[nodiscard]] int decode(const DecodeOptions& options);

}  // namespace millpond::cli
