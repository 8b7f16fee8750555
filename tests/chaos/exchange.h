// SPDX-License-Identifier: Apache-2.0
// Socket and read_message: just enough of TCP and HTTP/1.1 to tell where a request or an answer ends, so that a proxy
// can lose, cut, repeat or hold whole ones. Not an HTTP library: bytes are passed on as they came. One thread a socket.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace millpond::chaos {

// Asked about twenty times a second while waiting: false ends the wait.
using GoOn = std::function<bool()>;

class Socket {
 public:
  explicit Socket(int fd = -1);  // takes it over
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  // To 127.0.0.1; not open when nobody listens.
  [[nodiscard]] static Socket connect(std::uint16_t port);

  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  // False when the peer has gone or has not read for five seconds.
  [[nodiscard]] bool send(std::string_view bytes);
  // Appends what has come; false at the end, after an error, or when go_on says no.
  [[nodiscard]] bool receive(std::string& into, const GoOn& go_on);
  void close();
  void reset();  // with RST, so that what the peer has not read yet is lost

 private:
  int fd_;
};

enum class Kind : std::uint8_t { request, answer };

// One whole message with head and body; what follows it stays in `buffer`. An answer to come without length or chunks
// ends with the connection. "100 Continue" is given to whoever expects it, and answers of that kind are dropped.
// Nothing when the connection ends first; `buffer` then holds what came.
[[nodiscard]] std::optional<std::string> read_message(Socket& from, std::string& buffer, Kind kind, const GoOn& go_on);

// "POST /v1/up": method and path without the query.
[[nodiscard]] std::string door_of(std::string_view request);

}  // namespace millpond::chaos
