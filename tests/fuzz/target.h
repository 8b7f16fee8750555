// SPDX-License-Identifier: Apache-2.0
// Fuzz targets: one for each reader of input that nobody has vouched for yet. A target brings inputs that its reader
// accepts, composed by the shipped code, so that a corpus never falls behind a format. One thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <string_view>
#include <vector>

namespace millpond::fuzz {

struct Target {
  std::string_view name;
  std::vector<base::Bytes> (*seeds)();
  // Reads, and ends the program when the reader broke a promise: that what it accepted can be written again and is then
  // the same, that a signature covers all of it, that limits hold. The reader's error when it refused.
  base::Result<> (*run)(base::ByteView input);
};

[[nodiscard]] std::vector<Target> capture_targets();
[[nodiscard]] std::vector<Target> code_targets();
[[nodiscard]] std::vector<Target> document_targets();
[[nodiscard]] std::vector<Target> game_targets();
[[nodiscard]] std::vector<Target> local_targets();
[[nodiscard]] std::vector<Target> kept_targets();
[[nodiscard]] std::vector<Target> notice_targets();
[[nodiscard]] std::vector<Target> rule_targets();
[[nodiscard]] std::vector<Target> scan_targets();
[[nodiscard]] std::vector<Target> wire_targets();

// All of them, in the order of their names.
[[nodiscard]] std::vector<Target> all_targets();

}  // namespace millpond::fuzz
