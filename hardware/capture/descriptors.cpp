// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/descriptors.h"

#include "hardware/capture/pass_through.h"
#include "hardware/ports/serial_line.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

namespace millpond::capture {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr int waiting_max = 16;  // tills that wait for the line

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

const sockaddr* raw(const SocketAddress& address) { return reinterpret_cast<const sockaddr*>(address.bytes.data()); }

// Every byte leaves at once, and who was switched off at the wall without a word is gone after a minute and a half: a
// till holds its connection open for days.
void set_up_connection(int fd) {
  const auto set = [fd](int level, int option, int value) { ::setsockopt(fd, level, option, &value, sizeof value); };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

Code code_of(int cause) {
  switch (cause) {
    case EADDRINUSE:
      return Code::port_taken;
    case EADDRNOTAVAIL:
      return Code::address_not_allowed;
    case EACCES:
    case EPERM:
      return Code::permission_denied;
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return Code::device_absent;
    case EBUSY:
      return Code::device_busy;
    default:
      return Code::device_failed;
  }
}

// A till that sends faster than its printer prints is stopped by the driver, once our room for it is full.
int let_driver_stop_till(int fd) {
  termios settings{};
  if (::tcgetattr(fd, &settings) != 0) return errno;
  settings.c_iflag &= ~static_cast<tcflag_t>(IXON);
  settings.c_iflag |= IXOFF;
  return ::tcsetattr(fd, TCSANOW, &settings) == 0 ? 0 : errno;
}

Result<> set_up(int fd, const SerialLine& line, LineTo to) {
  if (!ports::is_serial_speed(line.baud)) {
    return Error{Code::config_invalid, "open line", "no such speed: " + std::to_string(line.baud),
                 line.device.string()};
  }
  int failed = ports::set_up_serial_line(fd, line.baud, line.flow);
  if (failed == 0 && to == LineTo::till && line.flow == ports::FlowControl::xon_xoff) failed = let_driver_stop_till(fd);
  if (failed == 0 || failed == ENOTTY) return {};
  return Error{Code::device_failed, "open line", std::strerror(failed), line.device.string()};
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Descriptor::~Descriptor() { close(); }

void Descriptor::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void Descriptor::reset() {
  const linger at_once{1, 0};
  if (fd_ >= 0) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

Result<SocketAddress> look_up(const std::string& host, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int resolved = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &list);
  if (resolved != 0) return Error{Code::config_invalid, "find address", ::gai_strerror(resolved), host};
  const std::unique_ptr<addrinfo, FreeAddresses> addresses{list};
  return SocketAddress{list->ai_family, std::string{reinterpret_cast<const char*>(list->ai_addr), list->ai_addrlen}};
}

Result<Descriptor> listen_at(const SocketAddress& address) {
  Descriptor socket{::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), raw(address), static_cast<socklen_t>(address.bytes.size())) != 0 ||
      ::listen(socket.get(), waiting_max) != 0) {
    return Error{code_of(errno), "listen for the till", std::strerror(errno)};
  }
  return socket;
}

std::uint16_t port_of(const Descriptor& socket) {
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &length) != 0) return 0;
  if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(name).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(name).sin_port);
}

Descriptor accept_from(const Descriptor& listening) {
  Descriptor socket{::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (socket) set_up_connection(socket.get());
  return socket;
}

Descriptor begin_connect(const SocketAddress& address) {
  Descriptor socket{::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket) return socket;
  set_up_connection(socket.get());
  if (::connect(socket.get(), raw(address), static_cast<socklen_t>(address.bytes.size())) != 0 &&
      errno != EINPROGRESS && errno != EINTR) {
    socket.close();
  }
  return socket;
}

int connect_failed(const Descriptor& socket) {
  int cause = 0;
  socklen_t length = sizeof cause;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &cause, &length) != 0) return errno;
  return cause;
}

Result<Descriptor> open_line(const SerialLine& line, LineTo to) {
  constexpr int flags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  Descriptor device{::open(line.device.c_str(), O_RDWR | flags)};
  // A printer that only takes bytes has no way back.
  if (!device && (errno == EINVAL || errno == EACCES))
    device = Descriptor{::open(line.device.c_str(), O_WRONLY | flags)};
  if (!device) return Error{code_of(errno), "open line", std::strerror(errno), line.device.string()};
  MILLPOND_TRY_DO(set_up(device.get(), line, to));
  return device;
}

}  // namespace millpond::capture
