// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/tcp_printer.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

namespace millpond::print {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

// The cause of a failed connection, 0 when it stands.
int connect_within(int fd, const addrinfo& address, std::int64_t timeout_ms) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  pollfd waiting{fd, POLLOUT, 0};
  const auto bounded_ms = std::clamp<std::int64_t>(timeout_ms, 0, std::numeric_limits<int>::max());
  if (::poll(&waiting, 1, static_cast<int>(bounded_ms)) <= 0) return ETIMEDOUT;
  int cause = 0;
  socklen_t length = sizeof cause;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &length) < 0) return errno;
  return cause;
}

}  // namespace

TcpPrinter::TcpPrinter(TcpPrinterSettings settings, const base::Clock& clock)
    : StreamPrinter{settings.stream, clock}, settings_{std::move(settings)} {}

base::Result<DeviceStream> TcpPrinter::connect() {
  const auto where = settings_.host + ":" + std::to_string(settings_.port);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int resolved = ::getaddrinfo(settings_.host.c_str(), std::to_string(settings_.port).c_str(), &wanted, &list);
  if (resolved != 0) {
    return base::Error{base::Code::config_invalid, "find printer", ::gai_strerror(resolved), where};
  }
  const std::unique_ptr<addrinfo, FreeAddresses> addresses{list};
  int cause = EADDRNOTAVAIL;
  for (const auto* address = list; address != nullptr; address = address->ai_next) {
    const int fd = ::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address->ai_protocol);
    if (fd < 0) {
      cause = errno;
      continue;
    }
    cause = connect_within(fd, *address, deadlines().connect_ms);
    if (cause == 0) return DeviceStream{fd, StreamKind::socket, clock()};
    ::close(fd);
  }
  const auto code = cause == ETIMEDOUT ? base::Code::timeout : base::Code::device_absent;
  return base::Error{code, "connect to printer", std::strerror(cause), where};
}

}  // namespace millpond::print
