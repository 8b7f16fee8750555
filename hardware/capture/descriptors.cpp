// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/descriptors.h"

#include "hardware/capture/pass_through.h"

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

void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
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

struct Speed {
  int baud;
  speed_t code;
};
constexpr std::array speeds{Speed{1'200, B1200},   Speed{2'400, B2400},    Speed{4'800, B4800},
                            Speed{9'600, B9600},   Speed{19'200, B19200},  Speed{38'400, B38400},
                            Speed{57'600, B57600}, Speed{115'200, B115200}};

Result<> set_up(int fd, const SerialLine& line) {
  termios mode{};
  if (::tcgetattr(fd, &mode) != 0) return {};  // no serial line
  const Speed* speed = nullptr;
  for (const auto& each : speeds) {
    if (each.baud == line.baud) speed = &each;
  }
  if (speed == nullptr) {
    return Error{Code::config_invalid, "open line", "no such speed: " + std::to_string(line.baud),
                 line.device.string()};
  }
  ::cfmakeraw(&mode);
  mode.c_cflag |= static_cast<tcflag_t>(CLOCAL | CREAD);
  if (line.hardware_flow)
    mode.c_cflag |= static_cast<tcflag_t>(CRTSCTS);
  else
    mode.c_cflag &= ~static_cast<tcflag_t>(CRTSCTS);
  ::cfsetispeed(&mode, speed->code);
  ::cfsetospeed(&mode, speed->code);
  if (::tcsetattr(fd, TCSANOW, &mode) != 0) {
    return Error{Code::device_failed, "open line", std::strerror(errno), line.device.string()};
  }
  return {};
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
  if (socket) send_at_once(socket.get());
  return socket;
}

Descriptor begin_connect(const SocketAddress& address) {
  Descriptor socket{::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket) return socket;
  send_at_once(socket.get());
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

Result<Descriptor> open_line(const SerialLine& line) {
  constexpr int flags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  Descriptor device{::open(line.device.c_str(), O_RDWR | flags)};
  // A printer that only takes bytes has no way back.
  if (!device && (errno == EINVAL || errno == EACCES))
    device = Descriptor{::open(line.device.c_str(), O_WRONLY | flags)};
  if (!device) return Error{code_of(errno), "open line", std::strerror(errno), line.device.string()};
  MILLPOND_TRY_DO(set_up(device.get(), line));
  return device;
}

}  // namespace millpond::capture
