// SPDX-License-Identifier: Apache-2.0
#include "sync/client/runner.h"

#include "sync/base/file.h"
#include "sync/store/journal_thread.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace millpond::client {
namespace {

// A wait is never longer, so that a clock that stood still in sleep cannot hold the line back for good.
constexpr std::int64_t wait_max_ms = 60'000;

std::string read_boot_id() {
  const auto bytes = base::read_file("/proc/sys/kernel/random/boot_id", 64);
  if (!bytes) return {};
  std::string id{base::text_of(*bytes)};
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

}  // namespace

struct Runner::State {
  State(Credentials credentials, std::unique_ptr<net::HttpClient> client, store::JournalThread& journal,
        store::Replica& replica, const base::Clock& the_clock, base::Rng& the_rng, Listener the_listener,
        engine::Limits the_limits)
      : http{std::move(client)},
        clock{the_clock},
        rng{the_rng},
        listener{std::move(the_listener)},
        limits{the_limits},
        executor{std::move(credentials),
                 read_boot_id(),
                 [&journal](const std::function<void(store::Journal&)>& function) { return journal.with(function); },
                 replica,
                 the_clock,
                 the_rng} {}

  void run() {
    feed(engine::Started{});
    feed_all(executor.report_outbox());
    while (const auto inputs = wait()) feed_all(*inputs);
  }

  // Until something happened or the timer is due; nothing when stopping.
  std::optional<std::vector<engine::Input>> wait() {
    bool outbox_changed = false;
    std::vector<engine::Input> inputs;
    {
      std::unique_lock lock{mutex};
      const auto due = engine_state.timer_ms;
      std::int64_t pause_ms = wait_max_ms;
      if (due) pause_ms = std::clamp<std::int64_t>(*due - clock.monotonic_ms(), 0, wait_max_ms);
      wake.wait_for(lock, std::chrono::milliseconds{pause_ms},
                    [this] { return stopping || poked || resumed || outbox; });
      if (stopping) return std::nullopt;
      if (std::exchange(resumed, false)) inputs.emplace_back(engine::Resumed{});
      if (std::exchange(poked, false)) inputs.emplace_back(engine::PollNow{});
      outbox_changed = std::exchange(outbox, false);
      if (due && clock.monotonic_ms() >= *due) inputs.emplace_back(engine::Tick{});
    }
    if (outbox_changed) {
      for (auto& input : executor.report_outbox()) inputs.push_back(std::move(input));
    }
    return inputs;
  }

  void feed_all(const std::vector<engine::Input>& inputs) {
    for (const auto& input : inputs) feed(input);
    tell();
  }

  // One input and everything that follows from it. A stop leaves what is left undone: all of it is asked for again.
  void feed(const engine::Input& first) {
    std::deque<engine::Input> inputs{first};
    while (!inputs.empty()) {
      auto actions = engine::step(engine_state, clock.monotonic_ms(), inputs.front(), rng, limits);
      inputs.pop_front();
      for (const auto& action : actions) {
        if (cancelled) return;
        for (auto& input : perform(action)) inputs.push_back(std::move(input));
      }
      tell();
    }
  }

  std::vector<engine::Input> perform(const engine::Action& action) {
    auto outcome = executor.execute(action);
    if (!outcome.outgoing) return std::move(outcome.inputs);
    tell();  // before a request that may hang for its whole time limit
    outcome.outgoing->signed_request.http.cancelled = &cancelled;
    return executor.finish(*outcome.outgoing, http->perform(outcome.outgoing->signed_request.http));
  }

  void tell() {
    const auto& seen = executor.seen();
    const SyncStatus now{engine_state.line, engine_state.reason,  seen.queued,
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

  const std::unique_ptr<net::HttpClient> http;
  const base::Clock& clock;
  base::Rng& rng;
  const Listener listener;
  const engine::Limits limits;
  Executor executor;           // the runner's thread only
  engine::State engine_state;  // the runner's thread only

  std::mutex mutex;
  std::condition_variable wake;
  bool stopping{};  // these five are guarded by mutex
  bool poked{};
  bool resumed{};
  bool outbox{};
  SyncStatus status;
  std::atomic<bool> cancelled{};
  std::thread thread;
};

Runner::Runner(Credentials credentials, std::unique_ptr<net::HttpClient> http, store::JournalThread& journal,
               store::Replica& replica, const base::Clock& clock, base::Rng& random, Listener listener,
               engine::Limits limits)
    : state_{std::make_unique<State>(std::move(credentials), std::move(http), journal, replica, clock, random,
                                     std::move(listener), limits)} {}

Runner::~Runner() { stop(); }

void Runner::start() {
  MILLPOND_CHECK(!state_->thread.joinable());
  state_->thread = std::thread{[this] { state_->run(); }};
}

void Runner::stop() {
  state_->cancelled = true;
  state_->set(state_->stopping);
  if (state_->thread.joinable()) state_->thread.join();
}

void Runner::poke() { state_->set(state_->poked); }
void Runner::outbox_changed() { state_->set(state_->outbox); }
void Runner::resume() { state_->set(state_->resumed); }

SyncStatus Runner::status() const {
  const std::lock_guard lock{state_->mutex};
  return state_->status;
}

}  // namespace millpond::client
