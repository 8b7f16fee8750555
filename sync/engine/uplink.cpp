// SPDX-License-Identifier: Apache-2.0
#include "sync/engine/stepper.h"

#include <algorithm>

namespace millpond::engine {
namespace {

constexpr std::uint32_t batch_bytes_min = 4U << 10;  // of what credit and bytes a second leave

}  // namespace

void Stepper::on(const OutboxChanged& input) {
  s_.epoch = input.epoch;
  s_.acked = input.acked;
  s_.head = input.head;
  s_.queued = input.queued;
  if (!s_.awaited) return;
  // The store reports after every attempt: a report that shows no progress is an attempt that failed, and repeating the
  // request at once would only repeat the failure.
  const bool done = came_of(*s_.awaited, input);
  s_.awaited.reset();
  if (!done) back_off_up(0);
}

bool Stepper::came_of(const Awaited& awaited, const OutboxChanged& input) const {
  return std::ranges::all_of(awaited.marks, [&](const base::EpochMark& mark) {
    if (mark.epoch != input.epoch) return true;
    switch (awaited.kind) {
      case Awaited::Kind::acknowledge:
        return input.acked >= mark.through;
      case Awaited::Kind::rewind:
        return input.acked <= mark.through;
      case Awaited::Kind::reissue:
        return input.head <= mark.through;
    }
    return true;
  });
}

void Stepper::on(const UpAccepted& input) {
  if (!s_.up_in_flight || input.epoch != s_.sent_epoch) return;
  came_up();
  // The hub has more of this epoch than was ever recorded here: this journal was put back to an older image, or has a
  // copy. What was sent is held all the same; what waits meets the other history, or the next page ends the epoch.
  if (input.epoch == s_.epoch && input.hub_through > s_.head) {
    s_.forked = true;
    on(PollNow{});
  }
  set_line(Line::online, {});
  s_.credit_events = input.credit_events;
  s_.credit_bytes = input.credit_bytes;
  if (input.through.value + 1 < s_.sent_from.value)
    return go_back(Awaited::Kind::rewind, {{input.epoch, input.through}});
  if (input.through.value + 1 == s_.sent_from.value) return back_off_up(input.retry_ms);  // reached, nothing taken
  s_.failures = 0;
  s_.batch_events = std::min(s_.batch_events * 2, limits_.batch_events_max);
  // Zero credit without a wish for a pause would mean asking at once, again and again.
  const std::int64_t pause_ms =
      input.credit_events == 0 ? std::max<std::int64_t>(input.retry_ms, limits_.poll_default_ms) : input.retry_ms;
  s_.up_floor_ms = now_ms_ + bounded(pause_ms);
  s_.up_not_before_ms = s_.up_floor_ms;
  change_store(Awaited::Kind::acknowledge, {{input.epoch, std::min(input.through, s_.sent_through)}});
}

void Stepper::on(const UpGap& input) {
  if (!s_.up_in_flight || input.epoch != s_.sent_epoch) return;
  came_up();
  set_line(Line::online, {});
  if (input.through.value + 1 < s_.sent_from.value) {
    std::erase_if(s_.behind, [&](const base::EpochMark& mark) { return mark.epoch == input.epoch; });
    go_back(Awaited::Kind::rewind, {{input.epoch, input.through}});
  } else {
    back_off_up(0);  // a gap where there is none: ask again later, believe nothing
  }
}

void Stepper::on(const UpForked& input) {
  if (!s_.up_in_flight || input.epoch != s_.sent_epoch) return;
  came_up();
  s_.forked = true;
  set_line(Line::online, {});
  go_back(Awaited::Kind::reissue, {{input.epoch, input.common_through}});
}

void Stepper::on(const UpRefused& input) {
  s_.up_in_flight = false;
  s_.awaited.reset();
  stop(input.error);
}

void Stepper::on(const UpFailed& input) {
  if (!s_.up_in_flight) return;
  s_.up_in_flight = false;
  // A line that is merely slow gets single facts and longer times through; nothing else is mended by less than a batch.
  const bool slow = input.error.code == base::Code::timeout || input.error.code == base::Code::too_large;
  if (slow) ++s_.up_timeouts;
  s_.batch_events = std::max(s_.batch_events / 2, slow ? 1U : std::min(s_.batch_events, limits_.batch_events_min));
  back_off_up(input.retry_after_ms);
  failed_line(input.error);
}

void Stepper::on(const UpWithdrawn&) {
  if (!s_.up_in_flight) return;
  s_.up_in_flight = false;
  if (s_.failures > 0) back_off_up(0);
  s_.failures = std::max(s_.failures, 1U);
  s_.awaited = Awaited{Awaited::Kind::reissue, {}, now_ms_ + limits_.request_timeout_ms};
}

// An upload that was under way when the downlink was refused says nothing about that.
void Stepper::came_up() {
  s_.up_in_flight = false;
  s_.up_timeouts = 0;
  if (!s_.down_stopped) go_on();
}

bool Stepper::wants_up() const {
  return s_.queued > 0 && !s_.up_in_flight && (!s_.stopped || (s_.again_ms && !s_.down_stopped));
}

bool Stepper::held_as_bulk() const {
  // A journal that went back holds rights that it has used: its queue must go before its epoch can end.
  return !s_.forked && !s_.bulk_open && limits_.bulk_events_min > 0 && s_.queued >= limits_.bulk_events_min;
}

std::int64_t Stepper::up_due_ms() {
  if (held_as_bulk()) {
    if (now_ms_ >= s_.bulk_check_ms) s_.bulk_check_ms = now_ms_ + limits_.bulk_check_ms;
    return s_.bulk_check_ms;
  }
  return std::max({s_.up_not_before_ms, s_.up_paid_ms, s_.again_ms.value_or(0)});
}

void Stepper::back_off_up(std::int64_t retry_after_ms) {
  ++s_.failures;
  s_.up_floor_ms = now_ms_ + bounded(retry_after_ms);
  s_.up_not_before_ms = s_.up_floor_ms + jitter_ms(s_.failures);
}

void Stepper::change_store(Awaited::Kind kind, std::vector<base::EpochMark> marks) {
  const auto& first = marks.front();
  if (kind == Awaited::Kind::acknowledge) actions_.push_back(Acknowledge{first.epoch, first.through});
  if (kind == Awaited::Kind::reissue) actions_.push_back(Reissue{first.epoch, first.through});
  if (kind == Awaited::Kind::rewind) actions_.push_back(Rewind{marks});
  s_.awaited = Awaited{kind, std::move(marks), now_ms_ + limits_.request_timeout_ms};
}

// What was sent has to be sent again, in the same epoch or a new one. The first time in a row it is at once; a hub that
// keeps saying so gets pauses.
void Stepper::go_back(Awaited::Kind kind, std::vector<base::EpochMark> marks) {
  if (s_.stopped) return;
  if (s_.failures > 0) {
    back_off_up(0);
  } else {
    s_.failures = 1;
    s_.up_not_before_ms = std::max(now_ms_, s_.up_floor_ms);
  }
  change_store(kind, std::move(marks));
}

// What the hub takes, and what the bytes a second let through in half of a request's time.
std::uint32_t Stepper::batch_bytes() const {
  std::uint64_t bytes = limits_.batch_bytes_max;
  if (s_.credit_bytes > 0) bytes = std::min<std::uint64_t>(bytes, s_.credit_bytes);
  if (limits_.up_bytes_per_s > 0) {
    bytes = std::min(bytes, limits_.up_bytes_per_s * static_cast<std::uint64_t>(limits_.request_timeout_ms) / 2'000);
  }
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(bytes, batch_bytes_min));
}

void Stepper::send_up() {
  std::uint32_t events = s_.batch_events;
  if (s_.credit_events) events = std::min(events, std::max<std::uint32_t>(*s_.credit_events, 1));
  // Never more than the head we know of: so an answer past the head is always a contradiction.
  if (s_.head > s_.acked) {
    events = static_cast<std::uint32_t>(std::min<std::uint64_t>(events, s_.head.value - s_.acked.value));
  }
  s_.up_in_flight = true;
  s_.again_ms.reset();
  s_.up_sent_ms = now_ms_;
  s_.sent_epoch = s_.epoch;
  s_.sent_from = base::Seq{s_.acked.value + 1};
  s_.sent_through = base::Seq{s_.acked.value + events};
  actions_.push_back(SendUp{s_.epoch, s_.sent_from, events, batch_bytes(), timeout_ms(s_.up_timeouts)});
}

}  // namespace millpond::engine
