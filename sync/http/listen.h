// SPDX-License-Identifier: Apache-2.0
// Listening sockets of `http`, by plain system calls, so that every errno becomes a code of ours and a unix socket is
// private from the moment it exists. Private to this room. Non-blocking descriptors; the caller closes them.
#pragma once

#include "sync/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace millpond::http {

struct Listener {
  int fd{-1};
  int family{};
  std::uint16_t port{};  // 0 for a unix socket
};

// A numeric address or "localhost"; for plain HTTP loopback only. Errors: address_not_allowed, port_taken,
// permission_denied.
enum class Traffic : std::uint8_t { plain, tls };
[[nodiscard]] base::Result<Listener> listen_tcp(const std::string& address, std::uint16_t port, Traffic traffic);

// Creates the socket file with mode 0600. A file that nobody answers on is replaced. Errors: port_taken (a live server,
// or a file that is no socket), permission_denied, address_not_allowed (path too long), file_unwritable.
[[nodiscard]] base::Result<Listener> listen_unix(const std::filesystem::path& path);

// "127.0.0.1:51234", "[::1]:51234" or "unix:uid=1000" of an accepted connection.
[[nodiscard]] std::string peer_name(int fd);

}  // namespace millpond::http
