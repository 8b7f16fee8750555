// SPDX-License-Identifier: Apache-2.0
// The unix socket under both ends of the link: opening, admitting, waking a poll. Not for other rooms. Calls do not
// block unless they say so.
#pragma once

#include "sync/base/result.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

namespace millpond::link {

// Owns a descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_{fd} {}
  Fd(Fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Connected, non-blocking, closed on exec. Errors: not_running, permission_denied.
[[nodiscard]] base::Result<Fd> connect_unix(const std::filesystem::path& path);

struct Listening {
  Fd socket;
  Fd lock;  // held as long as the socket lives: two services that start at once cannot both win
};
// Listens on path with mode 0600, or 0660 and the group. A socket that nobody answers is replaced.
// Errors: already_running, permission_denied, file_unwritable.
[[nodiscard]] base::Result<Listening> listen_unix(const std::filesystem::path& path,
                                                  std::optional<std::uint32_t> group);

// True when the process at the other end runs as our user, as root, or as a member of the group.
[[nodiscard]] bool is_admitted(int connection, std::optional<std::uint32_t> group);

[[nodiscard]] base::Error errno_error(const char* operation, const std::filesystem::path& path);

}  // namespace millpond::link
