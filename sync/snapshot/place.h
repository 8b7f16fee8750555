// SPDX-License-Identifier: Apache-2.0
// Place: where a terminal's replica lies and what the files beside it are called. All of them are reached through one
// SQLite VFS, so that whatever injects faults into the replica meets the download and the swap as well.
#pragma once

#include <filesystem>
#include <string>

namespace millpond::snapshot {

struct Place {
  std::filesystem::path replica;
  std::string vfs{};  // SQLite VFS by name; empty: the system's

  [[nodiscard]] std::filesystem::path beside(const char* suffix) const {
    auto path = replica;
    path += suffix;
    return path;
  }
  [[nodiscard]] std::filesystem::path download() const { return beside(".download"); }  // compressed, maybe a part
  [[nodiscard]] std::filesystem::path incoming() const { return beside(".incoming"); }  // the next replica, not in use
  [[nodiscard]] std::filesystem::path damaged() const { return beside(".damaged"); }    // the last one set aside
};

}  // namespace millpond::snapshot
