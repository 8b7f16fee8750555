// SPDX-License-Identifier: Apache-2.0
// Connection: reads a request, hands it to a worker, writes the answer, and again; or waits with a request that its
// handler parked. Private to this room. Runs on the I/O thread but for handle(), which a worker calls.
#pragma once

#include "sync/base/queue.h"
#include "sync/http/server.h"
#include "sync/http/stream.h"
#include "sync/http/turns.h"

#include <atomic>
#include <deque>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace millpond::http {

class Connection;

// What connections share. Everything but `jobs`, `handler` and `wakes` belongs to the I/O thread.
struct Shared {
  Shared(boost::asio::io_context& runs_on, ServerOptions chosen, Handler called);

  // Asks parked requests again, as many as leave room for new ones; the others as workers come free.
  void ask_due();
  void wake_all();

  boost::asio::io_context& io;
  ServerOptions options;
  Handler handler;
  base::Queue<std::shared_ptr<Connection>> jobs;
  Turns turns;
  std::unordered_set<Connection*> connections;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> parked;  // nothing else may hold one of them
  std::deque<std::weak_ptr<Connection>> due;                            // of the parked ones
  std::atomic<std::uint64_t> wakes{};
  std::size_t requests{};    // admitted: waiting for their body, a worker, or their answer to leave
  std::size_t body_bytes{};  // promised to admitted requests
  std::uint32_t slow{};      // connections that were given more time
  bool stopping{};
};

class Connection {
 public:
  virtual ~Connection() = default;
  virtual void start() = 0;
  // The server stops: nothing more is read, an answer on its way still leaves, a parked request is told.
  virtual void stop() = 0;
  // Of a parked request.
  virtual void ask_again() = 0;
  [[nodiscard]] virtual std::weak_ptr<Connection> weak() = 0;
  // Gives its reference away with the answer, so that a connection always ends on the I/O thread.
  virtual void handle(std::shared_ptr<Connection> self) = 0;
};

[[nodiscard]] std::shared_ptr<Connection> make_connection(Shared& shared, std::unique_ptr<Stream> stream);

}  // namespace millpond::http
