// SPDX-License-Identifier: Apache-2.0
// JournalThread: the one owner of a Journal, on a thread of its own. Waiting actions share a commit (group commit), so
// twenty tills cost hardly more syncs than one. What waits is taken as a whole after the running commit: functions
// first, which are short, and then all actions as one group, so that an action waits for two commits at most. Bounded
// queue; when it is full new work is refused with `overloaded`.
#pragma once

#include "sync/store/journal.h"

#include <functional>
#include <memory>

namespace millpond::store {

class JournalThread {
 public:
  static constexpr std::size_t queue_max = 4096;  // actions; a till times out long before
  static constexpr std::size_t group_max = 256;   // bounds the time a reader waits behind a group

  explicit JournalThread(std::unique_ptr<Journal> journal);
  ~JournalThread();  // finishes what is queued, then closes the journal
  JournalThread(const JournalThread&) = delete;
  JournalThread& operator=(const JournalThread&) = delete;

  // Runs an action within the next group and returns after its commit. Any thread but the journal's own. Errors: the
  // action's own, commit_unknown, overloaded, cancelled while closing.
  [[nodiscard]] base::Result<> commit(Action action);

  // Runs a function on the journal's thread between groups and returns after it. Any thread but the journal's own.
  // Error: overloaded, cancelled; the function reports its own result through what it captures.
  [[nodiscard]] base::Result<> with(std::function<void(Journal&)> function);

  // What codes are verified by, without waiting for anything. Any thread, the journal's own too.
  [[nodiscard]] std::shared_ptr<const Published> published() const;

  // How much was asked of it since it began: the cost of a use case in turns of the journal. Any thread.
  struct Asked {
    std::uint64_t actions{};
    std::uint64_t functions{};
    friend bool operator==(const Asked&, const Asked&) = default;
  };
  [[nodiscard]] Asked asked() const;

  // Writes a whole copy of the journal to a new file, 64 pages at a time between groups, and returns when it is on the
  // disk. Commits go on meanwhile. Any thread but the journal's own. Errors: of Journal::begin_copy and step_copy.
  [[nodiscard]] base::Result<> copy_to(const std::filesystem::path& target);

  // Called on the journal's thread after each group that committed facts, with the new live head; must not block.
  void on_committed(std::function<void(base::Seq)> listener);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millpond::store
