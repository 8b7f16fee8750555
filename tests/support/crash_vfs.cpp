// SPDX-License-Identifier: Apache-2.0
#include "tests/support/crash_vfs.h"

#include "sync/base/bytes.h"
#include "sync/base/rng.h"
#include "sync/sqlite/file.h"
#include "tests/support/crash_file.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <sqlite3.h>
#include <stdexcept>
#include <vector>

namespace millpond::tests {

struct CrashDisk::Image {
  std::map<std::string, base::Bytes> files;
};

namespace {

using base::Bytes;

using Files = std::map<std::string, std::shared_ptr<CrashFile>>;

struct Plan {
  std::uint64_t left{};
  FaultKind kind{};
};

}  // namespace

struct CrashDisk::Disk {
  explicit Disk(std::uint64_t seed) : rng{seed} {}

  std::mutex mutex;
  base::SeededRng rng;
  std::string name;
  sqlite3_vfs vfs{};
  Files files;    // names as programs see them
  Files durable;  // names as they are on the platter
  std::optional<Plan> plan;
  bool full = false;
  std::uint64_t bytes_max = UINT64_MAX;
  bool sync_fails = false;
  bool sync_fails_once = false;
  bool lies = false;
  bool powered = true;
  bool garbles = true;
  std::uint64_t generation = 0;  // handles of an earlier one are dead
  std::uint64_t operations = 0;
  std::uint64_t syncs = 0;
  std::uint64_t cuts = 0;
  std::uint64_t lies_told = 0;

  void cut() {
    const auto promised = [](const auto& named) { return named.second->promised; };
    if (std::ranges::any_of(files, promised) || std::ranges::any_of(durable, promised)) ++lies_told;
    // A name that was made or removed without a sync may or may not be there.
    Files left;
    for (const auto& [path, file] : files) {
      if (durable.contains(path) || rng.chance(1, 2)) left[path] = file;
    }
    for (const auto& [path, file] : durable) {
      if (!files.contains(path) && rng.chance(1, 2)) left[path] = file;
    }
    for (const auto& [path, file] : left) {
      file->cut(rng, garbles);
      file->promised = false;
    }
    files = left;
    durable = std::move(left);
    powered = false;
    ++generation;
    ++cuts;
    plan.reset();
  }

  void kill() {
    for (const auto& [path, file] : files) file->locks.clear();
    ++generation;
    plan.reset();
  }

  [[nodiscard]] std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [path, file] : files) sum += file->content.size();
    return sum;
  }

  // Counts an operation and says whether it is the one at which the power goes; other faults begin here.
  bool cuts_now() {
    ++operations;
    if (!plan) return false;
    if (plan->left > 0) {
      --plan->left;
      return false;
    }
    const auto kind = plan->kind;
    plan.reset();
    if (kind == FaultKind::full) full = true;
    if (kind == FaultKind::sync_error || kind == FaultKind::sync_error_once) sync_fails = true;
    sync_fails_once = kind == FaultKind::sync_error_once;
    if (kind == FaultKind::kill) kill();
    return kind == FaultKind::power_cut;
  }
};

namespace {

using Disk = CrashDisk::Disk;

struct Handle {
  Disk* disk{};
  std::shared_ptr<CrashFile> file;
  std::string path;
  bool temporary{};
  std::uint64_t generation{};
  [[nodiscard]] bool dead() const { return !disk->powered || generation != disk->generation; }
};

struct SqliteFile {
  sqlite3_file base;
  Handle* handle;
};

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<SqliteFile*>(file)->handle; }
Disk& disk_of(sqlite3_vfs* vfs) { return *static_cast<Disk*>(vfs->pAppData); }

int file_close(sqlite3_file* raw) {
  auto* const file = reinterpret_cast<SqliteFile*>(raw);
  {
    const std::lock_guard lock{file->handle->disk->mutex};
    file->handle->file->locks.erase(file->handle);
  }
  delete file->handle;
  file->handle = nullptr;
  return SQLITE_OK;
}

int file_read(sqlite3_file* raw, void* to, int amount, sqlite3_int64 offset) {
  auto& handle = handle_of(raw);
  const std::lock_guard lock{handle.disk->mutex};
  if (handle.dead()) return SQLITE_IOERR_READ;
  const auto& content = handle.file->content;
  const auto from = static_cast<std::size_t>(offset);
  const auto wanted = static_cast<std::size_t>(amount);
  const auto have = from >= content.size() ? 0 : std::min(wanted, content.size() - from);
  if (have > 0) std::memcpy(to, content.data() + from, have);
  if (have == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + have, 0, wanted - have);
  return SQLITE_IOERR_SHORT_READ;
}

