// SPDX-License-Identifier: Apache-2.0
// Both ends of the local protocol. The server admits the service's own user, root, and a configured group's members
// (SO_PEERCRED); its socket is 0600, or 0660 with a group. Not encrypted: it never leaves the machine.
#pragma once

#include "kiosk/link/messages.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

namespace millpond::link {

using ConnectionId = std::uint64_t;

struct ServerOptions {
  std::filesystem::path path;
  std::optional<std::uint32_t> group{};  // gid whose members may connect
};

// Called on the server's thread, one at a time; must not block.
struct ServerEvents {
  std::function<void(ConnectionId, Message)> on_message;
  std::function<void(ConnectionId)> on_closed;
};

class Server {
 public:
  // Errors: already_running (a live service answers on the path), permission_denied, file_unwritable.
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> start(ServerOptions options, ServerEvents events);
  virtual ~Server() = default;  // closes every connection and removes the socket
  // Queues a message; any thread; never blocks. A slow reader keeps only the newest Show; past 64 other messages the
  // connection is closed. An Answer above frame_bytes_max goes out as a Failure with too_large.
  virtual void send(ConnectionId connection, const Message& message) = 0;
  // Sends of what is queued as much as fits at once, then closes; on_closed follows. Any thread.
  virtual void close(ConnectionId connection) = 0;
};

class Client {
 public:
  // Error: not_running when nobody listens, permission_denied.
  [[nodiscard]] static base::Result<std::unique_ptr<Client>> connect(const std::filesystem::path& path);
  virtual ~Client() = default;
  // Error: not_running when the link is lost. Blocks while the socket's buffer is full, at most 2 s. Any thread.
  [[nodiscard]] virtual base::Result<> send(const Message& message) = 0;
  // The next message, nothing after timeout_ms. Error: not_running when the link is lost. One reading thread.
  [[nodiscard]] virtual base::Result<std::optional<Message>> receive(std::int64_t timeout_ms) = 0;
  // For poll(): readable when bytes have arrived. Messages that are already here do not show: receive(0) until nothing.
  [[nodiscard]] virtual int fd() const = 0;
  // Ask and wait for its Answer; a Failure comes back as its error. Errors also: timeout. Not while another thread
  // receives; other messages that arrive meanwhile are dropped.
  [[nodiscard]] base::Result<std::string> ask(const std::string& method, const std::string& params_json,
                                              std::int64_t timeout_ms = 10'000);

 private:
  std::uint64_t asked_ = 0;  // ids of questions; 0 is a Failure that answers no question
};

}  // namespace millpond::link
