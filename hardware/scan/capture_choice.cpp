// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/capture_choice.h"

#include "hardware/scan/jpeg_luma.h"

#include <algorithm>
#include <utility>

namespace millpond::scan {
namespace {

constexpr FrameInterval slowest_good{1, 25};      // seven pictures in the 300 ms that somebody waits gladly
constexpr std::int64_t pixels_min = 640LL * 360;  // fewer, and a member's code must fill the picture

std::int64_t pixels_of(const CaptureMode& mode) { return std::int64_t{mode.width} * mode.height; }

// Pixels beyond the wanted size only cost.
std::int64_t useful_pixels(const CaptureMode& mode, int wanted_width, int wanted_height) {
  const int halving = mode.layout == PixelLayout::jpeg && mode.width >= jpeg_halved_from_px ? 2 : 1;
  return std::int64_t{std::min(mode.width / halving, wanted_width)} * std::min(mode.height / halving, wanted_height);
}

bool keeps_pace(const CaptureMode& mode) { return !is_shorter(slowest_good, *mode.interval); }

}  // namespace

bool is_shorter(const FrameInterval& one, const FrameInterval& other) {
  return std::uint64_t{one.numerator} * other.denominator < std::uint64_t{other.numerator} * one.denominator;
}

bool is_better(const FrameInterval& one, const FrameInterval& other) {
  const bool one_hurries = is_shorter(one, usual_interval);
  if (one_hurries != is_shorter(other, usual_interval)) return !one_hurries;
  return one_hurries ? is_shorter(other, one) : is_shorter(one, other);
}

std::vector<CaptureMode> best_first(std::vector<CaptureMode> modes, int wanted_width, int wanted_height) {
  const auto useful = [=](const CaptureMode& mode) { return useful_pixels(mode, wanted_width, wanted_height); };
  std::erase_if(modes, [&](const CaptureMode& mode) { return mode.interval && useful(mode) < pixels_min; });
  std::stable_sort(modes.begin(), modes.end(), [&](const CaptureMode& one, const CaptureMode& other) {
    if (!one.interval || !other.interval) return one.interval.has_value() && !other.interval.has_value();
    const bool quick = keeps_pace(one);
    if (quick != keeps_pace(other)) return quick;
    const bool better = is_better(*one.interval, *other.interval);
    const bool worse = is_better(*other.interval, *one.interval);
    if (!quick && better != worse) return better;
    if (useful(one) != useful(other)) return useful(one) > useful(other);
    const bool packed = one.layout == PixelLayout::jpeg;
    if (packed != (other.layout == PixelLayout::jpeg)) return !packed;
    if (better != worse) return better;
    return pixels_of(one) < pixels_of(other);
  });
  return modes;
}

}  // namespace millpond::scan
