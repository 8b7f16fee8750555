// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/camera_worker.h"

#include "sync/codes/classify.h"

#include <algorithm>
#include <chrono>

namespace millpond::screen {
namespace {

constexpr std::int64_t frame_wait_ms = 200;
constexpr std::int64_t picture_interval_ms = 66;  // 15 a second look smooth and leave the CPU to decoding
constexpr std::int64_t tip_shown_ms = 1'500;      // what changes faster cannot be read
// A frame in which a payment code could not be read may show it all the same.
constexpr std::int64_t payment_hidden_ms = 500;
// Longer than a question to a hub takes; then twice as long, and in the end not at all: what was refused stays refused.
constexpr std::int64_t first_repeat_ms = 2'000;
constexpr std::int64_t repeat_wait_max_ms = 8'000;

std::optional<std::array<view::Point, 4>> outline_of(const std::optional<scan::Decoded>& seen) {
  if (!seen) return std::nullopt;
  std::array<view::Point, 4> outline{};
  std::transform(seen->corners.begin(), seen->corners.end(), outline.begin(), [](const auto& corner) {
    return view::Point{static_cast<float>(corner.x), static_cast<float>(corner.y)};
  });
  return outline;
}

flow::ScanTip tip_for(scan::Hint hint) {
  switch (hint) {
    case scan::Hint::closer:
      return flow::ScanTip::closer;
    case scan::Hint::further:
      return flow::ScanTip::further;
    case scan::Hint::brighter:
      return flow::ScanTip::brighter;
    case scan::Hint::turn:
      return flow::ScanTip::turn;
    case scan::Hint::hold_still:
      return flow::ScanTip::hold_still;
    case scan::Hint::none:
      break;
  }
  return flow::ScanTip::none;
}

bool is_payment(const scan::Decoded& found) { return codes::is_payment(codes::classify(found.text)); }

bool about_one_picture(const base::Error& error) {
  return error.code == base::Code::picture_unreadable || error.code == base::Code::too_large;
}

}  // namespace

CameraWorker::CameraWorker(CameraSettings settings, CameraEvents events)
    : settings_{std::move(settings)},
      events_{std::move(events)},
      reopen_pause_{settings_.device},
      stream_{{.single_pictures = !settings_.close_when_away}},
      thread_{[this] { run(); }} {}

CameraWorker::~CameraWorker() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CameraWorker::look(Looking how) {
  {
    const std::lock_guard lock{mutex_};
    if (looking_ == how) return;
    looking_ = how;
    if (how == Looking::away) ++turns_away_;
  }
  changed_.notify_all();
}

void CameraWorker::forget() {
  const std::lock_guard lock{mutex_};
  forget_ = true;
}

void CameraWorker::run() {
  if (!settings_.make) {
    tell(ports::DeviceState::not_configured);
    return;
  }
  while (true) {
    if (!wait_until_needed()) return;
    if (!ready()) {
      pause();
      continue;
    }
    const auto looked = camera_->look(frame_wait_ms, [this](const ports::GrayView& frame) {
      reopen_pause_.works();  // not when it opens: some open and give nothing
      take(frame);
    });
    if (!looked && about_one_picture(looked.error())) continue;
    open_ = looked.has_value();
    tell(camera_->state());
    if (!open_) pause();
  }
}

// A folder keeps playing while nobody looks, as a real camera would; a device rests and is closed in the end.
bool CameraWorker::wait_until_needed() {
  std::unique_lock lock{mutex_};
  const auto needed = [this] { return stopping_ || looking_ != Looking::away; };
  if (needed() || !settings_.close_when_away) return !stopping_;
  if (!changed_.wait_for(lock, std::chrono::milliseconds{settings_.close_after_ms}, needed)) {
    lock.unlock();
    camera_.reset();
    open_ = false;
    lock.lock();
    changed_.wait(lock, needed);
  }
  return !stopping_;
}

bool CameraWorker::ready() {
  if (camera_ == nullptr) camera_ = settings_.make();
  if (open_) return true;
  open_ = camera_->open().has_value();
  tell(camera_->state());
  return open_;
}

void CameraWorker::tell(ports::DeviceState state) {
  if (told_ == state) return;
  told_ = state;
  events_.state(state);
}

void CameraWorker::take(const ports::GrayView& frame) {
  Looking how{};
  std::uint64_t turn{};
  {
    const std::lock_guard lock{mutex_};
    how = looking_;
    turn = turns_away_;
    if (how == Looking::away) return;
    if (forget_) stream_.forget();
    forget_ = false;
  }
  const auto now_ms = frame.taken_at_ms;
  const scan::StreamStep step = stream_.feed(frame);
  camera_->heed({step.seen.has_value(), step.unread}, now_ms);
  const bool hidden = shows_payment(step, now_ms);
  const bool is_money = step.seen && is_payment(*step.seen);
  if (step.is_new && !is_money && events_.found && codes::is_ours(codes::classify(step.seen->text))) events_.found();
  if (how == Looking::showing && !hidden) show(frame, step);
  if (is_money) {
    if (step.is_new) events_.payment_code();
  } else if (step.seen) {
    tell_code(*step.seen, step.is_new, now_ms, how, turn);
  }
}

void CameraWorker::show(const ports::GrayView& frame, const scan::StreamStep& step) {
  const auto now_ms = frame.taken_at_ms;
  const auto tip = tip_of(step, now_ms);
  // The frame in which a code was found is always shown, or its outline would be a matter of luck.
  if (!step.is_new && now_ms - last_picture_ms_ < picture_interval_ms) return;
  last_picture_ms_ = now_ms;
  events_.picture({ports::copy_of(frame), outline_of(step.seen), tip});
}

flow::ScanTip CameraWorker::tip_of(const scan::StreamStep& step, std::int64_t now_ms) {
  const auto tip = step.seen ? flow::ScanTip::none : tip_for(step.hint);
  const bool read = now_ms - tip_since_ms_ >= tip_shown_ms;
  if (tip != tip_ && (read || step.seen || tip_ == flow::ScanTip::none)) {
    tip_ = tip;
    tip_since_ms_ = now_ms;
  }
  return tip_;
}

// Money: neither the text nor the picture goes any further.
bool CameraWorker::shows_payment(const scan::StreamStep& step, std::int64_t now_ms) {
  const bool seen_money = step.seen && is_payment(*step.seen);
  if (seen_money || std::any_of(step.others.begin(), step.others.end(), is_payment)) payment_seen_ms_ = now_ms;
  return payment_seen_ms_ && now_ms - *payment_seen_ms_ <= payment_hidden_ms;
}

void CameraWorker::tell_code(const scan::Decoded& seen, bool is_new, std::int64_t now_ms, Looking how,
                             std::uint64_t turn) {
  if (!codes::is_ours(codes::classify(seen.text))) stream_.ignore(seen.text);
  const bool again = told_code_ && told_code_->text == seen.text && told_code_->turn == turn &&
                     how == Looking::showing && now_ms >= told_code_->again_at_ms &&
                     told_code_->wait_ms <= repeat_wait_max_ms;
  if (!is_new && !again) return;
  const auto wait_ms = again ? 2 * told_code_->wait_ms : first_repeat_ms;
  told_code_ = {seen.text, now_ms + wait_ms, wait_ms, turn};
  events_.code(seen.text);
}

void CameraWorker::pause() {
  std::unique_lock lock{mutex_};
  for (auto left_ms = reopen_pause_.after_failure_ms(); left_ms > 0 && !stopping_; left_ms -= ReopenPause::look_ms) {
    const std::chrono::milliseconds step{std::min(left_ms, ReopenPause::look_ms)};
    changed_.wait_for(lock, step, [this] { return stopping_; });
    if (reopen_pause_.is_back()) return;
  }
}

}  // namespace millpond::screen
