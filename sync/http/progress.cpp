// SPDX-License-Identifier: Apache-2.0
// Apart, because the kernel's header of these counters and the C library's <netinet/tcp.h> name the same things.
#include "sync/http/progress.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace millpond::http {

std::uint64_t bytes_moved(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_received + info.tcpi_bytes_acked;  // 0 where an older kernel ends before them
}

}  // namespace millpond::http
