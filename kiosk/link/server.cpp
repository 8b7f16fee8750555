// SPDX-License-Identifier: Apache-2.0
#include "kiosk/link/frame.h"
#include "kiosk/link/link.h"
#include "kiosk/link/socket.h"

#include <array>
#include <cerrno>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millpond::link {
namespace {

constexpr std::size_t connections_max = 32;
constexpr std::size_t queued_messages_max = 64;
constexpr std::size_t incoming_bytes_max = 1U << 20;  // screens and the command line send little; Shows go out
constexpr std::size_t read_bytes = 64U << 10;

struct Outgoing {
  base::Bytes frame;
  bool is_show{};
};

// What no client would read is not sent: who asked hears that it is too much, and the stream goes on.
base::Bytes frame_of(const Message& message) {
  auto frame = encode(message);
  const auto* answer = std::get_if<Answer>(&message);
  if (answer == nullptr || frame.size() <= frame_bytes_max) return frame;
  return encode(Failure{answer->id,
                        {base::Code::too_large, "answer a question", std::to_string(frame.size()) + " bytes",
                         "ask for fewer rows, or for a copy of the journal"}});
}

struct Connection {
  Fd socket;
  FrameReader reader{incoming_bytes_max};
  std::deque<Outgoing> queue;  // guarded by SocketServer::mutex_
  std::size_t sent = 0;        // bytes of the first frame; guarded by the mutex
  bool closing = false;        // the thread is to end it; guarded by the mutex
};

class SocketServer final : public Server {
 public:
  SocketServer(ServerOptions options, ServerEvents events, Listening listening, Fd wake)
      : options_{std::move(options)},
        events_{std::move(events)},
        listening_{std::move(listening)},
        wake_{std::move(wake)} {
    thread_ = std::thread{[this] { run(); }};
  }

  ~SocketServer() override {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    wake();
    thread_.join();
    ::unlink(options_.path.c_str());
  }

  void send(ConnectionId id, const Message& message) override {
    Outgoing outgoing{frame_of(message), std::holds_alternative<Show>(message)};
    {
      const std::lock_guard lock{mutex_};
      const auto found = connections_.find(id);
      if (found == connections_.end() || found->second.closing) return;
      enqueue(found->second, std::move(outgoing));
    }
    wake();
  }

  void close(ConnectionId id) override {
    {
      const std::lock_guard lock{mutex_};
      const auto found = connections_.find(id);
      if (found == connections_.end()) return;
      found->second.closing = true;
    }
    wake();
  }

 private:
  // Overflow rule of a connection's queue: the newest Show replaces one that waits; too many others close it.
  static void enqueue(Connection& connection, Outgoing outgoing) {
    auto& queue = connection.queue;
    if (outgoing.is_show) {
      const std::size_t first_unsent = connection.sent > 0 ? 1 : 0;
      for (std::size_t i = first_unsent; i < queue.size(); ++i) {
        if (!queue[i].is_show) continue;
        queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(i));
        break;
      }
    } else if (queue.size() >= queued_messages_max) {
      connection.closing = true;
      return;
    }
    queue.push_back(std::move(outgoing));
  }

  void wake() const {
    const std::uint64_t one = 1;
    // A full counter already wakes the thread.
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  }

  void run() {
    std::vector<pollfd> waits;
    std::vector<ConnectionId> ids;
    while (prepare(waits, ids)) {
      for (const auto id : take_closing()) {
        flush(id);  // what still fits, such as the reason of the closing
        forget(id);
      }
      ::poll(waits.data(), waits.size(), -1);
      if (waits[0].revents != 0) drain_wake();
      if (waits[1].revents != 0) accept_one();
      for (std::size_t i = 0; i < ids.size(); ++i) serve(ids[i], waits[i + 2].revents);
    }
  }