int file_write(sqlite3_file* raw, const void* from, int amount, sqlite3_int64 offset) {
  auto& handle = handle_of(raw);
  auto& disk = *handle.disk;
  const std::lock_guard lock{disk.mutex};
  if (handle.dead()) return SQLITE_IOERR_WRITE;
  const auto at = static_cast<std::uint64_t>(offset);
  const base::ByteView bytes{static_cast<const std::uint8_t*>(from), static_cast<std::size_t>(amount)};
  const bool cut = !handle.temporary && disk.cuts_now();
  const auto size = handle.file->content.size();
  const auto end = at + bytes.size();
  if (end > size && !handle.temporary) {
    const bool fits = disk.bytes_max == UINT64_MAX || disk.bytes() + (end - size) <= disk.bytes_max;
    if (disk.full || !fits) return SQLITE_FULL;
  }
  handle.file->write(at, bytes);
  if (!cut) return SQLITE_OK;
  disk.cut();
  return SQLITE_IOERR_WRITE;
}

int file_truncate(sqlite3_file* raw, sqlite3_int64 size) {
  auto& handle = handle_of(raw);
  auto& disk = *handle.disk;
  const std::lock_guard lock{disk.mutex};
  if (handle.dead()) return SQLITE_IOERR_TRUNCATE;
  const bool cut = !handle.temporary && disk.cuts_now();
  handle.file->content.resize(static_cast<std::size_t>(size));
  if (!cut) return SQLITE_OK;
  disk.cut();
  return SQLITE_IOERR_TRUNCATE;
}

int file_sync(sqlite3_file* raw, int) {
  auto& handle = handle_of(raw);
  auto& disk = *handle.disk;
  const std::lock_guard lock{disk.mutex};
  if (handle.dead()) return SQLITE_IOERR_FSYNC;
  if (handle.temporary) return SQLITE_OK;
  ++disk.syncs;
  if (disk.cuts_now()) {
    disk.cut();
    return SQLITE_IOERR_FSYNC;
  }
  if (disk.sync_fails) {
    disk.sync_fails = !disk.sync_fails_once;
    handle.file->fail_sync();
    return SQLITE_IOERR_FSYNC;
  }
  if (disk.lies) {
    handle.file->promised = true;
    return SQLITE_OK;
  }
  handle.file->sync();
  // SQLite's own VFS syncs the folder after the first sync of a file it created; so does this one.
  const auto named = disk.files.find(handle.path);
  if (named != disk.files.end() && named->second == handle.file) disk.durable[handle.path] = handle.file;
  return SQLITE_OK;
}

int file_size(sqlite3_file* raw, sqlite3_int64* size) {
  auto& handle = handle_of(raw);
  const std::lock_guard lock{handle.disk->mutex};
  if (handle.dead()) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(handle.file->content.size());
  return SQLITE_OK;
}

// The highest lock that another handle holds on the file.
int others(const Handle& handle) {
  int highest = SQLITE_LOCK_NONE;
  for (const auto& [owner, level] : handle.file->locks) {
    if (owner != &handle) highest = std::max(highest, level);
  }
  return highest;
}

int file_lock(sqlite3_file* raw, int level) {
  auto& handle = handle_of(raw);
  const std::lock_guard lock{handle.disk->mutex};
  if (handle.dead()) return SQLITE_IOERR_LOCK;
  const int theirs = others(handle);
  const bool allowed = level == SQLITE_LOCK_SHARED      ? theirs < SQLITE_LOCK_PENDING
                       : level == SQLITE_LOCK_EXCLUSIVE ? theirs == SQLITE_LOCK_NONE
                                                        : theirs < SQLITE_LOCK_RESERVED;
  if (!allowed) return SQLITE_BUSY;
  auto& mine = handle.file->locks[&handle];
  mine = std::max(mine, level);
  return SQLITE_OK;
}

int file_unlock(sqlite3_file* raw, int level) {
  auto& handle = handle_of(raw);
  const std::lock_guard lock{handle.disk->mutex};
  handle.file->locks[&handle] = level;
  return SQLITE_OK;
}

int file_reserved(sqlite3_file* raw, int* reserved) {
  auto& handle = handle_of(raw);
  const std::lock_guard lock{handle.disk->mutex};
  *reserved = others(handle) >= SQLITE_LOCK_RESERVED ? 1 : 0;
  return SQLITE_OK;
}

