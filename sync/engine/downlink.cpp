// SPDX-License-Identifier: Apache-2.0
#include "sync/engine/stepper.h"

#include <algorithm>

namespace millpond::engine {
namespace {

// What a row of a page takes on its way, compressed: to keep a page within a capped line's share.
constexpr std::uint64_t row_bytes = 64;
constexpr std::uint64_t piece_bytes_min = 4U << 10;
// The shortest silence that any line survives; below it a slot would be worth less than polls.
constexpr std::int64_t slot_cap_min_ms = 5'000;

}  // namespace

void Stepper::on(const DownArrived& input) {
  if (!s_.down_in_flight) return;
  const std::int64_t held_ms = now_ms_ - s_.asked_ms;
  // A hub without a slot left answers at once; asking again at once would make a loop of it.
  const bool was_held = s_.asked_wait_ms == 0 || held_ms * 2 >= s_.asked_wait_ms;
  const bool news = input.news || input.more;
  if (s_.asked_wait_ms > 0 && !news && was_held) {
    s_.slot_cap_ms = std::min(limits_.poll_slot_max_ms, s_.slot_cap_ms + std::max<std::int64_t>(s_.slot_cap_ms / 8, 1));
  }
  s_.forked = input.ahead.has_value();
  s_.value_suspended = input.value_suspended;
  // A hub that sends to a snapshot which it does not have would be asked in turns for both, without a pause.
  came_down(input.snapshot == Snapshot::none ? 0 : s_.down_failures);
  s_.down_rows = std::min(s_.down_rows * 2, limits_.down_rows_max);
  s_.poll_ms = input.poll_ms;
  s_.slot_ms = bounded(input.poll_slot_ms);
  s_.snapshot = input.snapshot;
  const bool at_once = input.more || fetches_snapshot();
  s_.down_not_before_ms = at_once                               ? now_ms_
                          : slot_ms() > 0 && (news || was_held) ? now_ms_ + limits_.poll_gap_ms
                                                                : now_ms_ + poll_interval_ms();
  if (!s_.stopped) s_.behind = input.behind;
  // What waits is sent first and shows where the histories part. With nothing waiting the epoch ends here, before a
  // right or a lease of it is used a second time.
  const bool idle = s_.queued == 0 && !s_.up_in_flight && !s_.awaited;
  if (idle && input.ahead == base::EpochMark{s_.epoch, s_.head}) go_back(Awaited::Kind::reissue, {*input.ahead});
}

void Stepper::on(const DownFailed& input) {
  if (!s_.down_in_flight) return;
  s_.down_in_flight = false;
  ++s_.down_failures;
  if (input.error.code == base::Code::timeout || input.error.code == base::Code::too_large) {
    ++s_.down_timeouts;
    s_.down_rows = std::max(s_.down_rows / 2, 1U);
  }
  if (s_.asked_wait_ms > 0) s_.slot_cap_ms = std::max(s_.asked_wait_ms / 2, slot_cap_min_ms);
  // A snapshot that is gone is asked for anew by whoever needs it: the hub's next page says.
  if (input.error.code == base::Code::not_found) s_.snapshot = Snapshot::none;
  s_.down_floor_ms = now_ms_ + bounded(input.retry_after_ms);
  s_.down_not_before_ms = s_.down_floor_ms + jitter_ms(s_.down_failures);
  failed_line(input.error);
}

void Stepper::on(const DownRefused& input) {
  if (!s_.down_in_flight) return;
  s_.down_in_flight = false;
  s_.down_stopped = true;
  stop(input.error);
}

void Stepper::on(const SnapshotProgress& input) {
  if (!s_.down_in_flight) return;
  came_down(input.part ? 0 : s_.down_failures);
  s_.down_not_before_ms = now_ms_;
}

void Stepper::on(const ErrandDone&) {
  if (!s_.down_in_flight) return;
  // It may have been refused, so a stop is not over; the page that the pause was for is asked for next.
  if (s_.down_stopped) s_.again_ms = now_ms_;
  arrived(s_.down_failures);
  s_.down_not_before_ms = now_ms_;
}

void Stepper::on(const SnapshotAdopted&) {
  if (!s_.down_in_flight) return;
  came_down(0);
  s_.snapshot = Snapshot::none;
  s_.down_not_before_ms = now_ms_;
}

void Stepper::on(const PollNow&) { s_.down_not_before_ms = std::max(now_ms_, s_.down_floor_ms); }

bool Stepper::wants_down() const { return !s_.down_in_flight && (!s_.down_stopped || s_.again_ms); }

// While bulk waits for its hour pages are asked for as ever: the answer holds no rows, but what the hub holds of ours.
bool Stepper::fetches_snapshot() const {
  return s_.snapshot == Snapshot::urgent || (s_.snapshot == Snapshot::wanted && s_.bulk_open);
}

std::int64_t Stepper::down_due_ms() const {
  const auto again_ms = s_.down_stopped ? s_.again_ms.value_or(0) : 0;
  return std::max({s_.down_not_before_ms, s_.down_paid_ms, again_ms});
}

std::int64_t Stepper::poll_interval_ms() const {
  return s_.poll_ms == 0 ? limits_.poll_default_ms : bounded(s_.poll_ms);
}

// None for a question after a stop: its answer is waited for by a person.
std::int64_t Stepper::slot_ms() const { return s_.down_stopped ? 0 : std::min(s_.slot_ms, s_.slot_cap_ms); }

void Stepper::came_down(std::uint32_t failures) {
  if (s_.down_stopped) go_on();
  arrived(failures);
}

void Stepper::arrived(std::uint32_t failures) {
  s_.down_in_flight = false;
  s_.down_failures = failures;
  s_.down_timeouts = 0;
  s_.down_floor_ms = now_ms_;
  set_line(Line::online, {});
}

// What the bytes a second let through in half of a request's time.
std::uint64_t Stepper::down_share_bytes() const {
  if (limits_.down_bytes_per_s == 0) return UINT64_MAX;
  return limits_.down_bytes_per_s * static_cast<std::uint64_t>(limits_.request_timeout_ms) / 2'000;
}

void Stepper::ask_down() {
  s_.down_in_flight = true;
  if (s_.down_stopped) s_.again_ms.reset();
  s_.asked_ms = now_ms_;
  const auto timeout = timeout_ms(s_.down_timeouts);
  if (fetches_snapshot()) {
    s_.asked_wait_ms = 0;
    const auto piece =
        std::clamp<std::uint64_t>(down_share_bytes(), piece_bytes_min,
                                  std::max<std::uint64_t>(piece_bytes_min, limits_.snapshot_piece_bytes_max));
    actions_.push_back(FetchSnapshot{static_cast<std::uint32_t>(piece), timeout});
    return;
  }
  s_.asked_wait_ms = slot_ms();
  const auto rows = std::clamp<std::uint64_t>(down_share_bytes() / row_bytes, 1, s_.down_rows);
  actions_.push_back(AskDown{static_cast<std::uint32_t>(rows), s_.asked_wait_ms, timeout + s_.asked_wait_ms});
}

}  // namespace millpond::engine
