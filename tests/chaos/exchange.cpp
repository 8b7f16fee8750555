// SPDX-License-Identifier: Apache-2.0
#include "tests/chaos/exchange.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace millpond::chaos {
namespace {

constexpr int look_ms = 50;
constexpr std::string_view head_end = "\r\n\r\n";

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// A header's value in a head that is in lower case; empty when absent.
std::string_view header(std::string_view head, const std::string& name) {
  const auto at = head.find("\r\n" + name + ":");
  if (at == std::string_view::npos) return {};
  auto value = head.substr(at + name.size() + 3);
  value = value.substr(0, value.find("\r\n"));
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  return value;
}

std::size_t number(std::string_view text, int base) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

// Where a chunked body that begins at `from` ends; nothing when that has not come yet.
std::optional<std::size_t> chunks_end(std::string_view bytes, std::size_t from) {
  for (;;) {
    const auto line = bytes.find("\r\n", from);
    if (line == std::string_view::npos) return std::nullopt;
    const auto size = number(bytes.substr(from, line - from), 16);
    from = line + 2 + size + 2;
    if (from > bytes.size()) return std::nullopt;
    if (size == 0) return from;
  }
}

bool has_no_body(std::string_view head) {
  const auto status = head.substr(head.find(' ') + 1, 3);
  return status.starts_with('1') || status == "204" || status == "304";
}

// The head in lower case; it stays in the buffer, with the body behind it.
std::optional<std::string> read_head(Socket& from, std::string& buffer, Kind kind, const GoOn& go_on) {
  for (;;) {
    const auto end = buffer.find(head_end);
    if (end == std::string::npos) {
      if (!from.receive(buffer, go_on)) return std::nullopt;
      continue;
    }
    const auto size = end + head_end.size();
    auto head = lower(std::string_view{buffer}.substr(0, size));
    if (kind == Kind::request || head.substr(head.find(' ') + 1, 3) != "100") return head;
    buffer.erase(0, size);
  }
}

}  // namespace

Socket::Socket(int fd) : fd_{fd} {
  if (fd_ < 0) return;
  const int yes = 1;
  const timeval patience{5, 0};
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

Socket::~Socket() { close(); }
Socket::Socket(Socket&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
Socket& Socket::operator=(Socket&& other) noexcept {
  close();
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

Socket Socket::connect(std::uint16_t port) {
  Socket made{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::connect(made.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) made.close();
  return made;
}

bool Socket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Socket::receive(std::string& into, const GoOn& go_on) {
  pollfd waiting{fd_, POLLIN, 0};
  while (::poll(&waiting, 1, look_ms) == 0) {
    if (!go_on()) return false;
  }
  char bytes[65536];
  const auto got = ::recv(fd_, bytes, sizeof bytes, 0);
  if (got > 0) into.append(bytes, static_cast<std::size_t>(got));
  return got > 0;
}

void Socket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Socket::reset() {
  const linger at_once{1, 0};
  if (fd_ >= 0) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

std::optional<std::string> read_message(Socket& from, std::string& buffer, Kind kind, const GoOn& go_on) {
  const auto head = read_head(from, buffer, kind, go_on);
  if (!head) return std::nullopt;
  if (header(*head, "expect") == "100-continue" && buffer.size() == head->size()) {
    if (!from.send("HTTP/1.1 100 Continue\r\n\r\n")) return std::nullopt;
  }
  const auto length = header(*head, "content-length");
  const bool chunked = header(*head, "transfer-encoding").find("chunked") != std::string_view::npos;
  const bool bare = kind == Kind::request ? length.empty() && !chunked : has_no_body(*head);
  if (!bare && length.empty() && !chunked) {
    while (from.receive(buffer, go_on)) {}
    return std::exchange(buffer, {});
  }
  const auto whole = [&]() -> std::optional<std::size_t> {
    if (bare) return head->size();
    return chunked ? chunks_end(buffer, head->size()) : std::optional{head->size() + number(length, 10)};
  };
  auto end = whole();
  while (!end || *end > buffer.size()) {
    if (!from.receive(buffer, go_on)) return std::nullopt;
    end = whole();
  }
  auto message = buffer.substr(0, *end);
  buffer.erase(0, *end);
  return message;
}

std::string door_of(std::string_view request) {
  const auto line = request.substr(0, request.find("\r\n"));
  const auto target = line.find(' ');
  return std::string{line.substr(0, line.find_first_of(" ?", target + 1))};
}

}  // namespace millpond::chaos