// A name changes in one step, as journaling file systems have it, and for good with the sync of the folder that
// follows. A cut at either of the two operations leaves the old names or the new ones.
int rename_to(Handle& handle, const std::string& to) {
  auto& disk = *handle.disk;
  const auto file = handle.file;
  const auto before = disk.files.contains(to) ? disk.files[to] : nullptr;
  const auto set_names = [&](Files& names, bool renamed) {
    names.erase(renamed ? handle.path : to);
    if (renamed || before != nullptr) names[to] = renamed ? file : before;
    if (!renamed) names[handle.path] = file;
  };
  for (const bool folder_sync : {false, true}) {
    if (folder_sync) ++disk.syncs;
    if (disk.cuts_now()) {
      const bool renamed = disk.rng.chance(1, 2);
      for (auto* const names : {&disk.files, &disk.durable}) set_names(*names, renamed);
      disk.cut();
      return SQLITE_IOERR;
    }
    if (handle.dead()) return SQLITE_IOERR;
    if (folder_sync && disk.sync_fails) return SQLITE_IOERR_DIR_FSYNC;
    set_names(folder_sync ? disk.durable : disk.files, true);
  }
  return SQLITE_OK;
}

int file_control(sqlite3_file* raw, int operation, void* argument) {
  if (operation != sqlite::rename_file_control) return SQLITE_NOTFOUND;
  auto& handle = handle_of(raw);
  const std::lock_guard lock{handle.disk->mutex};
  if (handle.dead()) return SQLITE_IOERR;
  return rename_to(handle, static_cast<const char*>(argument));
}
// As SQLite's own VFS on Linux answers, so that what is tested is what runs.
int file_sector_size(sqlite3_file*) { return 4096; }
int file_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

const sqlite3_io_methods io_methods = [] {
  sqlite3_io_methods methods{};
  methods.iVersion = 1;  // no shared memory: WAL only under an exclusive lock, as the product uses it
  methods.xClose = file_close;
  methods.xRead = file_read;
  methods.xWrite = file_write;
  methods.xTruncate = file_truncate;
  methods.xSync = file_sync;
  methods.xFileSize = file_size;
  methods.xLock = file_lock;
  methods.xUnlock = file_unlock;
  methods.xCheckReservedLock = file_reserved;
  methods.xFileControl = file_control;
  methods.xSectorSize = file_sector_size;
  methods.xDeviceCharacteristics = file_characteristics;
  return methods;
}();

int vfs_open(sqlite3_vfs* vfs, const char* path, sqlite3_file* raw, int flags, int* out_flags) {
  auto& disk = disk_of(vfs);
  const std::lock_guard lock{disk.mutex};
  raw->pMethods = nullptr;
  if (!disk.powered) return SQLITE_CANTOPEN;
  auto handle = std::make_unique<Handle>();
  handle->disk = &disk;
  handle->generation = disk.generation;
  handle->temporary = path == nullptr;
  if (path == nullptr) {
    handle->file = std::make_shared<CrashFile>();
  } else {
    handle->path = path;
    auto found = disk.files.find(path);
    if (found == disk.files.end()) {
      if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
      found = disk.files.emplace(path, std::make_shared<CrashFile>()).first;
    }
    handle->file = found->second;
  }
  auto* const file = reinterpret_cast<SqliteFile*>(raw);
  file->handle = handle.release();
  raw->pMethods = &io_methods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int vfs_delete(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  auto& disk = disk_of(vfs);
  const std::lock_guard lock{disk.mutex};
  if (!disk.powered) return SQLITE_IOERR_DELETE;
  if (!disk.files.contains(path)) return SQLITE_IOERR_DELETE_NOENT;
  const bool cut = disk.cuts_now();
  disk.files.erase(path);
  if (cut) {
    disk.cut();
    return SQLITE_IOERR_DELETE;
  }
  if (sync_folder != 0) disk.durable.erase(path);
  return SQLITE_OK;
}

int vfs_access(sqlite3_vfs* vfs, const char* path, int, int* result) {
  auto& disk = disk_of(vfs);
  const std::lock_guard lock{disk.mutex};
  if (!disk.powered) return SQLITE_IOERR_ACCESS;
  const auto found = disk.files.find(path);
  *result = found != disk.files.end() && !found->second->content.empty() ? 1 : 0;
  return SQLITE_OK;
}

int vfs_full_path(sqlite3_vfs*, const char* path, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", path);
  return SQLITE_OK;
}

int vfs_randomness(sqlite3_vfs* vfs, int size, char* out) {
  auto& disk = disk_of(vfs);
  const std::lock_guard lock{disk.mutex};
  disk.rng.fill({reinterpret_cast<std::uint8_t*>(out), static_cast<std::size_t>(size)});
  return size;
}

int vfs_sleep(sqlite3_vfs*, int microseconds) { return microseconds; }

int vfs_time(sqlite3_vfs*, double* julian_day) {
  *julian_day = 2461000.5;
  return SQLITE_OK;
}

int vfs_last_error(sqlite3_vfs*, int, char*) { return 0; }

template <class T>
T read(Disk& disk, T Disk::*member) {
  const std::lock_guard lock{disk.mutex};
  return disk.*member;
}

}  // namespace

