// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/scan_stream.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace millpond::scan {
namespace {

constexpr std::int64_t sight_ms = 200;         // a hand's tremor stays within the region for so long
constexpr std::int64_t still_sight_ms = 1000;  // and what nobody touches longer
constexpr std::int64_t known_ms = 400;         // a code seen so lately is still where it was
constexpr std::int64_t stubborn_ms = 2000;     // who cannot read a symbol in so long lets others have their turn
constexpr std::int64_t settled_ms = 10'000;    // without movement: what is there may be background
constexpr int symbols_max = 4;                 // more than people hold up at once

// Heavier rungs by turns. Ours reads what the library's thresholds read and more; the full size is for codes far away,
// and the local mean for dark screens that are near. Those for dark screens stand on even and odd frames, because a
// suspicion takes the even ones.
std::optional<Rung> heavier_rung(std::uint64_t frame, bool items) {
  switch (frame % 12) {
    case 0:
    case 3:
    case 6:
    case 10:
      return Rung::soft;
    case 4:
    case 9:
      return Rung::soft_inverted;
    case 7:
      return Rung::full;
    case 11:
      return Rung::mean_half_inverted;
    default:
      return items ? std::optional{Rung::items} : std::nullopt;
  }
}

// And while nothing moves.
constexpr std::array still_rungs{Rung::soft, Rung::soft_inverted, Rung::full, Rung::mean_half_inverted};

bool is_soft(Rung rung) { return rung == Rung::soft || rung == Rung::soft_inverted; }

// The library's rung for the same pictures.
Rung soft_stand_in(Rung rung) { return rung == Rung::soft ? Rung::mean_half : Rung::mean_half_inverted; }

bool are_near(const Corners& one, const Corners& other) {
  const float side = std::max(std::abs(one[2].x - one[0].x), std::abs(one[2].y - one[0].y));
  return std::abs(one[0].x + one[2].x - other[0].x - other[2].x) < side &&
         std::abs(one[0].y + one[2].y - other[0].y - other[2].y) < side;
}

}  // namespace

StreamStep ScanStream::feed(const ports::GrayView& frame) {
  if (!frame.is_sound()) return {};
  const auto now_ms = frame.taken_at_ms;
  const bool moved = gate_.moved(frame);
  if (moved) last_movement_ms_ = now_ms;
  sights_.watch(now_ms, moved);
  if (stubborn_ && now_ms - stubborn_->at_ms > still_sight_ms) stubborn_.reset();
  StreamStep step;
  step.active = last_movement_ms_ && now_ms - *last_movement_ms_ <= settings_.active_hold_ms;
  if (step.active) {
    read_moving(frame, step);
    ++active_frames_;
    sights_.missed_the_rest();
  } else if (!last_idle_read_ms_ || now_ms - *last_idle_read_ms_ >= settings_.idle_interval_ms) {
    last_idle_read_ms_ = now_ms;
    read_still(frame, step);
    sights_.missed_the_rest();
  }
  const bool suspected = suspicion_ && suspicion_->at_ms == now_ms;
  if (suspected && !step.seen) step.unread = light_around(frame, suspicion_->outline);
  step.hint = advise(frame, moved, step);
  return step;
}

void ScanStream::read_moving(const ports::GrayView& frame, StreamStep& step) {
  const auto now_ms = frame.taken_at_ms;
  if (stubborn_ && active_frames_ % 6 == 0) {
    return read_around(frame, Corners{stubborn_->outline}, stubborn_->rung, step);
  }
  // A suspicion may be wrong, so every second frame looks elsewhere too.
  if (suspicion_ && now_ms - suspicion_->at_ms <= sight_ms && active_frames_ % 2 == 0) {
    return read_around(frame, Corners{suspicion_->outline}, suspicion_->rung, step);
  }
  // What only a heavier rung sees is followed for its outline; it is told already, so others come first.
  if (active_frames_ % 2 == 0) {
    if (const auto* hard = sights_.hard_one(sight_ms)) {
      return read_around(frame, Corners{hard->outline}, hard->rung, step);
    }
  }
  if (read_half(frame, step)) return;
  if (const auto heavier = heavier_rung(active_frames_, settings_.items)) read_whole(frame, *heavier, step);
}

