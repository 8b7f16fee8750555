// SPDX-License-Identifier: Apache-2.0
// Runner: the thread that keeps a terminal and its hub in step. It feeds the engine, carries out its actions through
// Executor and two lanes, one for uploads and one for questions, and tells the service how things stand. Idle, it wakes
// for polls only; a committed fact wakes it at once. It decides nothing itself, and nothing waits for it: selling goes
// on whatever the line does.
// All methods from any thread but the runner's own. Nothing is durable here.
#pragma once

#include "sync/client/bulk_hours.h"
#include "sync/client/executor.h"
#include "sync/engine/engine.h"

#include <functional>
#include <memory>

namespace millpond::store {
class JournalThread;
}

namespace millpond::client {

struct SyncStatus {
  engine::Line line{engine::Line::unknown};
  std::string reason;              // base::code_name while offline or stopped
  std::string notice;              // base::code_name of what somebody must look at although the line works
  std::uint64_t queued{};          // facts that the hub has not acknowledged
  std::int64_t oldest_ms{};        // wall; when the oldest of them happened; 0: none
  std::int64_t last_contact_ms{};  // wall; 0: not since the start
  std::int64_t as_of_ms{};         // hub time of what this terminal knows about members; 0: nothing yet
  friend bool operator==(const SyncStatus&, const SyncStatus&) = default;
};

// Called on the runner's thread; must not block and must not call the runner's stop().
struct Listener {
  std::function<void(const SyncStatus&)> status;              // after a change
  std::function<void(std::uint32_t version)> offers_changed;  // a newer programme is in the journal
};

// A connection for each direction: whatever one of them waits for, the other one is free.
struct Lines {
  std::unique_ptr<net::HttpClient> up;
  std::unique_ptr<net::HttpClient> down;
};

struct RunnerOptions {
  engine::Limits limits{};
  BulkHours bulk_hours{};  // the whole day
  Errands* errands{};      // borrowed, outlives the runner; none: certificate and address stay as they are
  std::function<std::int64_t()> personal_kept_ms{};  // Executor::set_personal_kept(); on the runner's thread
};

class Runner {
 public:
  // Everything passed by reference outlives the runner. random: nonces and the jitter of pauses.
  Runner(Credentials credentials, Lines lines, store::JournalThread& journal, store::Replica& replica,
         store::HubTime& time, const base::Clock& clock, base::Rng& random, Listener listener,
         RunnerOptions options = {});
  ~Runner();  // stops
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  void start();  // once
  // Gives up requests under way and the check of a snapshot; returns within about a second. Safe to repeat.
  void stop();

  void poke();            // asks the hub for fresh data now
  void outbox_changed();  // facts were committed; cheap, coalesced; made for JournalThread::on_committed
  void resume();          // asks a hub that refused again now, not when the engine would

  [[nodiscard]] SyncStatus status() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millpond::client
