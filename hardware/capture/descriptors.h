// SPDX-License-Identifier: Apache-2.0
// Descriptors: opening what a till and a printer can be connected by, non-blocking, and closing it again. One thread.
#pragma once

#include "sync/base/result.h"

#include <cstdint>
#include <string>
#include <utility>

namespace millpond::capture {

struct SerialLine;

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_{fd} {}
  Descriptor(Descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void close();
  // Lets the peer of a socket see a reset instead of an orderly end.
  void reset();

 private:
  int fd_ = -1;
};

// An address that was looked up, so that connecting later asks nobody.
struct SocketAddress {
  int family{};
  std::string bytes{};
};

// Blocks as long as the system's resolver does, for a name. Error: config_invalid.
[[nodiscard]] base::Result<SocketAddress> look_up(const std::string& host, std::uint16_t port);
// Errors: port_taken, address_not_allowed, permission_denied.
[[nodiscard]] base::Result<Descriptor> listen_at(const SocketAddress& address);
[[nodiscard]] std::uint16_t port_of(const Descriptor& socket);
// Empty when nobody waits.
[[nodiscard]] Descriptor accept_from(const Descriptor& listening);
// A connection that may not stand yet: it does when it can be written to and connect_failed() says 0.
[[nodiscard]] Descriptor begin_connect(const SocketAddress& address);
[[nodiscard]] int connect_failed(const Descriptor& socket);
// A serial line or /dev/usb/lp0; what is no terminal is left as it is set up. XON and XOFF are obeyed when the printer
// sends them, and sent to the till. Errors: device_absent, permission_denied, device_busy, device_failed,
// config_invalid (no such speed).
enum class LineTo : std::uint8_t { printer, till };
[[nodiscard]] base::Result<Descriptor> open_line(const SerialLine& line, LineTo to);

}  // namespace millpond::capture
