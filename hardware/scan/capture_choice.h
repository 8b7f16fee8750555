// SPDX-License-Identifier: Apache-2.0
// Which of a camera's layouts, sizes and rates to take: what a person's hand needs first, then what a code needs. Pure;
// any thread.
#pragma once

#include "hardware/scan/luma.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace millpond::scan {

// From one picture to the next, in seconds. The denominator is not 0.
struct FrameInterval {
  std::uint32_t numerator{};
  std::uint32_t denominator{};
};

inline constexpr FrameInterval usual_interval{1, 30};  // what the passes are made for

[[nodiscard]] bool is_shorter(const FrameInterval& one, const FrameInterval& other);
// The shorter, but nothing shorter than usual while there is a choice: sixty pictures a second cost twice as much.
[[nodiscard]] bool is_better(const FrameInterval& one, const FrameInterval& other);

struct CaptureMode {
  std::uint32_t fourcc{};
  PixelLayout layout{};
  int width{};  // as captured
  int height{};
  std::optional<FrameInterval> interval;  // the best; nothing when the driver does not tell
};

// Best first. 25 pictures a second come before anything else, then the largest picture up to the wanted size, then what
// need not be unpacked; where nothing is that quick, the quickest. A JPEG counts as what take_jpeg_luma makes of it.
// Modes whose rate is not told come last, as they were; told ones that are too small to read a code in are left out.
[[nodiscard]] std::vector<CaptureMode> best_first(std::vector<CaptureMode> modes, int wanted_width, int wanted_height);

}  // namespace millpond::scan
