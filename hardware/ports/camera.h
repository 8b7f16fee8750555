// SPDX-License-Identifier: Apache-2.0
// Camera: something that gives gray pictures, one after another. Not a decoder, and no colour: codes are read from
// luma alone. A camera belongs to one thread; frames are values that may travel.
#pragma once

#include "hardware/ports/device_state.h"
#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace millpond::ports {

inline constexpr int frame_side_max = 16384;  // above any camera or photograph that shops have

// A gray picture, or a part of one, where it lies: in a driver's buffer or in a frame. Borrowed, like a pointer.
struct GrayView {
  const std::uint8_t* pixels{};
  int width{};
  int height{};
  int stride{};                // bytes from one row to the next
  int step = 1;                // and from one pixel to the next: 2 where colour lies between
  std::int64_t taken_at_ms{};  // as of a frame

  [[nodiscard]] bool is_sound() const {
    return pixels != nullptr && width >= 1 && height >= 1 && width <= frame_side_max && height <= frame_side_max &&
           step >= 1 && stride >= width * step;
  }
  [[nodiscard]] const std::uint8_t* row(int y) const { return pixels + static_cast<std::ptrdiff_t>(y) * stride; }
  [[nodiscard]] std::uint8_t at(int x, int y) const { return row(y)[static_cast<std::ptrdiff_t>(x) * step]; }
};

struct GrayFrame {
  int width{};
  int height{};
  int stride{};                // bytes from one row to the next; at least width
  base::Bytes bytes;           // 0 is black
  std::int64_t taken_at_ms{};  // monotonic; orders frames and measures waits

  // True when every pixel that width, height and stride promise is there. Drivers hand out torn frames after an
  // unplug; whoever reads pixels asks this first.
  [[nodiscard]] bool is_sound() const {
    if (width < 1 || height < 1 || width > frame_side_max || height > frame_side_max || stride < width) return false;
    const auto last_row = static_cast<std::size_t>(stride) * static_cast<std::size_t>(height - 1);
    return bytes.size() >= last_row + static_cast<std::size_t>(width);
  }
  [[nodiscard]] std::uint8_t at(int x, int y) const {
    return bytes[static_cast<std::size_t>(y) * static_cast<std::size_t>(stride) + static_cast<std::size_t>(x)];
  }
  // Of all of it, as long as the frame is neither changed nor gone; of a frame that is not sound one that is not
  // either.
  operator GrayView() const {
    if (!is_sound()) return {};
    return {bytes.data(), width, height, stride, 1, taken_at_ms};
  }
  friend bool operator==(const GrayFrame&, const GrayFrame&) = default;
};

// A frame of its own, without gaps between rows. The view must be sound.
[[nodiscard]] GrayFrame copy_of(const GrayView& view);

// How a part of a frame is lit that somebody wants to read.
struct PartLight {
  float white{};       // share of its pixels that are as white as the sensor tells
  int bright_level{};  // ninetieth percentile
};

// What a frame was good for.
struct FrameUse {
  bool read = false;                  // a code was
  std::optional<PartLight> unread{};  // and of a symbol that is there and cannot be read
};

class Camera {
 public:
  virtual ~Camera() = default;

  // Gets the device ready; safe to repeat, also after a failure. Errors: device_absent, permission_denied,
  // device_busy, unsupported, device_failed. Blocks at most a second.
  virtual base::Result<> open() = 0;

  // The newest frame, or nothing when none came within timeout_ms (at least 0). Older frames are dropped, never
  // queued. Errors: device_absent when it was unplugged or is not open, device_failed, and picture_unreadable or
  // too_large for one bad picture, after which the next call goes on.
  virtual base::Result<std::optional<GrayFrame>> next(std::int64_t timeout_ms) = 0;

  // The same picture where it lies, for `use` alone: called once, or not at all when none came; what it is given ends
  // with it. So that a picture which nobody keeps is never copied. Errors and waits as next.
  virtual base::Result<> look(std::int64_t timeout_ms, const std::function<void(const GrayView&)>& use) {
    MILLPOND_TRY(const auto frame, next(timeout_ms));
    if (frame && frame->is_sound()) use(*frame);
    return {};
  }

  // After a frame, at its time: a camera that can sets exposure and focus by it. Others do nothing.
  virtual void heed(const FrameUse& use, std::int64_t at_ms) {
    static_cast<void>(use);
    static_cast<void>(at_ms);
  }

  // As of the last call; never blocks. not_configured before the first open.
  [[nodiscard]] virtual DeviceState state() const = 0;
};

}  // namespace millpond::ports
