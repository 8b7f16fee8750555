// SPDX-License-Identifier: Apache-2.0
#include "tests/support/slow_sync_vfs.h"

#include <atomic>
#include <chrono>
#include <sqlite3.h>
#include <stdexcept>
#include <thread>

namespace millpond::tests {

struct SlowSyncVfs::State {
  std::string name;
  std::chrono::microseconds wait{};
  std::atomic<std::uint64_t> syncs{0};
  sqlite3_vfs* real{};
  sqlite3_vfs vfs{};
};

namespace {

// In memory: this, and behind it the real VFS's file.
struct SlowFile {
  sqlite3_file base;
  SlowSyncVfs::State* state;
  [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

SlowFile& slow(sqlite3_file* file) { return *reinterpret_cast<SlowFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return slow(file).real(); }
const sqlite3_io_methods& methods_of(sqlite3_file* file) { return *real(file)->pMethods; }

int file_sync(sqlite3_file* file, int flags) {
  auto& state = *slow(file).state;
  ++state.syncs;
  std::this_thread::sleep_for(state.wait);
  return methods_of(file).xSync(real(file), flags);
}

const sqlite3_io_methods io_methods = [] {
  sqlite3_io_methods m{};
  m.iVersion = 1;  // no shared memory: WAL only under an exclusive lock, as the product uses it
  m.xClose = [](sqlite3_file* f) { return methods_of(f).xClose(real(f)); };
  m.xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) { return methods_of(f).xRead(real(f), to, n, at); };
  m.xWrite = [](sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
    return methods_of(f).xWrite(real(f), from, n, at);
  };
  m.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) { return methods_of(f).xTruncate(real(f), size); };
  m.xSync = file_sync;
  m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) { return methods_of(f).xFileSize(real(f), size); };
  m.xLock = [](sqlite3_file* f, int level) { return methods_of(f).xLock(real(f), level); };
  m.xUnlock = [](sqlite3_file* f, int level) { return methods_of(f).xUnlock(real(f), level); };
  m.xCheckReservedLock = [](sqlite3_file* f, int* out) { return methods_of(f).xCheckReservedLock(real(f), out); };
  m.xFileControl = [](sqlite3_file* f, int op, void* arg) { return methods_of(f).xFileControl(real(f), op, arg); };
  m.xSectorSize = [](sqlite3_file* f) { return methods_of(f).xSectorSize(real(f)); };
  m.xDeviceCharacteristics = [](sqlite3_file* f) { return methods_of(f).xDeviceCharacteristics(real(f)); };
  return m;
}();

int vfs_open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  auto* const state = static_cast<SlowSyncVfs::State*>(vfs->pAppData);
  slow(file).state = state;
  file->pMethods = nullptr;
  const int code = state->real->xOpen(state->real, path, real(file), flags, out_flags);
  if (real(file)->pMethods != nullptr) file->pMethods = &io_methods;
  return code;
}

}  // namespace

SlowSyncVfs::SlowSyncVfs(const std::string& name, std::int64_t wait_us, bool for_all)
    : state_{std::make_unique<State>()} {
  state_->name = name;
  state_->wait = std::chrono::microseconds{wait_us};
  state_->real = sqlite3_vfs_find(nullptr);
  state_->vfs = *state_->real;  // everything but opening is the system's
  state_->vfs.szOsFile = static_cast<int>(sizeof(SlowFile)) + state_->real->szOsFile;
  state_->vfs.zName = state_->name.c_str();
  state_->vfs.pNext = nullptr;
  state_->vfs.pAppData = state_.get();
  state_->vfs.xOpen = vfs_open;
  if (sqlite3_vfs_register(&state_->vfs, for_all ? 1 : 0) != SQLITE_OK)
    throw std::runtime_error{"cannot register a VFS"};
}

SlowSyncVfs::~SlowSyncVfs() { sqlite3_vfs_unregister(&state_->vfs); }

const std::string& SlowSyncVfs::vfs_name() const { return state_->name; }
std::uint64_t SlowSyncVfs::syncs() const { return state_->syncs; }

}  // namespace millpond::tests
