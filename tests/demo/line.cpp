// SPDX-License-Identifier: Apache-2.0
#include "tests/demo/line.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace millpond::demo {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// One direction's bytes; false when that side is done.
bool pump(int from, int to) {
  char buffer[65536];
  const auto got = ::recv(from, buffer, sizeof buffer, 0);
  for (ssize_t sent = 0; sent < got;) {
    const auto now = ::send(to, buffer + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
    if (now <= 0) return false;
    sent += now;
  }
  return got > 0;
}

}  // namespace

Line::Line(std::uint16_t hub_port) : hub_port_{hub_port} {
  listen_again();
  acceptor_ = std::thread{[this] { accept_loop(); }};
}

Line::~Line() {
  stopping_ = true;
  cut();
  acceptor_.join();
  for (auto& forward : forwards_) forward.join();
}

void Line::listen_again() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  auto address = loopback(port_);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 64) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    ::close(listener);
    throw std::runtime_error{"the demo's line cannot listen on 127.0.0.1"};
  }
  port_ = ntohs(address.sin_port);
  listener_ = listener;
}

void Line::cut() {
  const int listener = listener_.exchange(-1);
  if (listener >= 0) {
    ::shutdown(listener, SHUT_RDWR);
    ::close(listener);
  }
  const std::lock_guard lock{mutex_};
  for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
}

void Line::restore() {
  if (listener_ < 0) listen_again();
}

void Line::accept_loop() {
  while (!stopping_) {
    const int listener = listener_;
    pollfd waiting{listener, POLLIN, 0};
    if (listener < 0) {
      ::poll(nullptr, 0, 20);
      continue;
    }
    if (::poll(&waiting, 1, 50) <= 0 || (waiting.revents & POLLIN) == 0) continue;
    const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    ++connections_;
    const std::lock_guard lock{mutex_};
    open_.insert(socket);
    forwards_.emplace_back([this, socket] { forward(socket); });
  }
}

void Line::forward(int from_terminal) {
  const int to_hub = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(hub_port_);
  if (::connect(to_hub, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    pollfd ends[2]{{from_terminal, POLLIN, 0}, {to_hub, POLLIN, 0}};
    bool both = true;
    while (both && ::poll(ends, 2, -1) > 0) {
      if (ends[0].revents != 0) both = pump(from_terminal, to_hub);
      if (both && ends[1].revents != 0) both = pump(to_hub, from_terminal);
    }
  }
  const std::lock_guard lock{mutex_};
  open_.erase(from_terminal);
  ::close(from_terminal);
  ::close(to_hub);
}

}  // namespace millpond::demo