void ScanStream::read_still(const ports::GrayView& frame, StreamStep& step) {
  const auto now_ms = frame.taken_at_ms;
  const auto turn = still_frames_++;
  const bool settled = last_movement_ms_ && now_ms - *last_movement_ms_ > settled_ms;
  object_ = gate_.holds_object();
  if (read_half(frame, step)) return;
  if (const auto* hard = sights_.hard_one(still_sight_ms)) {
    read_around(frame, Corners{hard->outline}, hard->rung, step);
  } else if (suspicion_ && now_ms - suspicion_->at_ms <= still_sight_ms && turn % 2 == 0) {
    read_around(frame, Corners{suspicion_->outline}, suspicion_->rung, step);
  } else if (object_.value_or(true)) {
    read_whole(frame, still_rungs[still_passes_++ % still_rungs.size()], step);
  }
  if (settled && !step.seen && step.others.empty()) gate_.learn_background();
}

// The cheap pass. True when it found something new, after which nothing else is worth its time on this frame.
bool ScanStream::read_half(const ports::GrayView& frame, StreamStep& step) {
  for (auto& found : decoder_.all_symbols(frame, Rung::half, symbols_max)) take(std::move(found), step);
  return step.is_new;
}

void ScanStream::read_whole(const ports::GrayView& frame, Rung rung, StreamStep& step) {
  if (is_soft(rung) && !settings_.parts.own_reader) rung = soft_stand_in(rung);
  auto known = sights_.outlines(known_ms);
  if (stubborn_) known.push_back(stubborn_->outline);
  decoder_.overlook(std::move(known));
  auto found = decoder_.try_rung(frame, rung);
  decoder_.overlook({});
  if (found) {
    take(std::move(*found), step);
  } else if (is_soft(rung)) {
    suspect(frame, rung);
  }
}

// Around a sight or a suspicion: the half pass, and the rung that saw it.
void ScanStream::read_around(const ports::GrayView& frame, const Corners& outline, Rung rung, StreamStep& step) {
  const auto region = region_around(outline, frame);
  auto found = decoder_.try_rung(frame, Rung::half, region);
  if (!found && rung != Rung::half) {
    found = decoder_.try_rung(frame, rung, region);
    if (!found && is_soft(rung)) suspect(frame, rung);
  }
  if (found) take(std::move(*found), step);
}

// A new text before one that is known, and what belongs to the shop never.
void ScanStream::take(Decoded found, StreamStep& step) {
  if (step.is_new) {
    // A second new one in the same frame is told from the next.
    step.others.push_back(std::move(found));
    return;
  }
  const bool is_new = sights_.saw(found);
  for (auto* suspicion : {&suspicion_, &stubborn_}) {
    if (*suspicion && are_near((*suspicion)->outline, found.corners)) suspicion->reset();
  }
  if (!is_new && (step.seen || sights_.is_part_of_shop(found.text))) {
    step.others.push_back(std::move(found));
    return;
  }
  if (step.seen) step.others.push_back(std::move(*step.seen));
  step.seen = std::move(found);
  step.is_new = is_new;
}

void ScanStream::suspect(const ports::GrayView& frame, Rung rung) {
  const auto& outline = decoder_.suspected();
  if (!outline || !settings_.parts.regions) return;
  const auto now_ms = frame.taken_at_ms;
  if (stubborn_ && are_near(stubborn_->outline, *outline)) {
    stubborn_ = {*outline, rung, now_ms, stubborn_->since_ms};
    return;
  }
  const bool goes_on = suspicion_ && are_near(suspicion_->outline, *outline);
  suspicion_ = {*outline, rung, now_ms, goes_on ? suspicion_->since_ms : now_ms};
  if (now_ms - suspicion_->since_ms > stubborn_ms) stubborn_ = std::exchange(suspicion_, std::nullopt);
}

Hint ScanStream::advise(const ports::GrayView& frame, bool moved, const StreamStep& step) {
  const bool something_there = step.active || object_.value_or(false);
  if (!something_there || step.seen) {
    waiting_since_ms_.reset();
    return Hint::none;
  }
  if (!waiting_since_ms_) waiting_since_ms_ = frame.taken_at_ms;
  if (frame.taken_at_ms - *waiting_since_ms_ < settings_.hint_after_ms) return Hint::none;
  const auto& suspected = suspicion_ ? suspicion_ : stubborn_;
  const bool fresh = suspected && frame.taken_at_ms - suspected->at_ms <= still_sight_ms;
  return hint_for(frame, fresh ? std::optional{suspected->outline} : std::nullopt, moved);
}

void ScanStream::forget() {
  suspicion_.reset();
  stubborn_.reset();
  decoder_.forget();
}

}  // namespace millpond::scan
