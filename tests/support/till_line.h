// SPDX-License-Identifier: Apache-2.0
// TillLine and PrinterDoor: the two ends of a printer's TCP line as a till and a printer hold them, blocking and with a
// time limit, for tests and benchmarks of what sits between. Throws when a socket cannot be had. One thread each.
#pragma once

#include "sync/base/bytes.h"

#include <algorithm>
#include <cstdint>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace millpond::tests {

class TillLine {
 public:
  explicit TillLine(int fd) : fd_{fd} {
    if (fd_ < 0) throw std::runtime_error{"no line"};
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  TillLine(TillLine&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  TillLine& operator=(TillLine&&) = delete;
  ~TillLine() { close(); }

  // To 127.0.0.1; throws when nobody listens.
  static TillLine to(std::uint16_t port) {
    TillLine line{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(line.fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error{"nobody listens"};
    return line;
  }

  // How many of them the line took before it broke.
  std::size_t send(base::ByteView bytes) const {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const auto count = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += static_cast<std::size_t>(count);
    }
    return sent;
  }

  enum class End : unsigned char { open, ended, reset };
  struct Heard {
    base::Bytes bytes{};
    End end{End::open};
  };
  // Until so many bytes came, the line ended or broke, or the time is over.
  Heard hear(std::size_t bytes, int timeout_ms = 10'000) const {
    Heard heard;
    while (heard.bytes.size() < bytes) {
      pollfd waiting{fd_, POLLIN, 0};
      if (::poll(&waiting, 1, timeout_ms) <= 0) return heard;
      std::uint8_t room[16384];
      const auto count = ::recv(fd_, room, std::min(sizeof room, bytes - heard.bytes.size()), 0);
      if (count <= 0) {
        heard.end = count == 0 ? End::ended : End::reset;
        return heard;
      }
      heard.bytes.insert(heard.bytes.end(), room, room + count);
    }
    return heard;
  }
  void end() const { ::shutdown(fd_, SHUT_WR); }
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

class PrinterDoor {
 public:
  PrinterDoor() : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (fd_ < 0 || ::bind(fd_, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(fd_, 16) != 0 ||
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
      throw std::runtime_error{"no port"};
    port_ = ntohs(address.sin_port);
  }
  ~PrinterDoor() { close(); }
  PrinterDoor(const PrinterDoor&) = delete;
  PrinterDoor& operator=(const PrinterDoor&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] TillLine accept() const {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, 10'000) <= 0) throw std::runtime_error{"nobody came"};
    return TillLine{::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)};
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
  std::uint16_t port_{};
};

}  // namespace millpond::tests
