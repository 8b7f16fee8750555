// SPDX-License-Identifier: Apache-2.0
#include "sync/sqlite/file.h"

#include "sync/base/check.h"
#include "sync/sqlite/error_codes.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>
#include <vector>

namespace millpond::sqlite {
namespace {

// SQLite's system VFS cuts longer reads and writes short without saying so.
constexpr std::size_t piece_bytes_max = 65'536;

base::Error error_of(int code, int system_errno, const char* operation, const std::filesystem::path& path) {
  const auto kind = code_of(code, system_errno);
  return {kind, std::string{operation} + " " + path.filename().string(), sqlite3_errstr(code), hint_of(kind, path)};
}

base::Result<sqlite3_vfs*> find_vfs(const std::string& name) {
  auto* const vfs = sqlite3_vfs_find(name.empty() ? nullptr : name.c_str());
  if (vfs == nullptr) return base::Error{base::Code::internal, "find VFS", name};
  return vfs;
}

int last_errno(sqlite3_vfs* vfs) { return vfs->xGetLastError == nullptr ? 0 : vfs->xGetLastError(vfs, 0, nullptr); }

base::Result<std::string> full_path(sqlite3_vfs* vfs, const std::filesystem::path& path) {
  std::string full(static_cast<std::size_t>(vfs->mxPathname) + 1, '\0');
  const int code = vfs->xFullPathname(vfs, path.c_str(), static_cast<int>(full.size()), full.data());
  if ((code & 0xff) != SQLITE_OK) return error_of(code, last_errno(vfs), "find", path);
  full.resize(full.find('\0'));
  return full;
}

base::Result<> rename_in_system(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return error_of(SQLITE_IOERR, errno, "rename", from);
  const auto folder = std::filesystem::path{to}.parent_path();
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int number = errno;
  if (fd >= 0) ::close(fd);
  if (!synced) return error_of(SQLITE_IOERR, number, "sync folder of", to);
  return {};
}

}  // namespace

struct File::State {
  sqlite3_vfs* vfs{};
  std::filesystem::path path;
  std::string full;
  std::vector<std::max_align_t> memory;  // the VFS keeps its file here
  sqlite3_file* file{};

  ~State() {
    if (file != nullptr && file->pMethods != nullptr) file->pMethods->xClose(file);
  }
  [[nodiscard]] base::Result<> done(int code, const char* operation) const {
    if (code == SQLITE_OK) return {};
    return error_of(code, last_errno(vfs), operation, path);
  }
};

File::File(std::unique_ptr<State> state) : state_{std::move(state)} {}
File::~File() = default;

base::Result<std::unique_ptr<File>> File::open(const std::string& vfs, const std::filesystem::path& path, FileUse use) {
  auto state = std::make_unique<State>();
  MILLPOND_TRY(state->vfs, find_vfs(vfs));
  state->path = path;
  MILLPOND_TRY(state->full, full_path(state->vfs, path));
  const auto bytes = static_cast<std::size_t>(state->vfs->szOsFile);
  state->memory.resize(bytes / sizeof(std::max_align_t) + 1);
  state->file = reinterpret_cast<sqlite3_file*>(state->memory.data());
  // Opened as a super-journal: of those the system's VFS syncs a new name together with the first sync of the content.
  const int access = use == FileUse::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int flags = SQLITE_OPEN_SUPER_JOURNAL | access;
  errno = 0;
  const int code = state->vfs->xOpen(state->vfs, state->full.c_str(), state->file, flags, nullptr);
  if (code != SQLITE_OK) {
    const int number = errno;
    const bool exists = file_exists(vfs, path).value_or(true);
    return error_of(code, number != 0 || exists ? number : ENOENT, "open", path);
  }
  return std::unique_ptr<File>{new File{std::move(state)}};
}

base::Result<std::uint64_t> File::size() {
  sqlite3_int64 bytes = 0;
  MILLPOND_TRY_DO(state_->done(state_->file->pMethods->xFileSize(state_->file, &bytes), "measure"));
  return static_cast<std::uint64_t>(bytes);
}

base::Result<> File::read(std::uint64_t offset, std::span<std::uint8_t> to) {
  while (!to.empty()) {
    const auto piece = to.first(std::min(to.size(), piece_bytes_max));
    const int code = state_->file->pMethods->xRead(state_->file, piece.data(), static_cast<int>(piece.size()),
                                                   static_cast<sqlite3_int64>(offset));
    if (code == SQLITE_IOERR_SHORT_READ) {
      return base::Error{base::Code::bad_input, "read " + state_->path.filename().string(), "the file ends before"};
    }
    MILLPOND_TRY_DO(state_->done(code, "read"));
    offset += piece.size();
    to = to.subspan(piece.size());
  }
  return {};
}

base::Result<> File::write(std::uint64_t offset, base::ByteView bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), piece_bytes_max));
    const int code = state_->file->pMethods->xWrite(state_->file, piece.data(), static_cast<int>(piece.size()),
                                                    static_cast<sqlite3_int64>(offset));
    MILLPOND_TRY_DO(state_->done(code, "write"));
    offset += piece.size();
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

