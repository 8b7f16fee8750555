// SPDX-License-Identifier: Apache-2.0
#include "kiosk/link/socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace millpond::link {
namespace {

using base::Code;

constexpr int waiting_connections_max = 16;

base::Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto& name = path.native();
  if (name.empty() || name.size() >= sizeof address.sun_path) {
    return base::Error{Code::file_unwritable, "open socket", "the path is empty or longer than 107 bytes", name};
  }
  std::copy(name.begin(), name.end(), address.sun_path);
  return address;
}

Fd new_socket() { return Fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)}; }

base::Result<Fd> lock_beside(const std::filesystem::path& path) {
  auto name = path;
  name += ".lock";
  Fd lock{::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!lock) return errno_error("open lock", name);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return base::Error{Code::already_running, "listen", "another service holds the lock", path.string()};
  }
  return lock;
}

base::Result<> remove_stale(const std::filesystem::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return errno == ENOENT ? base::Result<>{} : errno_error("look at", path);
  if (!S_ISSOCK(found.st_mode)) {
    return base::Error{Code::file_unwritable, "listen", "the path is there and is not a socket", path.string()};
  }
  const auto answer = connect_unix(path);
  if (answer) return base::Error{Code::already_running, "listen", "a service answers", path.string()};
  if (answer.error().code == Code::permission_denied) return answer.error();
  if (::unlink(path.c_str()) != 0) return errno_error("remove", path);
  return {};
}

bool in_group(int connection, gid_t first, std::uint32_t group) {
  if (first == group) return true;
  socklen_t size = 0;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, nullptr, &size) == 0 || errno != ERANGE) return false;
  std::vector<gid_t> groups(size / sizeof(gid_t));
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0) return false;
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

base::Error errno_error(const char* operation, const std::filesystem::path& path) {
  const auto denied = errno == EACCES || errno == EPERM;
  return {denied ? Code::permission_denied : Code::file_unwritable, operation, std::strerror(errno), path.string()};
}

base::Result<Fd> connect_unix(const std::filesystem::path& path) {
  MILLPOND_TRY(const auto address, address_of(path));
  Fd socket = new_socket();
  if (!socket) return errno_error("open socket", path);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  if (errno == EACCES || errno == EPERM) return errno_error("connect", path);
  return base::Error{Code::not_running, "connect", std::strerror(errno), path.string()};
}

base::Result<Listening> listen_unix(const std::filesystem::path& path, std::optional<std::uint32_t> group) {
  MILLPOND_TRY(const auto address, address_of(path));
  MILLPOND_TRY(auto lock, lock_beside(path));
  MILLPOND_TRY_DO(remove_stale(path));
  Fd socket = new_socket();
  if (!socket) return errno_error("open socket", path);
  // The mode before bind, so that there is no moment in which others could connect.
  if (::fchmod(socket.get(), 0600) != 0) return errno_error("protect socket", path);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return errno_error("bind socket", path);
  }
  if (group && (::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0 || ::chmod(path.c_str(), 0660) != 0)) {
    auto error = errno_error("share socket with its group", path);
    ::unlink(path.c_str());
    return error;
  }
  if (::listen(socket.get(), waiting_connections_max) != 0) return errno_error("listen", path);
  return Listening{std::move(socket), std::move(lock)};
}

bool is_admitted(int connection, std::optional<std::uint32_t> group) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0 || (group && in_group(connection, peer.gid, *group));
}

}  // namespace millpond::link
