// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/scan_stream.h"

namespace millpond::scan {
namespace {

// Heavier rungs by turns: two of three frames get one, full sizes with the threshold passes between them.
std::optional<Rung> heavier_rung(std::uint64_t frame) {
  switch (frame % 6) {
    case 1:
      return Rung::full;
    case 2:
      return Rung::mean_half;
    case 4:
      return Rung::full;
    case 5:
      return Rung::mean_half_inverted;
    default:
      return std::nullopt;
  }
}

}  // namespace

StreamStep ScanStream::feed(const ports::GrayFrame& frame) {
  if (!frame.is_sound()) return {};
  if (gate_.moved(frame)) last_movement_ms_ = frame.taken_at_ms;
  StreamStep step;
  step.active = last_movement_ms_ && frame.taken_at_ms - *last_movement_ms_ <= settings_.active_hold_ms;
  if (step.active) {
    step.seen = read(frame);
    ++active_frames_;
  } else if (!last_idle_read_ms_ || frame.taken_at_ms - *last_idle_read_ms_ >= settings_.idle_interval_ms) {
    last_idle_read_ms_ = frame.taken_at_ms;
    step.seen = decoder_.try_rung(frame, Rung::half);
  }
  step.is_new = step.seen && note(step.seen->text, frame.taken_at_ms);
  return step;
}

std::optional<Decoded> ScanStream::read(const ports::GrayFrame& frame) {
  if (auto found = decoder_.try_rung(frame, Rung::half)) return found;
  const auto heavier = heavier_rung(active_frames_);
  return heavier ? decoder_.try_rung(frame, *heavier) : std::nullopt;
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
}

}  // namespace millpond::scan
