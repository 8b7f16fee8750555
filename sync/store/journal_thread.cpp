// SPDX-License-Identifier: Apache-2.0
#include "sync/store/journal_thread.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <iterator>
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
  Asked asked;                              // guarded by mutex
  bool closing = false;                     // guarded by mutex
  std::function<void(base::Seq)> listener;  // guarded by mutex
  OutboxStatus last;                        // used on the thread only
  std::thread thread;

  base::Result<> submit(Work work);
  void run();
  std::vector<Work> take_group(std::unique_lock<std::mutex>& lock);
  void run_functions(std::vector<Work>& group);
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
    ++(work.function ? asked.functions : asked.actions);
    waiting.push_back(std::move(work));
  }
  ready.notify_one();
  return done.get();
}

// Whoever waits has submitted nothing else meanwhile, so nobody can tell in which order they are served.
std::vector<Work> JournalThread::State::take_group(std::unique_lock<std::mutex>& lock) {
  ready.wait(lock, [this] { return closing || !waiting.empty(); });
  const auto count = std::min(waiting.size(), group_max);
  const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<Work> group{std::make_move_iterator(waiting.begin()), std::make_move_iterator(end)};
  waiting.erase(waiting.begin(), end);
  return group;
}

// And leaves the actions.
void JournalThread::State::run_functions(std::vector<Work>& group) {
  for (auto& work : group) {
    if (!work.function) continue;
    work.function(*journal);
    work.done.set_value({});
  }
  std::erase_if(group, [](const Work& work) { return static_cast<bool>(work.function); });
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
    run_functions(group);
    if (!group.empty()) commit_group(group);
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

std::shared_ptr<const Published> JournalThread::published() const { return state_->journal->published(); }

JournalThread::Asked JournalThread::asked() const {
  const std::lock_guard lock{state_->mutex};
  return state_->asked;
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
