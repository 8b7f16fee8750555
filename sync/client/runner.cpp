// SPDX-License-Identifier: Apache-2.0
#include "sync/client/runner.h"

#include "sync/client/lane.h"
#include "sync/store/journal_thread.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace millpond::client {
namespace {

// A wait is never longer, so that a clock that stood still in sleep cannot hold the line back for good, and personal
// data is tended when the line has nothing to do any more.
constexpr std::int64_t wait_max_ms = 60'000;

}  // namespace

struct Runner::State {
  State(Credentials credentials, Lines lines, store::JournalThread& journal, store::Replica& replica,
        store::HubTime& time, const base::Clock& the_clock, base::Rng& the_rng, Listener the_listener,
        RunnerOptions the_options)
      : clock{the_clock},
        rng{the_rng},
        listener{std::move(the_listener)},
        options{the_options},
        executor{std::move(credentials),
                 time,
                 [&journal](const std::function<void(store::Journal&)>& function) { return journal.with(function); },
                 replica,
                 the_clock,
                 the_rng},
        up{std::move(lines.up), cancelled, [this](Answered answered) { take(std::move(answered)); }},
        down{std::move(lines.down), cancelled, [this](Answered answered) { take(std::move(answered)); }} {
    if (options.errands != nullptr) executor.set_errands(*options.errands);
    if (options.personal_kept_ms) executor.set_personal_kept(options.personal_kept_ms);
  }

  void run() {
    executor.tend_personal();
    look_at_hours();
    feed(engine::Started{});
    feed_all(executor.report_outbox());
    while (auto happened = wait()) {
      executor.tend_personal();
      look_at_hours();
      for (auto& answered : happened->answered) feed_all(executor.finish(answered.outgoing, answered.answer));
      if (happened->outbox) feed_all(executor.report_outbox());
      feed_all(happened->inputs);
    }
  }

  struct Happened {
    std::vector<Answered> answered;
    bool outbox{};
    std::vector<engine::Input> inputs;
  };

  // Until something happened or the timer is due; nothing when stopping.
  std::optional<Happened> wait() {
    Happened happened;
    std::unique_lock lock{mutex};
    const auto due = engine_state.timer_ms;
    std::int64_t pause_ms = wait_max_ms;
    if (due) pause_ms = std::clamp<std::int64_t>(*due - clock.monotonic_ms(), 0, wait_max_ms);
    wake.wait_for(lock, std::chrono::milliseconds{pause_ms},
                  [this] { return stopping || poked || resumed || outbox || !answers.empty(); });
    if (stopping) return std::nullopt;
    happened.answered.swap(answers);
    happened.outbox = std::exchange(outbox, false);
    if (std::exchange(resumed, false)) happened.inputs.emplace_back(engine::Resumed{});
    if (std::exchange(poked, false)) happened.inputs.emplace_back(engine::PollNow{});
    if (due && clock.monotonic_ms() >= *due) happened.inputs.emplace_back(engine::Tick{});
    return happened;
  }

  // Called on a lane's thread.
  void take(Answered answered) {
    {
      const std::lock_guard lock{mutex};
      answers.push_back(std::move(answered));
    }
    wake.notify_one();
  }

  void look_at_hours() {
    const bool open = options.bulk_hours.holds(local_minute(clock.wall_ms()));
    if (open != engine_state.bulk_open) feed(engine::BulkWindow{open});
  }

  void feed_all(const std::vector<engine::Input>& inputs) {
    for (const auto& input : inputs) feed(input);
    tell();
  }

  // One input and everything that follows from it. A stop leaves what is left undone: all of it is asked for again.
  void feed(const engine::Input& first) {
    std::deque<engine::Input> inputs{first};
    while (!inputs.empty()) {
      auto actions = engine::step(engine_state, clock.monotonic_ms(), inputs.front(), rng, options.limits);
      inputs.pop_front();
      for (const auto& action : actions) {
        if (cancelled) return;
        auto outcome = executor.execute(action);
        if (outcome.outgoing) (outcome.outgoing->is_up() ? up : down).send(std::move(*outcome.outgoing));
        for (auto& input : outcome.inputs) inputs.push_back(std::move(input));
      }
      tell();
    }
  }

  void tell() {
    const auto& seen = executor.seen();
    const SyncStatus now{engine_state.line, engine_state.reason,  engine_state.notice, seen.queued,
                         seen.oldest_ms,    seen.last_contact_ms, seen.as_of_ms};
    bool changed = false;
    {
      const std::lock_guard lock{mutex};
      changed = now != status;
      status = now;
    }
    if (changed && listener.status) listener.status(now);
    const auto version = executor.take_new_programme();
    if (version && listener.offers_changed) listener.offers_changed(*version);
  }

  void set(bool& flag) {
    {
      const std::lock_guard lock{mutex};
      flag = true;
    }
    wake.notify_one();
  }

  const base::Clock& clock;
  base::Rng& rng;
  const Listener listener;
  const RunnerOptions options;
  Executor executor;           // the runner's thread only
  engine::State engine_state;  // the runner's thread only

  std::mutex mutex;
  std::condition_variable wake;
  bool stopping{};  // these six are guarded by mutex
  bool poked{};
  bool resumed{};
  bool outbox{};
  std::vector<Answered> answers;
  SyncStatus status;
  std::atomic<bool> cancelled{};
  Lane up;  // last: their threads use what is above
  Lane down;
  std::thread thread;
};

Runner::Runner(Credentials credentials, Lines lines, store::JournalThread& journal, store::Replica& replica,
               store::HubTime& time, const base::Clock& clock, base::Rng& random, Listener listener,
               RunnerOptions options)
    : state_{std::make_unique<State>(std::move(credentials), std::move(lines), journal, replica, time, clock, random,
                                     std::move(listener), options)} {}

Runner::~Runner() { stop(); }

void Runner::start() {
  MILLPOND_CHECK(!state_->thread.joinable());
  state_->up.start();
  state_->down.start();
  state_->thread = std::thread{[this] { state_->run(); }};
}

void Runner::stop() {
  state_->cancelled = true;
  state_->set(state_->stopping);
  if (state_->thread.joinable()) state_->thread.join();
  state_->up.stop();
  state_->down.stop();
}

void Runner::poke() { state_->set(state_->poked); }
void Runner::outbox_changed() { state_->set(state_->outbox); }
void Runner::resume() { state_->set(state_->resumed); }

SyncStatus Runner::status() const {
  const std::lock_guard lock{state_->mutex};
  return state_->status;
}

}  // namespace millpond::client
