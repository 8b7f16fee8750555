// SPDX-License-Identifier: Apache-2.0
#include "sync/engine/engine.h"

#include <algorithm>
#include <type_traits>

namespace millpond::engine {
namespace {

class Stepper {
 public:
  Stepper(State& state, std::int64_t now_ms, base::Rng& rng, const Limits& limits)
      : s_{state}, now_ms_{now_ms}, rng_{rng}, limits_{limits} {}

  void on(const Started&) {
    s_.started = true;
    s_.batch_events = limits_.batch_events_min;
    s_.up_not_before_ms = now_ms_;
    s_.down_not_before_ms = now_ms_;
  }

  void on(const Tick&) { s_.timer_ms.reset(); }

  void on(const OutboxChanged& input) {
    s_.epoch = input.epoch;
    s_.acked = input.acked;
    s_.head = input.head;
    s_.queued = input.queued;
    if (!s_.awaited) return;
    // The store reports after every attempt: a report that shows no progress is an attempt that failed, and repeating
    // the request at once would only repeat the failure.
    const bool done = input.epoch != s_.awaited->epoch ||
                      (s_.awaited->rewind ? input.acked <= s_.awaited->through : input.acked >= s_.awaited->through);
    s_.awaited.reset();
    if (!done) back_off_up(0);
  }

  void on(const UpAccepted& input) {
    if (!s_.up_in_flight || input.epoch != s_.sent_epoch) return;
    if (input.epoch == s_.epoch && input.through > s_.head) {
      s_.up_in_flight = false;
      stop(base::Error{base::Code::hub_refused, "acknowledge",
                       "the hub acknowledges facts that were never recorded here"});
      return;
    }
    s_.up_in_flight = false;
    set_line(Line::online, {});
    s_.credit_events = input.credit_events;
    if (input.through.value + 1 < s_.sent_from.value) {
      begin_rewind(input.epoch, input.through);
      return;
    }
    if (input.through.value + 1 == s_.sent_from.value) {
      back_off_up(input.retry_ms);  // reached, but nothing was taken
      return;
    }
    s_.failures = 0;
    s_.batch_events = std::min(s_.batch_events * 2, limits_.batch_events_max);
    // Zero credit without a wish for a pause would mean asking at once, again and again.
    const std::int64_t pause_ms =
        input.credit_events == 0 ? std::max<std::int64_t>(input.retry_ms, limits_.poll_default_ms) : input.retry_ms;
    s_.up_floor_ms = now_ms_ + bounded(pause_ms);
    s_.up_not_before_ms = s_.up_floor_ms;
    const base::Seq through = std::min(input.through, s_.sent_through);
    s_.awaited = Awaited{input.epoch, through, false, now_ms_ + limits_.request_timeout_ms};
    actions_.push_back(Acknowledge{input.epoch, through});
  }

  void on(const UpGap& input) {
    if (!s_.up_in_flight || input.epoch != s_.sent_epoch) return;
    s_.up_in_flight = false;
    set_line(Line::online, {});
    if (input.through.value + 1 < s_.sent_from.value) {
      begin_rewind(input.epoch, input.through);
    } else {
      back_off_up(0);  // a gap where there is none: ask again later, believe nothing
    }
  }

  void on(const UpRefused& input) {
    s_.up_in_flight = false;
    s_.awaited.reset();
    stop(input.error);
  }

  void on(const UpFailed& input) {
    if (!s_.up_in_flight) return;
    s_.up_in_flight = false;
    s_.batch_events = std::max(s_.batch_events / 2, limits_.batch_events_min);
    back_off_up(input.retry_after_ms);
    failed_line(input.error);
  }

  void on(const DownArrived& input) {
    if (!s_.down_in_flight) return;
    s_.down_in_flight = false;
    s_.down_failures = 0;
    set_line(Line::online, {});
    s_.poll_ms = input.poll_ms;
    s_.down_floor_ms = now_ms_;
    s_.down_not_before_ms = input.more ? now_ms_ : now_ms_ + poll_interval_ms();
    // A hub restored from a backup may have forgotten this epoch altogether; then it names none.
    const bool ours = input.epoch == s_.asked_epoch || input.epoch == base::Epoch{};
    const base::Seq held = std::min(s_.asked_acked, s_.acked);
    if (ours && s_.asked_epoch == s_.epoch && input.accepted_through < held && !s_.up_in_flight && !s_.awaited &&
        !s_.stopped) {
      begin_rewind(s_.epoch, input.epoch == s_.epoch ? input.accepted_through : base::Seq{});
    }
  }

  void on(const DownFailed& input) {
    if (!s_.down_in_flight) return;
    s_.down_in_flight = false;
    ++s_.down_failures;
    s_.down_floor_ms = now_ms_ + bounded(input.retry_after_ms);
    s_.down_not_before_ms = std::max(s_.down_floor_ms, now_ms_ + jitter_ms(s_.down_failures));
    failed_line(input.error);
  }

  void on(const DownRefused& input) {
    if (!s_.down_in_flight) return;
    s_.down_in_flight = false;
    s_.down_stopped = true;
    stop(input.error);
  }

  void on(const PollNow&) { s_.down_not_before_ms = std::max(now_ms_, s_.down_floor_ms); }

  void on(const Resumed&) {
    if (!s_.stopped) return;
    s_.stopped.reset();
    s_.down_stopped = false;
    s_.failures = 0;
    s_.down_failures = 0;
    s_.up_not_before_ms = std::max(now_ms_, s_.up_floor_ms);
    s_.down_not_before_ms = std::max(now_ms_, s_.down_floor_ms);
    set_line(Line::unknown, {});
  }

