// SPDX-License-Identifier: Apache-2.0
// Progress of a TCP connection as the kernel counts it. A TLS record of 16 KiB is handed on only when all of it is
// there, so that what the program has read says nothing about a line of 100 bytes a second. Inside `http` only.
#pragma once

#include <cstdint>

namespace millpond::http {

// Bytes that came in order and bytes that the peer has acknowledged, since the connection began; 0 for another socket.
[[nodiscard]] std::uint64_t bytes_moved(int socket);

}  // namespace millpond::http
