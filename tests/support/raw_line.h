// SPDX-License-Identifier: Apache-2.0
// RawLine: a plain socket towards a server under test, for sending what no well-behaved client sends.
#pragma once

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <filesystem>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace millpond::tests {

class RawLine {
 public:
  explicit RawLine(std::uint16_t port) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  explicit RawLine(const std::filesystem::path& path) : fd_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawLine() { ::close(fd_); }
  RawLine(const RawLine&) = delete;
  RawLine& operator=(const RawLine&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int descriptor() const { return fd_; }  // for poll(); stays this line's
  // False when the peer has closed.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish_sending() { ::shutdown(fd_, SHUT_WR); }
  // Everything until the peer closes.
  std::string read_all() {
    std::string text;
    std::array<char, 4096> piece{};
    for (;;) {
      const auto got = ::recv(fd_, piece.data(), piece.size(), 0);
      if (got <= 0) return text;
      text.append(piece.data(), static_cast<std::size_t>(got));
    }
  }
  // Until `mark` was seen or the peer closes.
  std::string read_until(std::string_view mark) {
    std::string text;
    char c = 0;
    while (text.find(mark) == std::string::npos && ::recv(fd_, &c, 1, 0) == 1) text += c;
    return text;
  }

 private:
  int fd_;
  bool connected_ = false;
};

}  // namespace millpond::tests
