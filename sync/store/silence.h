// SPDX-License-Identifier: Apache-2.0
// Silence: how long the hub has not been heard, over restarts of program and machine. Personal data goes by it. Two
// measures, and the longer one counts, because forgetting too early only costs fetching again: how far the machine's
// clock is past the hub's last word, and how long this machine has been running since, which no clock can hide. Not
// what time it is (hub_time.h). Durable by save(), as journal document "silence". One thread.
#pragma once

#include "sync/base/clock.h"
#include "sync/store/journal.h"

namespace millpond::store {

class Silence {
 public:
  static constexpr std::int64_t personal_kept_ms = 30LL * 86'400'000;
  static constexpr std::int64_t save_every_ms = 3'600'000;

  explicit Silence(const base::Clock& clock) : clock_{&clock}, since_ms_{clock.monotonic_ms()} {}

  // What an earlier run has saved; one that cannot be read counts as none. Errors: the journal's own.
  [[nodiscard]] base::Result<> load(Journal& journal);
  [[nodiscard]] bool loaded() const { return loaded_; }
  // The hub's time in a signed answer.
  void heard(std::int64_t hub_wall_ms);
  [[nodiscard]] std::int64_t silent_ms() const;

  // Whether an hour has passed, or the hub was heard for the first time in this run.
  [[nodiscard]] bool save_is_due() const;
  // One commit. Errors: the journal's own; it stays due then.
  [[nodiscard]] base::Result<> save(Journal& journal);

 private:
  [[nodiscard]] std::int64_t ran_ms() const { return ran_before_ms_ + clock_->monotonic_ms() - since_ms_; }

  const base::Clock* clock_;
  std::int64_t since_ms_;         // monotonic: the start of this run, or the last word in it
  std::int64_t word_ms_{};        // hub wall of the last word; 0: never heard
  std::int64_t ran_before_ms_{};  // earlier runs since the last word
  std::int64_t saved_at_ms_{};    // monotonic
  std::uint64_t version_{};       // of the saved document
  bool loaded_{};
  bool news_{};  // a word since the last save
};

}  // namespace millpond::store
