// SPDX-License-Identifier: Apache-2.0
// PersonalRetention: how long personal data stays on this machine, and what goes when that is over. Without the hub
// everything personal goes after the country's days, 30 at the most: the replica's, and in the journal what belongs to
// acknowledged facts and every look-up hash. With the hub what stands beside a fact goes 30 days after the hub had it,
// in the hub's time. What the hub says of one member (documents.h has the other rows) is Executor's.
// One thread at a time, which may be any; blocks for the journal's and the replica's transactions. Durable by itself.
#pragma once

#include "sync/store/hub_time.h"
#include "sync/store/replica.h"
#include "sync/store/silence.h"

#include <functional>

namespace millpond::client {

class PersonalRetention {
 public:
  static constexpr std::int64_t kept_max_ms = store::Silence::personal_kept_ms;
  static constexpr std::int64_t look_every_ms = 3'600'000;

  // Runs a function on the journal's thread and returns its result.
  using AskJournal = std::function<base::Result<>(const std::function<base::Result<>(store::Journal&)>&)>;

  // Borrowed, outlive this.
  PersonalRetention(const base::Clock& clock, const store::HubTime& time, store::Replica& replica)
      : clock_{clock}, time_{time}, replica_{replica}, silence_{clock} {}

  // How long without the hub; asked when it matters, kept_max_ms without it and never longer. Must not block.
  void set_kept(std::function<std::int64_t()> kept_ms) { kept_ms_ = std::move(kept_ms); }

  // Everything that the hub had to say was taken in; its time then. What was on its way before does not count: a page
  // with more behind it may be followed by the one that takes a member back.
  void caught_up(std::int64_t hub_wall_ms);

  // Forgets what is overdue. Cheap, and asks nobody, unless an hour has passed or the days without the hub have just
  // ended; before the first page of a start it looks at once. Errors: the stores' own; what was not done is tried by
  // the next call.
  [[nodiscard]] base::Result<> tend(const AskJournal& ask_journal);

 private:
  [[nodiscard]] bool overdue() const;
  [[nodiscard]] base::Result<> look(const AskJournal& ask_journal);

  const base::Clock& clock_;
  const store::HubTime& time_;
  store::Replica& replica_;
  store::Silence silence_;
  std::function<std::int64_t()> kept_ms_;
  bool purged_{};                  // the replica, since the hub was heard last
  std::int64_t looked_word_ms_{};  // the hub's time at the last look
  std::int64_t next_look_ms_{};    // monotonic
};

}  // namespace millpond::client
