// SPDX-License-Identifier: Apache-2.0
// Camera: something that gives gray pictures, one after another. Not a decoder, and no colour: codes are read from
// luma alone. A camera belongs to one thread; frames are values that may travel.
#pragma once

#include "hardware/ports/device_state.h"
#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace millpond::ports {

inline constexpr int frame_side_max = 16384;  // above any camera or photograph that shops have

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
  friend bool operator==(const GrayFrame&, const GrayFrame&) = default;
};

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

  // After a frame, at its time: a camera that can sets exposure and focus by it. Others do nothing.
  virtual void heed(const FrameUse& use, std::int64_t at_ms) {
    static_cast<void>(use);
    static_cast<void>(at_ms);
  }

  // As of the last call; never blocks. not_configured before the first open.
  [[nodiscard]] virtual DeviceState state() const = 0;
};

}  // namespace millpond::ports
