// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/camera_worker.h"

#include "sync/codes/classify.h"

#include <algorithm>
#include <chrono>

namespace millpond::screen {
namespace {

constexpr std::int64_t frame_wait_ms = 200;
constexpr std::int64_t reopen_pause_ms = 1'000;
constexpr std::int64_t close_after_ms = 10'000;   // a shopper who comes back soon finds the camera ready
constexpr std::int64_t picture_interval_ms = 66;  // 15 a second look smooth and leave the CPU to decoding

std::optional<std::array<view::Point, 4>> outline_of(const std::optional<scan::Decoded>& seen) {
  if (!seen) return std::nullopt;
  std::array<view::Point, 4> outline{};
  std::transform(seen->corners.begin(), seen->corners.end(), outline.begin(), [](const auto& corner) {
    return view::Point{static_cast<float>(corner.x), static_cast<float>(corner.y)};
  });
  return outline;
}

bool about_one_picture(const base::Error& error) {
  return error.code == base::Code::picture_unreadable || error.code == base::Code::too_large;
}

}  // namespace

CameraWorker::CameraWorker(CameraSettings settings, CameraEvents events)
    : settings_{std::move(settings)}, events_{std::move(events)}, thread_{[this] { run(); }} {}

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
  }
  changed_.notify_all();
}

Looking CameraWorker::looking() {
  const std::lock_guard lock{mutex_};
  return looking_;
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
      pause(reopen_pause_ms);
      continue;
    }
    auto frame = camera_->next(frame_wait_ms);
    if (!frame && about_one_picture(frame.error())) continue;
    open_ = frame.has_value();
    tell(camera_->state());
    if (frame && *frame) take(std::move(**frame));
  }
}

// A folder keeps playing while nobody looks, as a real camera would; a device rests and is closed in the end.
bool CameraWorker::wait_until_needed() {
  std::unique_lock lock{mutex_};
  const auto needed = [this] { return stopping_ || looking_ != Looking::away; };
  if (needed() || !settings_.close_when_away) return !stopping_;
  if (!changed_.wait_for(lock, std::chrono::milliseconds{close_after_ms}, needed)) {
    lock.unlock();
    camera_.reset();
    open_ = false;
    stream_.forget();
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

void CameraWorker::take(ports::GrayFrame frame) {
  constexpr std::int64_t out_of_sight_ms = scan::StreamSettings{}.hold_off_ms;
  const Looking how = looking();
  if (how == Looking::away) return;
  const scan::StreamStep step = stream_.feed(frame);
  if (step.seen) {
    last_seen_ms_ = frame.taken_at_ms;
    if (codes::is_payment(codes::classify(step.seen->text))) {
      // Money: neither the text nor the picture goes any further.
      std::fill(frame.bytes.begin(), frame.bytes.end(), std::uint8_t{0});
      if (step.is_new) events_.payment_code();
      return;
    }
    if (step.is_new) events_.code(step.seen->text);
  } else if (frame.taken_at_ms - last_seen_ms_ > out_of_sight_ms) {
    const std::lock_guard lock{mutex_};
    if (forget_) stream_.forget();
    forget_ = false;
  }
  if (how != Looking::showing || frame.taken_at_ms - last_picture_ms_ < picture_interval_ms) return;
  last_picture_ms_ = frame.taken_at_ms;
  events_.picture({std::move(frame), outline_of(step.seen)});
}

void CameraWorker::pause(std::int64_t ms) {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, std::chrono::milliseconds{ms}, [this] { return stopping_; });
}

}  // namespace millpond::screen
