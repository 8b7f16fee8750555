// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 in: bounded, one handler for every request, on a TCP address or a unix socket. Not a router and not a
// framework: the handler looks at method and path itself. TLS 1.3 with a certificate, nothing older; without one
// plain HTTP, which is refused on anything but loopback and unix sockets.
//
// Own I/O thread; handlers run on a pool of worker threads and may block (for a disk's sync, for example). When every
// worker is busy and the waiting list is full, the answer is 503 with Retry-After, made without reading the body.
//
// A handler that has nothing to say yet may park a request without a body: no worker is held, and the request comes
// again after wake(), or for the last time when its time has passed. Who closes the connection is forgotten.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millpond::http {

struct Request {
  std::string method{};  // "POST"
  std::string target{};  // path and query as sent: "/v1/down?cursor=1.42"
  std::vector<std::pair<std::string, std::string>> headers{};
  base::Bytes body{};
  std::string peer{};       // "127.0.0.1:51234"; "unix:uid=0" for a unix socket
  std::uint32_t attempt{};  // how often it was parked before; checks that hold once are made at 0 only
  bool last_call{};         // answer now: it will not be parked again

  [[nodiscard]] std::string_view path() const;                         // target without the query
  [[nodiscard]] std::string query(std::string_view name) const;        // decoded value, empty when absent
  [[nodiscard]] std::string_view header(std::string_view name) const;  // case-insensitive, empty when absent
};

struct Response {
  int status{200};
  std::string content_type{"application/json"};
  base::Bytes body{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::int64_t park_ms{};  // above 0: no answer, park the request for this long in all; the rest is ignored
};

[[nodiscard]] Response json_response(int status, std::string_view json);

// The body of an answer that is given without asking the handler. Any thread, several at once; must not block. The
// server sets the status, and Retry-After where there is one. request: what was read of it, maybe nothing.
using Refuser = std::function<Response(base::Code code, std::string_view detail, const Request& request)>;

struct ServerOptions {
  std::string address{"127.0.0.1"};         // TCP; ignored when unix_path is set
  std::uint16_t port{};                     // 0: any free one, see Server::port()
  std::filesystem::path unix_path{};        // 0600; a stale socket file is replaced, a live one is port_taken
  std::filesystem::path certificate{};      // PEM, with its chain; TLS when set
  std::filesystem::path key{};              // PEM, of the certificate
  std::size_t body_bytes_max{256U << 10};   // 413 above, decided on Content-Length
  std::size_t bodies_bytes_max{64U << 20};  // of all requests at once; 503 above, decided before reading
  std::size_t header_bytes_max{16U << 10};
  std::uint32_t workers{4};
  std::uint32_t waiting_max{256};  // requests that wait for a worker
  std::uint32_t connections_max{2'000};
  std::uint32_t parked_max{1'000};  // one more gets its last call at once
  // For a whole request, and for a whole answer. Over TCP both get more while bytes move, in each such time some, up to
  // slow_timeout_ms: a shop's line may carry 100 bytes a second. Whoever stands still, and more than slow_max of them
  // at once, are answered 408 and cut.
  std::int64_t read_timeout_ms{15'000};
  std::int64_t slow_timeout_ms{600'000};
  std::uint32_t slow_max{100};
  std::int64_t idle_timeout_ms{60'000};
  Refuser refuse{};  // unset: {"code", "detail"}
};

using Handler = std::function<Response(const Request&)>;  // called on worker threads, several at once

class Server {
 public:
  // Listens and starts serving. Errors: port_taken, permission_denied, address_not_allowed (plain HTTP off loopback),
  // file_unwritable (no such folder for the unix socket), file_unreadable and key_unusable (certificate and key).
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  virtual ~Server() = default;  // stops accepting, lets running handlers finish, closes
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  // Asks parked requests again. Any thread; cheap, coalesced. What changed before the call is what they see.
  virtual void wake() = 0;
  // Reads certificate and key again, for connections from now on; those that are open go on as they are. After an error
  // the old ones stay. Any thread. Errors: file_unreadable, permission_denied, key_unusable (also while only one of the
  // two files was replaced), unsupported (a server without TLS).
  [[nodiscard]] virtual base::Result<> reload_certificate() = 0;
};

}  // namespace millpond::http