base::Result<> File::truncate(std::uint64_t size) {
  return state_->done(state_->file->pMethods->xTruncate(state_->file, static_cast<sqlite3_int64>(size)), "truncate");
}

base::Result<> File::sync() {
  return state_->done(state_->file->pMethods->xSync(state_->file, SQLITE_SYNC_NORMAL), "sync");
}

base::Result<bool> file_exists(const std::string& vfs, const std::filesystem::path& path) {
  MILLPOND_TRY(auto* const found, find_vfs(vfs));
  MILLPOND_TRY(const auto full, full_path(found, path));
  int exists = 0;
  const int code = found->xAccess(found, full.c_str(), SQLITE_ACCESS_EXISTS, &exists);
  if (code != SQLITE_OK) return error_of(code, last_errno(found), "look for", path);
  return exists != 0;
}

base::Result<> remove_file(const std::string& vfs, const std::filesystem::path& path) {
  MILLPOND_TRY(auto* const found, find_vfs(vfs));
  MILLPOND_TRY(const auto full, full_path(found, path));
  int code = found->xDelete(found, full.c_str(), 1);
  if (code == SQLITE_IOERR_DELETE_NOENT) {
    // Somebody removed it, perhaps not durably, and only a removal syncs the folder: so there is one to do.
    MILLPOND_TRY(const auto again, File::open(vfs, path, FileUse::write));
    code = found->xDelete(found, full.c_str(), 1);
  }
  if (code != SQLITE_OK && code != SQLITE_IOERR_DELETE_NOENT) {
    return error_of(code, last_errno(found), "remove", path);
  }
  return {};
}

base::Result<> write_again(const std::string& vfs, const std::filesystem::path& path) {
  constexpr std::uint64_t piece_bytes = 1U << 20;
  MILLPOND_TRY(const bool exists, file_exists(vfs, path));
  if (!exists) return {};
  MILLPOND_TRY(const auto file, File::open(vfs, path, FileUse::write));
  MILLPOND_TRY(const auto size, file->size());
  if (size == 0) return {};
  base::Bytes piece;
  for (std::uint64_t at = 0; at < size; at += piece.size()) {
    piece.resize(std::min(piece_bytes, size - at));
    MILLPOND_TRY_DO(file->read(at, piece));
    MILLPOND_TRY_DO(file->write(at, piece));
  }
  return file->sync();
}

namespace {

// None when there is no such file.
base::Result<std::unique_ptr<File>> open_rollback_journal(const std::string& vfs,
                                                          const std::filesystem::path& database) {
  auto path = database;
  path += "-journal";
  MILLPOND_TRY(const bool exists, file_exists(vfs, path));
  if (!exists) return std::unique_ptr<File>{};
  return File::open(vfs, path, FileUse::write);
}

}  // namespace

// Nothing but the header: a power cut may tear what is written here, and while the disk has the old header its records
// must be whole.
base::Result<> end_rollback_journal(const std::string& vfs, const std::filesystem::path& database) {
  // https://www.sqlite.org/fileformat.html, "The Rollback Journal": with zeros there, none is played back.
  constexpr std::uint64_t header_bytes = 28;
  MILLPOND_TRY(const auto file, open_rollback_journal(vfs, database));
  if (file == nullptr) return {};
  MILLPOND_TRY(const auto size, file->size());
  if (size < header_bytes) return {};
  MILLPOND_TRY_DO(file->write(0, base::Bytes(header_bytes)));
  return file->sync();
}

base::Result<> overwrite_rollback_journal(const std::string& vfs, const std::filesystem::path& database) {
  constexpr std::uint64_t piece_bytes = 64U << 10;
  MILLPOND_TRY(const auto file, open_rollback_journal(vfs, database));
  if (file == nullptr) return {};
  MILLPOND_TRY(const auto size, file->size());
  const base::Bytes zeros(std::min(size, piece_bytes));
  for (std::uint64_t at = 0; at < size; at += piece_bytes) {
    const auto bytes = static_cast<std::size_t>(std::min(piece_bytes, size - at));
    MILLPOND_TRY_DO(file->write(at, base::ByteView{zeros}.first(bytes)));
  }
  return file->sync();
}

base::Result<> rename_file(const std::string& vfs, const std::filesystem::path& from, const std::filesystem::path& to) {
  MILLPOND_TRY(auto* const found, find_vfs(vfs));
  MILLPOND_TRY(const auto full_from, full_path(found, from));
  MILLPOND_TRY(auto full_to, full_path(found, to));
  {
    MILLPOND_TRY(const auto file, File::open(vfs, from, FileUse::read));
    auto* const handle = file->state_->file;
    const int code = handle->pMethods->xFileControl(handle, rename_file_control, full_to.data());
    if (code == SQLITE_OK) return {};
    if (code != SQLITE_NOTFOUND) return error_of(code, last_errno(found), "rename", from);
  }
  return rename_in_system(full_from, full_to);
}

}  // namespace millpond::sqlite