CrashDisk::CrashDisk(const std::string& name, std::uint64_t seed) : disk_{std::make_shared<Disk>(seed)} {
  disk_->name = name;
  auto& vfs = disk_->vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(SqliteFile);
  vfs.mxPathname = 512;
  vfs.zName = disk_->name.c_str();
  vfs.pAppData = disk_.get();
  vfs.xOpen = vfs_open;
  vfs.xDelete = vfs_delete;
  vfs.xAccess = vfs_access;
  vfs.xFullPathname = vfs_full_path;
  vfs.xRandomness = vfs_randomness;
  vfs.xSleep = vfs_sleep;
  vfs.xCurrentTime = vfs_time;
  vfs.xGetLastError = vfs_last_error;
  if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) throw std::runtime_error{"cannot register a VFS"};
}

CrashDisk::~CrashDisk() { sqlite3_vfs_unregister(&disk_->vfs); }

const std::string& CrashDisk::vfs_name() const { return disk_->name; }

void CrashDisk::keep_sectors_whole() {
  const std::lock_guard lock{disk_->mutex};
  disk_->garbles = false;
}

void CrashDisk::lie_about_syncs(bool lie) {
  const std::lock_guard lock{disk_->mutex};
  disk_->lies = lie;
}

void CrashDisk::kill() {
  const std::lock_guard lock{disk_->mutex};
  disk_->kill();
}

void CrashDisk::remove(const std::string& path) {
  const std::lock_guard lock{disk_->mutex};
  disk_->files.erase(path);
  disk_->durable.erase(path);
}

std::shared_ptr<const CrashDisk::Image> CrashDisk::image() const {
  const std::lock_guard lock{disk_->mutex};
  auto image = std::make_shared<Image>();
  for (const auto& [path, file] : disk_->files) image->files[path] = file->content;
  return image;
}

void CrashDisk::restore(const Image& image) {
  const std::lock_guard lock{disk_->mutex};
  disk_->kill();
  disk_->files.clear();
  for (const auto& [path, content] : image.files) {
    auto file = std::make_shared<CrashFile>();
    file->content = content;
    file->all_durable();
    disk_->files[path] = file;
  }
  disk_->durable = disk_->files;
}

void CrashDisk::power_cut() {
  const std::lock_guard lock{disk_->mutex};
  disk_->cut();
}

void CrashDisk::power_on() {
  const std::lock_guard lock{disk_->mutex};
  disk_->powered = true;
}

void CrashDisk::fail_after(std::uint64_t n_operations, FaultKind kind) {
  const std::lock_guard lock{disk_->mutex};
  disk_->plan = Plan{n_operations, kind};
}

void CrashDisk::heal() {
  const std::lock_guard lock{disk_->mutex};
  disk_->plan.reset();
  disk_->full = false;
  disk_->sync_fails = false;
}

void CrashDisk::set_size(std::uint64_t bytes_max) {
  const std::lock_guard lock{disk_->mutex};
  disk_->bytes_max = bytes_max;
}

bool CrashDisk::powered() const { return read(*disk_, &Disk::powered); }
std::uint64_t CrashDisk::operations() const { return read(*disk_, &Disk::operations); }
std::uint64_t CrashDisk::syncs() const { return read(*disk_, &Disk::syncs); }
std::uint64_t CrashDisk::cuts() const { return read(*disk_, &Disk::cuts); }
std::uint64_t CrashDisk::lies() const { return read(*disk_, &Disk::lies_told); }
std::uint64_t CrashDisk::deaths() const { return read(*disk_, &Disk::generation); }

std::uint64_t CrashDisk::bytes() const {
  const std::lock_guard lock{disk_->mutex};
  return disk_->bytes();
}

std::uint64_t CrashDisk::bytes_of(const std::string& path) const {
  const std::lock_guard lock{disk_->mutex};
  const auto found = disk_->files.find(path);
  return found == disk_->files.end() ? 0 : found->second->content.size();
}

bool CrashDisk::flip_bit(const std::string& path, std::uint64_t byte, unsigned bit) {
  const std::lock_guard lock{disk_->mutex};
  const auto found = disk_->files.find(path);
  if (found == disk_->files.end() || byte >= found->second->content.size()) return false;
  auto& file = *found->second;
  file.content[byte] ^= static_cast<std::uint8_t>(1U << (bit & 7U));
  if (byte < file.durable.size()) file.durable[byte] = file.content[byte];
  return true;
}

std::optional<std::uint64_t> CrashDisk::find(const std::string& path, std::string_view text) const {
  const std::lock_guard lock{disk_->mutex};
  const auto found = disk_->files.find(path);
  if (found == disk_->files.end()) return std::nullopt;
  const auto at = base::text_of(found->second->content).find(text);
  if (at == std::string_view::npos) return std::nullopt;
  return at;
}

}  // namespace millpond::tests
