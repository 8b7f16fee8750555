// SPDX-License-Identifier: Apache-2.0
// SlowSyncVfs: the system's SQLite VFS with a wait before every sync and a count of them, because real terminals sync
// in milliseconds and this machine may not. Files are real. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace millpond::tests {

class SlowSyncVfs {
 public:
  // Registers a VFS; name must be unique in the process. for_all: also whoever names no VFS gets this one.
  SlowSyncVfs(const std::string& name, std::int64_t wait_us, bool for_all = false);
  ~SlowSyncVfs();  // unregisters; every connection must be closed
  SlowSyncVfs(const SlowSyncVfs&) = delete;
  SlowSyncVfs& operator=(const SlowSyncVfs&) = delete;

  [[nodiscard]] const std::string& vfs_name() const;
  [[nodiscard]] std::uint64_t syncs() const;  // so far

  struct State;  // defined in slow_sync_vfs.cpp; SQLite's callbacks use it

 private:
  std::unique_ptr<State> state_;
};

}  // namespace millpond::tests
