// SPDX-License-Identifier: Apache-2.0
// Random surroundings: a store that keeps facts, a hub that keeps a watermark, and answers that are late, doubled,
// refused, wrong or missing. Whatever happens the promises in engine.h hold after every step.
#include "sync/engine/engine.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <deque>
#include <string>

using namespace millpond;
using namespace millpond::engine;

namespace {

constexpr base::Epoch epoch{7};

class World {
 public:
  explicit World(std::uint64_t seed) : rng_{seed}, jitter_{seed + 1} { tell(Started{}); }

  void random_event(bool faults) {
    now_ms_ += static_cast<std::int64_t>(rng_.below(faults ? 3'000 : 300));
    switch (rng_.below(8)) {
      case 0:
      case 1:
        if (faults) append();
        break;
      case 2:
        if (faults && rng_.chance(1, 40)) hub_ = std::min(hub_, rng_.below(hub_ + 1));  // restored from a backup
        break;
      case 3:
        if (faults && rng_.chance(1, 4)) tell(PollNow{});
        break;
      case 4:
        if (!late_.empty()) {
          const auto input = late_.front();
          late_.pop_front();
          // The runner matches answers to requests, so a copy is only heard when nothing is under way.
          if (!(std::holds_alternative<UpAccepted>(input) ? up_.has_value() : down_)) tell(input);
        }
        break;
      default:
        answer(faults);
    }
    if (state_.timer_ms && now_ms_ >= *state_.timer_ms) tell(Tick{});
    if (!faults && state_.stopped) tell(Resumed{});
  }

  [[nodiscard]] bool drained() const { return acked_ == head_ && hub_ == head_; }
  [[nodiscard]] std::uint64_t head() const { return head_; }
  [[nodiscard]] const std::string& diary() const { return diary_; }

 private:
  void append() {
    head_ += 1 + rng_.below(40);
    report();
  }

  void report() { tell(OutboxChanged{epoch, base::Seq{acked_}, base::Seq{head_}, head_ - acked_}); }

  void answer(bool faults) {
    const bool up = (rng_.chance(1, 2) && up_) || !down_;
    if (up && up_) {
      const auto request = *up_;
      up_.reset();
      answer_up(request, faults);
    } else if (down_) {
      down_ = false;
      answer_down(faults);
    }
  }

  void answer_up(const SendUp& request, bool faults) {
    const auto dice = faults ? rng_.below(12) : 11;
    const std::uint64_t last = std::min(head_, request.from.value + request.events_max - 1);
    if (dice == 0) return deliver(UpFailed{{base::Code::hub_unreachable, "test", ""}, 0});
    if (dice == 1) return deliver(UpFailed{{base::Code::overloaded, "test", ""}, 2'000});
    if (dice == 2 && rng_.chance(1, 10)) return deliver(UpRefused{{base::Code::unauthorized, "test", ""}});
    if (hub_ + 1 < request.from.value) return deliver(UpGap{epoch, base::Seq{hub_}});
    hub_ = std::max(hub_, last);
    if (dice == 3) return deliver(UpFailed{{base::Code::timeout, "test", ""}, 0});  // taken, but the answer is lost
    const UpAccepted accepted{epoch, base::Seq{hub_}, dice == 4 ? 700U : 0U, dice == 5 ? 0U : 1'000U};
    if (dice == 6) late_.push_back(accepted);  // a second copy, some time later
    deliver(accepted);
  }

  void answer_down(bool faults) {
    const auto dice = faults ? rng_.below(10) : 9;
    if (dice == 0) return deliver(DownFailed{{base::Code::hub_not_a_hub, "test", ""}, 0});
    if (dice == 1 && rng_.chance(1, 10)) return deliver(DownRefused{{base::Code::unauthorized, "test", ""}});
    const DownArrived page{dice == 2, hub_ == 0 ? base::Epoch{} : epoch, base::Seq{hub_}, 5'000};
    if (dice == 3) late_.push_back(page);
    deliver(page);
  }

  void deliver(const Input& input) { tell(input); }

  void tell(const Input& input) {
    for (const auto& action : step(state_, now_ms_, input, jitter_)) perform(action);
    check();
  }

  void perform(const Action& action) {
    diary_ += std::to_string(action.index()) + "@" + std::to_string(now_ms_) + " ";
    if (const auto* send = std::get_if<SendUp>(&action)) {
      REQUIRE_FALSE(up_.has_value());  // never two uploads
      REQUIRE(send->from.value == acked_ + 1);
      REQUIRE(send->events_max >= 1);
      REQUIRE(send->events_max <= Limits{}.batch_events_max);
      up_ = *send;
    } else if (const auto* ack = std::get_if<Acknowledge>(&action)) {
      REQUIRE(ack->through.value > acked_);  // forward only
      REQUIRE(ack->through.value <= hub_);   // only what the hub holds
      REQUIRE(ack->through.value <= head_);
      acked_ = ack->through.value;
      pending_report_ = true;
    } else if (const auto* rewind = std::get_if<Rewind>(&action)) {
      REQUIRE(rewind->through.value <= acked_);
      acked_ = rewind->through.value;
      pending_report_ = true;
    } else if (std::holds_alternative<AskDown>(action)) {
      REQUIRE_FALSE(down_);
      down_ = true;
    } else if (const auto* timer = std::get_if<SetTimer>(&action)) {
      REQUIRE(timer->at_ms > now_ms_);
      timer_set_ = true;
    } else if (const auto* line = std::get_if<LineChanged>(&action)) {
      REQUIRE((line->line != line_ || line->reason != reason_));
      line_ = line->line;
      reason_ = line->reason;
    }
  }

  void check() {
    if (pending_report_) {
      pending_report_ = false;
      report();
    }
    if (head_ > acked_ && !state_.stopped) REQUIRE((up_.has_value() || state_.timer_ms.has_value()));
    if (state_.timer_ms) REQUIRE(timer_set_);
  }

  base::SeededRng rng_;
  base::SeededRng jitter_;
  State state_;
  std::int64_t now_ms_{0};
  std::uint64_t acked_{0};
  std::uint64_t head_{0};
  std::uint64_t hub_{0};
  std::optional<SendUp> up_;
  bool down_{false};
  bool timer_set_{false};
  bool pending_report_{false};
  Line line_{Line::unknown};
  std::string reason_;
  std::deque<Input> late_;
  std::string diary_;
};

}  // namespace

TEST_CASE("random surroundings never break the engine's promises, and the queue drains once they behave") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    World world{seed};
    for (int i = 0; i < 400; ++i) world.random_event(true);
    int steps = 0;
    while (!world.drained() && steps < 20'000) {
      world.random_event(false);
      ++steps;
    }
    REQUIRE(world.drained());
    REQUIRE(world.head() > 0);
  }
}

TEST_CASE("the same seed gives the same actions at the same times") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    World first{seed};
    World second{seed};
    for (int i = 0; i < 300; ++i) {
      first.random_event(true);
      second.random_event(true);
    }
    REQUIRE(first.diary() == second.diary());
  }
}
