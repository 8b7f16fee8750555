// SPDX-License-Identifier: Apache-2.0
// Rounds: a thread that does one thing again and again: after each pause, and whenever it is woken. What the hub's
// keepers share.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace millpond::hub {

class Rounds {
 public:
  struct Options {
    std::int64_t pause_ms{};
    bool at_once{true};  // the first round; else after a pause
    int nice_step{};     // 0 to 19: how far it lets others have the processor first
  };

  // work: called on the thread; woken: by wake(), or at once. It must not outlive what it names: an owner has its
  // Rounds as the last member.
  Rounds(Options options, std::function<void(bool woken)> work);
  ~Rounds();  // ends after the round under way
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;

  void wake();  // a round now, or one more behind that under way; any thread, never blocks

 private:
  void run();

  const Options options_;
  const std::function<void(bool)> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_{};  // guarded by mutex_
  bool woken_;       // guarded by mutex_
  std::thread thread_;
};

}  // namespace millpond::hub
