// SPDX-License-Identifier: Apache-2.0
// How a camera's exposure and focus should be set, by what its frames were good for. Automatic exposure looks at the
// shop, and a phone's screen in it becomes white; automatic focus hunts when a phone comes. Pure, but for what the last
// call decided; the clock is the frames' time.
#pragma once

#include "hardware/ports/camera.h"

#include <cstdint>
#include <optional>

namespace millpond::scan {

struct Exposure {
  bool automatic = true;
  int time_100us{};  // as V4L2 counts
  int gain{};
  friend bool operator==(const Exposure&, const Exposure&) = default;
};

struct ExposureLimits {
  int time_min_100us{};
  int time_max_100us{};
  int gain_min{};
  int gain_max{};
};

class ExposurePlan {
 public:
  explicit ExposurePlan(ExposureLimits limits) : limits_{limits} {}

  // What to set now, or nothing: shorter where a symbol is drowned in white, longer where it is dark (not beyond 8 ms,
  // which a hand smears; then more gain), and automatic again three seconds after the last symbol. `automatic` is what
  // the camera has chosen by itself, to begin with.
  [[nodiscard]] std::optional<Exposure> next(const ports::FrameUse& use, std::int64_t at_ms, const Exposure& automatic);

 private:
  [[nodiscard]] Exposure darker(Exposure from) const;
  [[nodiscard]] Exposure brighter(Exposure from) const;

  const ExposureLimits limits_;
  Exposure set_;
  std::int64_t set_at_ms_ = 0;
  std::int64_t symbol_at_ms_ = 0;
};

class FocusPlan {
 public:
  // Whether focus should be automatic from now on, or nothing when it stays as it is. Begins as automatic; stays where
  // a code was sharp until a symbol has been unreadable for 700 ms, or none was read for a minute.
  [[nodiscard]] std::optional<bool> next(const ports::FrameUse& use, std::int64_t at_ms);

 private:
  bool automatic_ = true;
  std::int64_t read_at_ms_ = 0;
  std::optional<std::int64_t> unread_since_ms_;
};

}  // namespace millpond::scan
