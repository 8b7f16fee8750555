// SPDX-License-Identifier: Apache-2.0
#include "sync/engine/engine.h"

#include "sync/engine/stepper.h"

#include <algorithm>
#include <utility>

namespace millpond::engine {
namespace {

constexpr std::uint32_t timeout_doublings_max = 16;

// Taken back by nobody. A hub also writes down every machine that shows a grant which is another one's.
bool is_final(const base::Error& error) {
  switch (error.code) {
    case base::Code::terminal_revoked:
    case base::Code::grant_invalid:
    case base::Code::grant_expired:
      return true;
    default:
      return false;
  }
}

// When bytes are paid for that began to move at began_ms. What the line itself slowed down is paid for on arrival.
std::int64_t paid_ms(std::int64_t paid_ms, std::int64_t began_ms, std::uint64_t bytes, std::uint64_t bytes_per_s) {
  if (bytes_per_s == 0) return paid_ms;
  return std::max(paid_ms, began_ms) + static_cast<std::int64_t>(bytes * 1'000 / bytes_per_s);
}

}  // namespace

void Stepper::on(const Started&) {
  s_.started = true;
  s_.batch_events = limits_.batch_events_min;
  s_.down_rows = limits_.down_rows_max;
  s_.slot_cap_ms = limits_.poll_slot_max_ms;
  s_.up_not_before_ms = now_ms_;
  s_.down_not_before_ms = now_ms_;
  s_.up_paid_ms = now_ms_;
  s_.down_paid_ms = now_ms_;
}

void Stepper::on(const Tick&) { s_.timer_ms.reset(); }

void Stepper::on(const BytesMoved& input) {
  if (input.up > 0) s_.up_paid_ms = paid_ms(s_.up_paid_ms, s_.up_sent_ms, input.up, limits_.up_bytes_per_s);
  if (input.down > 0) s_.down_paid_ms = paid_ms(s_.down_paid_ms, s_.asked_ms, input.down, limits_.down_bytes_per_s);
}

void Stepper::on(const BulkWindow& input) {
  s_.bulk_open = input.open;
  s_.bulk_check_ms = now_ms_;
}

void Stepper::on(const Resumed&) {
  if (!s_.stopped) return;
  go_on();
  s_.failures = 0;
  s_.down_failures = 0;
  s_.up_not_before_ms = std::max(now_ms_, s_.up_floor_ms);
  s_.down_not_before_ms = std::max(now_ms_, s_.down_floor_ms);
  s_.slot_ms = 0;  // a person waits for the answer, which a hub without news would keep for as long as the slot is
  set_line(Line::unknown, {});
}

std::vector<Action> Stepper::finish() {
  if (!s_.started) return std::move(actions_);
  if (s_.awaited && now_ms_ >= s_.awaited->give_up_ms) s_.awaited.reset();
  if (!s_.behind.empty() && !s_.up_in_flight && !s_.awaited) {
    go_back(Awaited::Kind::rewind, std::exchange(s_.behind, {}));
  }
  draw_next_question();
  if (wants_up() && !s_.awaited && now_ms_ >= up_due_ms()) send_up();
  if (wants_down() && now_ms_ >= down_due_ms()) ask_down();
  std::optional<std::int64_t> wake;
  const auto at = [&wake](std::int64_t ms) { wake = wake ? std::min(*wake, ms) : ms; };
  if (s_.awaited) at(s_.awaited->give_up_ms);
  if (wants_up() && !s_.awaited) at(up_due_ms());
  if (wants_down()) at(down_due_ms());
  if (wake && wake != s_.timer_ms) {
    s_.timer_ms = wake;
    actions_.push_back(SetTimer{*wake});
  }
  return std::move(actions_);
}

std::int64_t Stepper::bounded(std::int64_t wait_ms) const {
  return std::clamp<std::int64_t>(wait_ms, 0, limits_.wait_max_ms);
}

// Full jitter: uniform in [0, base * 2^(failures - 1)], so that terminals which failed together do not return together.
std::int64_t Stepper::jitter_ms(std::uint32_t failures) {
  std::int64_t ceiling_ms = limits_.backoff_base_ms;
  for (std::uint32_t i = 1; i < failures && ceiling_ms < limits_.backoff_max_ms; ++i) ceiling_ms *= 2;
  ceiling_ms = std::min(ceiling_ms, limits_.backoff_max_ms);
  return static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(ceiling_ms) + 1));
}

std::int64_t Stepper::timeout_ms(std::uint32_t timeouts) const {
  return std::min(limits_.request_timeout_ms << std::min(timeouts, timeout_doublings_max),
                  limits_.request_timeout_max_ms);
}

void Stepper::stop(const base::Error& error) {
  s_.stopped = error;
  s_.again_ms.reset();
  s_.behind.clear();
  s_.batch_events = std::min(s_.batch_events, limits_.batch_events_min);
  tell_line(Line::stopped, base::code_name(error.code));
}

// The caller tells the line.
void Stepper::go_on() {
  s_.stopped.reset();
  s_.again_ms.reset();
  s_.down_stopped = false;
}

// Of what was refused, once the last one came to nothing: refused again, not answered, or a batch that was damaged.
void Stepper::draw_next_question() {
  const bool under_way = s_.down_stopped ? s_.down_in_flight : s_.up_in_flight;
  if (!s_.stopped || s_.again_ms || under_way || is_final(*s_.stopped)) return;
  const auto half_ms = limits_.stop_retry_ms / 2;
  s_.again_ms = now_ms_ + half_ms + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(half_ms) + 1));
}

// A hub that sheds load was reached: the line is as it was.
void Stepper::failed_line(const base::Error& error) {
  if (error.code == base::Code::overloaded || error.code == base::Code::cancelled) return;
  set_line(Line::offline, base::code_name(error.code));
}

void Stepper::set_line(Line line, std::string_view reason) {
  if (s_.stopped) return tell_line(s_.line, std::string{s_.reason});
  if (s_.line == Line::offline && line == Line::online) {
    // One direction got through, so the other need not wait out a pause that was drawn while the line was down.
    s_.up_not_before_ms = std::min(s_.up_not_before_ms, std::max(now_ms_, s_.up_floor_ms));
    s_.down_not_before_ms = std::min(s_.down_not_before_ms, std::max(now_ms_, s_.down_floor_ms));
  }
  tell_line(line, reason);
}

void Stepper::tell_line(Line line, std::string_view reason) {
  const std::string_view notice = s_.forked || s_.value_suspended ? base::code_name(base::Code::hub_fork) : "";
  if (s_.line == line && s_.reason == reason && s_.notice == notice) return;
  s_.line = line;
  s_.reason = reason;
  s_.notice = notice;
  actions_.push_back(LineChanged{s_.line, s_.reason, s_.notice});
}

std::vector<Action> step(State& state, std::int64_t now_ms, const Input& input, base::Rng& rng, const Limits& limits) {
  Stepper stepper{state, now_ms, rng, limits};
  std::visit([&stepper](const auto& happened) { stepper.on(happened); }, input);
  return stepper.finish();
}

}  // namespace millpond::engine
