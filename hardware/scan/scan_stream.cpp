// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/scan_stream.h"

namespace millpond::scan {
namespace {

constexpr std::int64_t sight_ms = 200;  // a hand's tremor stays within the region for so long

// Heavier rungs by turns. Ours reads what the library's thresholds read and more; the full size is for codes far away.
std::optional<Rung> heavier_rung(std::uint64_t frame, bool items) {
  switch (frame % 12) {
    case 0:
    case 3:
    case 6:
    case 9:
      return Rung::soft;
    case 4:
    case 10:
      return Rung::soft_inverted;
    case 7:
      return Rung::full;
    default:
      return items ? std::optional{Rung::items} : std::nullopt;
  }
}

bool is_soft(Rung rung) { return rung == Rung::soft || rung == Rung::soft_inverted; }

}  // namespace

StreamStep ScanStream::feed(const ports::GrayFrame& frame) {
  if (!frame.is_sound()) return {};
  const bool moved = gate_.moved(frame);
  if (moved) last_movement_ms_ = frame.taken_at_ms;
  StreamStep step;
  step.active = last_movement_ms_ && frame.taken_at_ms - *last_movement_ms_ <= settings_.active_hold_ms;
  if (step.active) {
    step.seen = read(frame);
    ++active_frames_;
  } else if (!last_idle_read_ms_ || frame.taken_at_ms - *last_idle_read_ms_ >= settings_.idle_interval_ms) {
    last_idle_read_ms_ = frame.taken_at_ms;
    step.seen = decoder_.try_rung(frame, Rung::half);
  }
  step.hint = advise(frame, moved, step);
  step.is_new = step.seen && note(step.seen->text, frame.taken_at_ms);
  return step;
}

std::optional<Decoded> ScanStream::read(const ports::GrayFrame& frame) {
  const bool fresh = sight_ && frame.taken_at_ms - sight_->at_ms <= sight_ms;
  // A suspicion may be wrong, so every second frame looks elsewhere too.
  if (fresh && (sight_->is_read || active_frames_ % 2 == 0)) {
    return read_in(frame, region_around(sight_->outline, frame));
  }
  if (auto found = decoder_.try_rung(frame, Rung::half)) {
    remember(frame, found);
    return found;
  }
  const auto heavier = heavier_rung(active_frames_, settings_.items);
  if (!heavier) return std::nullopt;
  auto found = decoder_.try_rung(frame, *heavier);
  if (found) {
    remember(frame, found);
  } else if (is_soft(*heavier) && decoder_.suspected()) {
    sight_ = {*decoder_.suspected(), *heavier, frame.taken_at_ms, false};
  }
  return found;
}

// Around the last sight: the half pass, and the rung that saw it.
std::optional<Decoded> ScanStream::read_in(const ports::GrayFrame& frame, const Region& region) {
  auto found = decoder_.try_rung(frame, Rung::half, region);
  if (!found && sight_->rung != Rung::half) {
    found = decoder_.try_rung(frame, sight_->rung, region);
    if (!found && is_soft(sight_->rung) && decoder_.suspected()) {
      sight_ = {*decoder_.suspected(), sight_->rung, frame.taken_at_ms, false};
    }
  }
  if (found) remember(frame, found);
  return found;
}

void ScanStream::remember(const ports::GrayFrame& frame, const std::optional<Decoded>& found) {
  sight_ = {found->corners, found->rung, frame.taken_at_ms, true};
}

Hint ScanStream::advise(const ports::GrayFrame& frame, bool moved, const StreamStep& step) {
  if (!step.active || step.seen) {
    waiting_since_ms_.reset();
    return Hint::none;
  }
  if (!waiting_since_ms_) waiting_since_ms_ = frame.taken_at_ms;
  if (frame.taken_at_ms - *waiting_since_ms_ < settings_.hint_after_ms) return Hint::none;
  const bool fresh = sight_ && frame.taken_at_ms - sight_->at_ms <= sight_ms;
  return hint_for(frame, fresh ? std::optional{sight_->outline} : std::nullopt, moved);
}

bool ScanStream::note(const std::string& text, std::int64_t at_ms) {
  const bool repeated = text == last_text_ && at_ms - last_seen_ms_ < settings_.hold_off_ms;
  last_text_ = text;
  last_seen_ms_ = at_ms;
  return !repeated;
}

void ScanStream::forget() {
  last_text_.clear();
  last_seen_ms_ = 0;
  sight_.reset();
  decoder_.forget();
}

}  // namespace millpond::scan
