// SPDX-License-Identifier: Apache-2.0
#include "sync/base/file.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace millpond::base {
namespace {

Error from_errno(const char* operation, const std::filesystem::path& path, Code otherwise) {
  const int number = errno;
  Code code = otherwise;
  if (number == ENOENT) code = Code::not_found;
  if (number == EACCES || number == EPERM) code = Code::permission_denied;
  if (number == ENOSPC || number == EDQUOT) code = Code::disk_full;
  return {code, operation, std::generic_category().message(number), path.string()};
}

class Fd {
 public:
  explicit Fd(int fd) : fd_{fd} {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, ByteView content) {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

// A new file whose name no other thread, process or crashed predecessor has in use; -1 and errno when there can be
// none.
int create_beside(const std::filesystem::path& path, unsigned mode, std::filesystem::path& name) {
  static std::atomic<unsigned> counter{0};
  for (int attempt = 0; attempt < 1000; ++attempt) {
    name = path;
    name += "." + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".new";
    const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

// A new or missing name is there, or gone, after a power cut only then.
Result<> sync_folder_of(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
  const Fd parent{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (parent.get() < 0 || ::fsync(parent.get()) != 0) return from_errno("sync folder", folder, Code::file_unwritable);
  return {};
}

}  // namespace

Result<Bytes> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.get() < 0) return from_errno("read file", path, Code::file_unreadable);
  Bytes content;
  for (;;) {
    const auto have = content.size();
    if (have > bytes_max) return Error{Code::too_large, "read file", "more than allowed", path.string()};
    content.resize(have + 65536);
    const auto got = ::read(file.get(), content.data() + have, 65536);
    content.resize(have + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return from_errno("read file", path, Code::file_unreadable);
    if (got == 0) return content;
  }
}

Result<> write_file(const std::filesystem::path& path, ByteView content, Privacy privacy) {
  std::filesystem::path temporary;
  {
    const auto mode = privacy == Privacy::owner ? 0600U : 0644U;
    const Fd file{create_beside(path, mode, temporary)};
    if (file.get() < 0) return from_errno("write file", path, Code::file_unwritable);
    if (!write_all(file.get(), content) || ::fsync(file.get()) != 0) {
      auto error = from_errno("write file", path, Code::file_unwritable);
      ::unlink(temporary.c_str());
      return error;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = from_errno("replace file", path, Code::file_unwritable);
    ::unlink(temporary.c_str());
    return error;
  }
  return sync_folder_of(path);
}

Result<> remove_file(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) == 0) return sync_folder_of(path);
  if (errno == ENOENT) return {};
  return from_errno("remove file", path, Code::file_unwritable);
}

}  // namespace millpond::base
