// SPDX-License-Identifier: Apache-2.0
#include "sync/sqlite/error_codes.h"

#include <cerrno>
#include <sqlite3.h>

namespace millpond::sqlite {

base::Code code_of(int extended, int system_errno) {
  using base::Code;
  switch (extended & 0xff) {
    case SQLITE_FULL:
      return Code::disk_full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Code::store_locked;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::store_corrupt;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return Code::bad_input;
    case SQLITE_TOOBIG:
      return Code::too_large;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return Code::permission_denied;
    case SQLITE_IOERR:
      return system_errno == ENOSPC || system_errno == EDQUOT ? Code::disk_full : Code::disk_error;
    case SQLITE_CANTOPEN:
      if (system_errno == EACCES || system_errno == EPERM || system_errno == EROFS) return Code::permission_denied;
      if (system_errno == ENOSPC || system_errno == EDQUOT) return Code::disk_full;
      if (system_errno == ENOENT) return Code::not_found;
      return Code::file_unreadable;
    default:
      return Code::internal;
  }
}

std::string hint_of(base::Code code, const std::filesystem::path& path) {
  using base::Code;
  const auto file = path.string();
  switch (code) {
    case Code::store_locked:
      return "another service owns " + file + ": stop it, or ask it over its socket";
    case Code::disk_full:
      return "free space on the disk that holds " + file;
    case Code::disk_error:
      return "the disk that holds " + file + " fails: look at the kernel's log";
    case Code::permission_denied:
      return "give the service's user write access to " + file + " and its folder";
    default:
      return file;
  }
}

}  // namespace millpond::sqlite
