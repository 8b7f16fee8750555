// SPDX-License-Identifier: Apache-2.0
#include "sync/store/journal_thread.h"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

namespace millpond::store {
namespace {

struct Work {
  Action action;  // one of the two
  std::function<void(Journal&)> function;
  std::promise<base::Result<>> done;
};

}  // namespace

struct JournalThread::State {
  std::unique_ptr<Journal> journal;  // used on the thread only
  std::mutex mutex;
  std::condition_variable ready;
  std::deque<Work> waiting;                 // guarded by mutex
  bool closing = false;                     // guarded by mutex
  std::function<void(base::Seq)> listener;  // guarded by mutex
  OutboxStatus last;                        // used on the thread only
  std::thread thread;

  base::Result<> submit(Work work);
  void run();
  std::vector<Work> take_group(std::unique_lock<std::mutex>& lock);
  void commit_group(std::vector<Work>& group);
  void tell_listener();
};

base::Result<> JournalThread::State::submit(Work work) {
  MILLPOND_CHECK(std::this_thread::get_id() != thread.get_id());  // it would wait for itself
  auto done = work.done.get_future();
  {
    const std::lock_guard lock{mutex};
    if (closing) return base::Error{base::Code::cancelled, "journal", "closing"};
    if (waiting.size() >= queue_max) return base::Error{base::Code::overloaded, "journal", "too many actions wait"};
    waiting.push_back(std::move(work));
  }
  ready.notify_one();
  return done.get();
}

// The actions at the front up to the next function, or that function alone.
std::vector<Work> JournalThread::State::take_group(std::unique_lock<std::mutex>& lock) {
  ready.wait(lock, [this] { return closing || !waiting.empty(); });
  std::vector<Work> group;
  while (!waiting.empty() && group.size() < group_max) {
    const bool alone = static_cast<bool>(waiting.front().function);
    if (alone && !group.empty()) break;
    group.push_back(std::move(waiting.front()));
    waiting.pop_front();
    if (alone) break;
  }
  return group;
}

void JournalThread::State::commit_group(std::vector<Work>& group) {
  std::vector<Action> actions;
  actions.reserve(group.size());
  for (auto& work : group) actions.push_back(std::move(work.action));
  auto results = journal->commit(actions);
  tell_listener();
  for (std::size_t i = 0; i < group.size(); ++i) group[i].done.set_value(std::move(results[i]));
}

void JournalThread::State::tell_listener() {
  const auto status = journal->outbox();
  if (!status || (status->live_head == last.live_head && status->live_epoch == last.live_epoch)) return;
  last = *status;
  std::function<void(base::Seq)> call;
  {
    const std::lock_guard lock{mutex};
    call = listener;
  }
  if (call) call(last.live_head);
}

void JournalThread::State::run() {
  if (const auto status = journal->outbox()) last = *status;
  for (;;) {
    std::unique_lock lock{mutex};
    auto group = take_group(lock);
    lock.unlock();
    if (group.empty()) break;  // closing, and nothing is left
    if (group.front().function) {
      group.front().function(*journal);
      group.front().done.set_value({});
    } else {
      commit_group(group);
    }
  }
  journal.reset();
}

JournalThread::JournalThread(std::unique_ptr<Journal> journal) : state_{std::make_unique<State>()} {
  state_->journal = std::move(journal);
  state_->thread = std::thread{[state = state_.get()] { state->run(); }};
}

JournalThread::~JournalThread() {
  {
    const std::lock_guard lock{state_->mutex};
    state_->closing = true;
  }
  state_->ready.notify_all();
  state_->thread.join();
}

base::Result<> JournalThread::commit(Action action) { return state_->submit({std::move(action), {}, {}}); }

base::Result<> JournalThread::with(std::function<void(Journal&)> function) {
  return state_->submit({{}, std::move(function), {}});
}

base::Result<> JournalThread::copy_to(const std::filesystem::path& target) {
  base::Result<> begun;
  MILLPOND_TRY_DO(with([&](Journal& journal) { begun = journal.begin_copy(target); }));
  MILLPOND_TRY_DO(std::move(begun));
  for (;;) {
    base::Result<bool> done{false};
    // Each step queues behind the actions that wait, so no till waits for more than one.
    MILLPOND_TRY_DO(with([&](Journal& journal) { done = journal.step_copy(); }));
    if (!done) return std::move(done).error();
    if (*done) return {};
  }
}

void JournalThread::on_committed(std::function<void(base::Seq)> listener) {
  const std::lock_guard lock{state_->mutex};
  state_->listener = std::move(listener);
}

}  // namespace millpond::store
