// SPDX-License-Identifier: Apache-2.0
#include "sync/http/listen.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace millpond::http {
namespace {

using base::Code;
using base::Error;

constexpr int backlog = 512;

Error from_errno(const std::string& operation, std::string where) {
  const int number = errno;
  Code code = Code::file_unwritable;
  if (number == EADDRINUSE) code = Code::port_taken;
  if (number == EACCES || number == EPERM || number == EROFS) code = Code::permission_denied;
  if (number == EADDRNOTAVAIL) code = Code::address_not_allowed;
  return {code, operation, std::strerror(number), std::move(where)};
}

// Binds, listens and reads the port back; closes the descriptor on failure.
base::Result<Listener> bind_and_listen(int fd, const sockaddr* address, socklen_t size, const std::string& where) {
  if (::bind(fd, address, size) != 0 || ::listen(fd, backlog) != 0) {
    auto error = from_errno("listen", where);
    ::close(fd);
    return error;
  }
  Listener listener{fd, address->sa_family, 0};
  sockaddr_storage bound{};
  socklen_t bound_size = sizeof bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &bound_size) == 0) {
    if (bound.ss_family == AF_INET) listener.port = ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
    if (bound.ss_family == AF_INET6) listener.port = ntohs(reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port);
  }
  return listener;
}

int open_socket(int family) { return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

// True when a server answers on the socket file.
bool answers(const sockaddr_un& address) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return true;
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const bool stale = !connected && errno == ECONNREFUSED;
  ::close(fd);
  return !stale;
}

}  // namespace

base::Result<Listener> listen_tcp(const std::string& address, std::uint16_t port, Traffic traffic) {
  const auto& numeric = address == "localhost" ? std::string{"127.0.0.1"} : address;
  const auto where = address + ":" + std::to_string(port);
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  const bool is_v4 = ::inet_pton(AF_INET, numeric.c_str(), &v4.sin_addr) == 1;
  const bool is_v6 = !is_v4 && ::inet_pton(AF_INET6, numeric.c_str(), &v6.sin6_addr) == 1;
  if (!is_v4 && !is_v6) return Error{Code::address_not_allowed, "listen", "not a numeric address", where};
  const bool loopback_v4 = is_v4 && (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  if (traffic == Traffic::plain && !loopback_v4 && !(is_v6 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr))) {
    return Error{Code::address_not_allowed, "listen", "plain HTTP is served on loopback only", where};
  }
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  const int fd = open_socket(is_v4 ? AF_INET : AF_INET6);
  if (fd < 0) return from_errno("listen", where);
  // Connections of the previous run may linger in TIME_WAIT; a live listener is still refused with EADDRINUSE.
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (is_v4) return bind_and_listen(fd, reinterpret_cast<const sockaddr*>(&v4), sizeof v4, where);
  return bind_and_listen(fd, reinterpret_cast<const sockaddr*>(&v6), sizeof v6, where);
}

base::Result<Listener> listen_unix(const std::filesystem::path& path) {
  const auto& text = path.native();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (text.empty() || text.size() >= sizeof address.sun_path) {
    return Error{Code::address_not_allowed, "listen", "a unix socket's path holds at most 107 bytes", text};
  }
  std::memcpy(address.sun_path, text.data(), text.size());

  struct stat found {};
  if (::lstat(text.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode))
      return Error{Code::port_taken, "listen", "a file that is no socket is in the way", text};
    if (answers(address)) return Error{Code::port_taken, "listen", "another program answers on this socket", text};
    if (::unlink(text.c_str()) != 0) return from_errno("replace stale socket", text);
  }
  const int fd = open_socket(AF_UNIX);
  if (fd < 0) return from_errno("listen", text);
  // Linux gives the socket file the mode of the socket itself, so there is no moment in which others could connect.
  if (::fchmod(fd, 0600) != 0) {
    auto error = from_errno("listen", text);
    ::close(fd);
    return error;
  }
  return bind_and_listen(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address, text);
}

std::string peer_name(int fd) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return "unknown";
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (peer.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&peer);
    ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
    return std::string{text.data()} + ":" + std::to_string(ntohs(v4->sin_port));
  }
  if (peer.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&peer);
    ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
    return "[" + std::string{text.data()} + "]:" + std::to_string(ntohs(v6->sin6_port));
  }
  ucred credentials{};
  socklen_t credentials_size = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &credentials_size) != 0) return "unix:unknown";
  return "unix:uid=" + std::to_string(credentials.uid);
}

}  // namespace millpond::http
