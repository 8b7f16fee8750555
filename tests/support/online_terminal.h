// SPDX-License-Identifier: Apache-2.0
// OnlineHub and OnlineTerminal: the hub's server and the terminal's runner with journal and replica in one process,
// over TLS on loopback, provisioned by the real exchange. Everything that fails here ends the program: tests and
// benchmarks measure what comes after it.
#pragma once

#include "sync/client/runner.h"
#include "sync/hub/server/serve.h"
#include "sync/store/journal_thread.h"
#include "sync/wire/provisioning.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_files.h"

#include <atomic>
#include <memory>

namespace millpond::tests {

struct OnlineHubOptions {
  std::uint32_t poll_ms{3'600'000};  // the interval it grants; by default none that a test would live to see
  std::uint32_t poll_slots{};        // so many questions it holds until there is news
};

class OnlineHub {
 public:
  explicit OnlineHub(const OnlineHubOptions& options);
  [[nodiscard]] net::ClientOptions line() const;
  [[nodiscard]] const hub::HubFolder& folder() const { return folder_; }

 private:
  TempDir dir_;
  hub::HubFolder folder_;
  TlsFiles tls_;
  std::unique_ptr<hub::RunningHub> running_;
};

// Its first question is on its way when the constructor returns. The hub outlives it.
class OnlineTerminal {
 public:
  explicit OnlineTerminal(const OnlineHub& hub);
  ~OnlineTerminal();  // stops the runner
  OnlineTerminal(const OnlineTerminal&) = delete;
  OnlineTerminal& operator=(const OnlineTerminal&) = delete;

  // Durable, and on its way to the hub.
  void enrol_with_points(base::MemberId member, std::int64_t points);
  // By what the hub sent; 0 for a member it knows nothing of.
  [[nodiscard]] std::int64_t points_of(base::MemberId member) const;
  // The hub holds a question of this terminal now, or the question is on its way there.
  [[nodiscard]] bool held() const { return held_; }
  [[nodiscard]] client::SyncStatus status() const { return runner_->status(); }

 private:
  TempDir dir_;
  std::atomic<bool> held_{};
  std::unique_ptr<store::JournalThread> journal_;
  std::unique_ptr<store::Replica> replica_;
  store::HubTime time_{base::system_clock(), "boot", {}};
  std::unique_ptr<client::Runner> runner_;
};

}  // namespace millpond::tests
