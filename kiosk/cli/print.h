// SPDX-License-Identifier: Apache-2.0
// `millpond print`: the running terminal's printer, and its slips as pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace millpond::cli {

struct PrintOptions {
  std::string what;       // "state", "self-test", "drawer", "again", "preview"
  std::uint64_t event{};  // of a slip; 0: the self-test page
  std::string png;        // for preview; must not exist yet
};

// Exit status: 0 when it was done, also when the printer cannot say whether; 1 when it was not, and why is told.
[[nodiscard]] int run_print(const PrintOptions& options, const std::filesystem::path& folder, bool json);

}  // namespace millpond::cli
