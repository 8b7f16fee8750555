// SPDX-License-Identifier: Apache-2.0
// Where the source tree and the programs are. In a source file of its own, so that a compiler cache serves every other
// file of the tests in every checkout.
#pragma once

#include <filesystem>

namespace millpond::tests {

[[nodiscard]] std::filesystem::path source_dir();
[[nodiscard]] std::filesystem::path bin_dir();

}  // namespace millpond::tests
