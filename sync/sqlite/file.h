// SPDX-License-Identifier: Apache-2.0
// File: plain bytes of a file that lies beside a database, through the same SQLite VFS, so that whatever injects faults
// into the database meets the file too. Not a database and not buffered. One thread at a time; owns its descriptor.
// Errors of every call: disk_full, disk_error, permission_denied, not_found, internal.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace millpond::sqlite {

enum class FileUse : std::uint8_t {
  read,   // not_found when there is none
  write,  // read and write; made when there is none
};

class File {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<File>> open(const std::string& vfs,
                                                                const std::filesystem::path& path, FileUse use);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] base::Result<std::uint64_t> size();
  // Fills `to`. Error: bad_input when the file ends before.
  [[nodiscard]] base::Result<> read(std::uint64_t offset, std::span<std::uint8_t> to);
  [[nodiscard]] base::Result<> write(std::uint64_t offset, base::ByteView bytes);
  [[nodiscard]] base::Result<> truncate(std::uint64_t size);
  // What was written, and the name of a new file, survive a power cut after this.
  [[nodiscard]] base::Result<> sync();

  struct State;  // defined in file.cpp

 private:
  friend base::Result<> rename_file(const std::string& vfs, const std::filesystem::path& from,
                                    const std::filesystem::path& to);
  explicit File(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

[[nodiscard]] base::Result<bool> file_exists(const std::string& vfs, const std::filesystem::path& path);
// Durable when it returns: the name does not come back after a power cut. No such file is success.
[[nodiscard]] base::Result<> remove_file(const std::string& vfs, const std::filesystem::path& path);
// Writes what the file holds once more and syncs it; no such file is success. After a failed sync an operating system
// may keep as clean what it never wrote, so that a later life reads it, builds on it, and loses both to a power cut.
// For whoever alone has the file.
[[nodiscard]] base::Result<> write_again(const std::string& vfs, const std::filesystem::path& path);
// Says once more, and durably, that a database's last transaction has ended; no rollback journal is success. With
// journal_mode PERSIST that is the last of a commit's syncs. Where a process died before it, or it failed, the system
// may show an end that the disk does not have: whoever trusts it builds on what a power cut takes back, and writes the
// next journal under the header of the last one, from which SQLite then plays pages to wrong places (3.40.1, seen in
// simulation). For whoever has the database locked and no transaction open, before the first change.
[[nodiscard]] base::Result<> end_rollback_journal(const std::string& vfs, const std::filesystem::path& database);
// Fills a database's rollback journal with zeros, durably; none is success. With journal_mode PERSIST it holds pages as
// they were before the last transactions. For whoever has the database locked and no transaction open.
[[nodiscard]] base::Result<> overwrite_rollback_journal(const std::string& vfs, const std::filesystem::path& database);
// `to` is replaced in one step, durably: after a power cut it is the old or the new file. Nobody may have either open.
[[nodiscard]] base::Result<> rename_file(const std::string& vfs, const std::filesystem::path& from,
                                         const std::filesystem::path& to);

// A VFS that is not the system's renames by this file control on the file's handle, with `const char*` as its argument.
// Others answer SQLITE_NOTFOUND, and the system's own rename is used.
inline constexpr int rename_file_control = 0x6D50;

}  // namespace millpond::sqlite
