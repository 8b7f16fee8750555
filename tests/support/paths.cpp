// SPDX-License-Identifier: Apache-2.0
#include "tests/support/paths.h"

namespace millpond::tests {

std::filesystem::path source_dir() { return MILLPOND_SOURCE_DIR; }
std::filesystem::path bin_dir() { return MILLPOND_BIN_DIR; }

}  // namespace millpond::tests
