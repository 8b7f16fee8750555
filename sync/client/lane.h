// SPDX-License-Identifier: Apache-2.0
// Lane: a thread with an HttpClient of its own that carries one request at a time, so that a question which the hub
// holds for a minute never delays an upload. Not a queue: the engine keeps one request under way on each lane.
// send() and stop() from the owner's thread; the answer is handed over on the lane's thread.
#pragma once

#include "sync/client/executor.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace millpond::client {

struct Answered {
  Outgoing outgoing;
  base::Result<net::HttpAnswer> answer;
};

class Lane {
 public:
  // answered: must not block. cancelled: set by the owner to give up the request under way; outlives the lane.
  Lane(std::unique_ptr<net::HttpClient> http, const std::atomic<bool>& cancelled,
       std::function<void(Answered)> answered);
  ~Lane();  // stops
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  void start();                  // once
  void send(Outgoing outgoing);  // the one before it has been answered
  void stop();                   // after `cancelled` was set; waits for the request under way; safe to repeat

 private:
  void run();
  [[nodiscard]] base::Result<net::HttpAnswer> carry(Outgoing& outgoing);

  const std::unique_ptr<net::HttpClient> http_;
  const std::atomic<bool>& cancelled_;
  const std::function<void(Answered)> answered_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Outgoing> next_;  // guarded by mutex_
  bool stopping_{};               // guarded by mutex_
  std::thread thread_;
};

}  // namespace millpond::client