  // What to wait for; false when the server stops.
  bool prepare(std::vector<pollfd>& waits, std::vector<ConnectionId>& ids) {
    const std::lock_guard lock{mutex_};
    if (stopping_) return false;
    waits.assign({{wake_.get(), POLLIN, 0}, {listening_.socket.get(), POLLIN, 0}});
    ids.clear();
    for (const auto& [id, connection] : connections_) {
      if (connection.closing) continue;
      const auto events = connection.queue.empty() ? POLLIN : POLLIN | POLLOUT;
      waits.push_back({connection.socket.get(), static_cast<short>(events), 0});
      ids.push_back(id);
    }
    return true;
  }

  std::vector<ConnectionId> take_closing() {
    const std::lock_guard lock{mutex_};
    std::vector<ConnectionId> closing;
    for (const auto& [id, connection] : connections_) {
      if (connection.closing) closing.push_back(id);
    }
    return closing;
  }

  void drain_wake() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
  }

  void accept_one() {
    Fd socket{::accept4(listening_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!socket || !is_admitted(socket.get(), options_.group)) return;
    const std::lock_guard lock{mutex_};
    if (connections_.size() >= connections_max) return;
    connections_[next_id_++].socket = std::move(socket);
  }

  void serve(ConnectionId id, short happened) {
    bool alive = (happened & (POLLERR | POLLNVAL)) == 0;
    if (alive && (happened & (POLLIN | POLLHUP)) != 0) alive = receive(id);
    if (alive && (happened & POLLOUT) != 0) alive = flush(id);
    if (!alive) forget(id);
  }

  // Entries of the map stay where they are, and only this thread erases them.
  Connection& connection(ConnectionId id) {
    const std::lock_guard lock{mutex_};
    return connections_.at(id);
  }

  bool receive(ConnectionId id) {
    auto& from = connection(id);
    std::array<std::uint8_t, read_bytes> piece{};
    const auto got = ::recv(from.socket.get(), piece.data(), piece.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    from.reader.add({piece.data(), static_cast<std::size_t>(got)});
    while (true) {
      const auto body = from.reader.next();
      if (!body) return false;
      if (!*body) return true;
      if (!dispatch(id, **body)) return false;
    }
  }

  bool dispatch(ConnectionId id, base::ByteView body) {
    auto message = decode(body);
    if (message) {
      events_.on_message(id, std::move(*message));
      return true;
    }
    // A newer peer may say what we do not know; anything else means that the stream cannot be trusted.
    if (message.error().code != base::Code::protocol_mismatch) return false;
    send(id, Failure{0, message.error()});
    return true;
  }

  bool flush(ConnectionId id) {
    const std::lock_guard lock{mutex_};
    auto& to = connections_.at(id);
    while (!to.queue.empty()) {
      const auto& frame = to.queue.front().frame;
      const auto sent = ::send(to.socket.get(), frame.data() + to.sent, frame.size() - to.sent, MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN || errno == EINTR;
      to.sent += static_cast<std::size_t>(sent);
      if (to.sent < frame.size()) return true;
      to.queue.pop_front();
      to.sent = 0;
    }
    return true;
  }

  void forget(ConnectionId id) {
    {
      const std::lock_guard lock{mutex_};
      connections_.erase(id);
    }
    events_.on_closed(id);
  }

  const ServerOptions options_;
  const ServerEvents events_;
  const Listening listening_;
  const Fd wake_;
  std::mutex mutex_;
  std::map<ConnectionId, Connection> connections_;  // guarded by mutex_; erased by the thread only
  ConnectionId next_id_ = 1;                        // the thread's
  bool stopping_ = false;                           // guarded by mutex_
  std::thread thread_;
};

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(ServerOptions options, ServerEvents events) {
  MILLPOND_TRY(auto listening, listen_unix(options.path, options.group));
  Fd wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!wake) return errno_error("open eventfd", options.path);
  return std::unique_ptr<Server>{
      std::make_unique<SocketServer>(std::move(options), std::move(events), std::move(listening), std::move(wake))};
}

}  // namespace millpond::link