  // What is due now, and a timer for what is due next.
  std::vector<Action> finish() {
    if (!s_.started) return std::move(actions_);
    if (s_.awaited && now_ms_ >= s_.awaited->give_up_ms) s_.awaited.reset();
    if (wants_up() && !s_.awaited && now_ms_ >= s_.up_not_before_ms) send_up();
    if (wants_down() && now_ms_ >= s_.down_not_before_ms) ask_down();
    std::optional<std::int64_t> wake;
    const auto at = [&wake](std::int64_t ms) { wake = wake ? std::min(*wake, ms) : ms; };
    if (wants_up()) at(s_.awaited ? s_.awaited->give_up_ms : s_.up_not_before_ms);
    if (wants_down()) at(s_.down_not_before_ms);
    if (wake && wake != s_.timer_ms) {
      s_.timer_ms = wake;
      actions_.push_back(SetTimer{*wake});
    }
    return std::move(actions_);
  }

 private:
  [[nodiscard]] bool wants_up() const { return s_.queued > 0 && !s_.up_in_flight && !s_.stopped; }
  [[nodiscard]] bool wants_down() const { return !s_.down_in_flight && !s_.down_stopped; }
  [[nodiscard]] std::int64_t bounded(std::int64_t wait_ms) const {
    return std::clamp<std::int64_t>(wait_ms, 0, limits_.wait_max_ms);
  }
  [[nodiscard]] std::int64_t poll_interval_ms() const {
    return s_.poll_ms == 0 ? limits_.poll_default_ms : bounded(s_.poll_ms);
  }

  // Full jitter: uniform in [0, base * 2^(failures - 1)], so that terminals which failed together do not return
  // together.
  std::int64_t jitter_ms(std::uint32_t failures) {
    std::int64_t ceiling_ms = limits_.backoff_base_ms;
    for (std::uint32_t i = 1; i < failures && ceiling_ms < limits_.backoff_max_ms; ++i) ceiling_ms *= 2;
    ceiling_ms = std::min(ceiling_ms, limits_.backoff_max_ms);
    return static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(ceiling_ms) + 1));
  }

  void back_off_up(std::int64_t retry_after_ms) {
    ++s_.failures;
    s_.up_floor_ms = now_ms_ + bounded(retry_after_ms);
    s_.up_not_before_ms = std::max(s_.up_floor_ms, now_ms_ + jitter_ms(s_.failures));
  }

  // The hub holds less than we do. The first time in a row we resend at once; a hub that keeps saying so gets pauses.
  void begin_rewind(base::Epoch epoch, base::Seq through) {
    if (s_.failures > 0) {
      back_off_up(0);
    } else {
      s_.failures = 1;
      s_.up_not_before_ms = std::max(now_ms_, s_.up_floor_ms);
    }
    s_.awaited = Awaited{epoch, through, true, now_ms_ + limits_.request_timeout_ms};
    actions_.push_back(Rewind{epoch, through});
  }

  void stop(const base::Error& error) {
    s_.stopped = error;
    if (s_.line == Line::stopped && s_.reason == base::code_name(error.code)) return;
    s_.line = Line::stopped;
    s_.reason = base::code_name(error.code);
    actions_.push_back(LineChanged{s_.line, s_.reason});
  }

  // A hub that sheds load was reached: the line is as it was.
  void failed_line(const base::Error& error) {
    if (error.code == base::Code::overloaded || error.code == base::Code::cancelled) return;
    set_line(Line::offline, base::code_name(error.code));
  }

  void set_line(Line line, std::string_view reason) {
    if (s_.stopped || (s_.line == line && s_.reason == reason)) return;
    if (s_.line == Line::offline && line == Line::online) {
      // One direction got through, so the other need not wait out a pause that was drawn while the line was down.
      s_.up_not_before_ms = std::min(s_.up_not_before_ms, std::max(now_ms_, s_.up_floor_ms));
      s_.down_not_before_ms = std::min(s_.down_not_before_ms, std::max(now_ms_, s_.down_floor_ms));
    }
    s_.line = line;
    s_.reason = reason;
    actions_.push_back(LineChanged{line, s_.reason});
  }

  void send_up() {
    std::uint32_t events = s_.batch_events;
    if (s_.credit_events) events = std::min(events, std::max<std::uint32_t>(*s_.credit_events, 1));
    // Never more than the head we know of: so an answer past the head is always a contradiction.
    if (s_.head > s_.acked) {
      events = static_cast<std::uint32_t>(std::min<std::uint64_t>(events, s_.head.value - s_.acked.value));
    }
    s_.up_in_flight = true;
    s_.sent_epoch = s_.epoch;
    s_.sent_from = base::Seq{s_.acked.value + 1};
    s_.sent_through = base::Seq{s_.acked.value + events};
    actions_.push_back(SendUp{s_.epoch, s_.sent_from, events, limits_.batch_bytes_max, limits_.request_timeout_ms});
  }

  void ask_down() {
    s_.down_in_flight = true;
    s_.asked_epoch = s_.epoch;
    s_.asked_acked = s_.acked;
    actions_.push_back(AskDown{limits_.request_timeout_ms});
  }

  State& s_;
  const std::int64_t now_ms_;
  base::Rng& rng_;
  const Limits& limits_;
  std::vector<Action> actions_;
};

}  // namespace

std::vector<Action> step(State& state, std::int64_t now_ms, const Input& input, base::Rng& rng, const Limits& limits) {
  Stepper stepper{state, now_ms, rng, limits};
  std::visit([&stepper](const auto& happened) { stepper.on(happened); }, input);
  return stepper.finish();
}

}  // namespace millpond::engine
