// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/hint.h"

#include "hardware/scan/decoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace millpond::scan {
namespace {

constexpr int samples_a_side = 96;
constexpr int white_level = 250;
constexpr float glare_share = 0.06F;       // of a symbol; the error correction bears less
constexpr float dazzled_share = 0.2F;      // of a whole frame, when no symbol is seen
constexpr int contrast_min = 24;           // levels between the tenth and the ninetieth percentile
constexpr int dark_level = 40;             // a ninetieth percentile below leaves nothing to see
constexpr float small_side_share = 0.13F;  // of the frame's height: 41 modules of two pixels at 720p
constexpr float large_side_share = 0.8F;

struct Light {
  int tenth{};  // percentiles of levels
  int ninetieth{};
  float white{};  // share of pixels without a level of their own
};

Light light_in(const ports::GrayView& frame, const Region& region) {
  std::array<int, 256> counts{};
  int total = 0;
  const int step_x = std::max(1, region.width / samples_a_side);
  const int step_y = std::max(1, region.height / samples_a_side);
  for (int y = region.y; y < region.y + region.height; y += step_y) {
    for (int x = region.x; x < region.x + region.width; x += step_x, ++total) ++counts[frame.at(x, y)];
  }
  Light light;
  int sum = 0;
  int white = 0;
  for (int level = 0; level < 256; ++level) {
    const int count = counts[static_cast<std::size_t>(level)];
    if (sum * 10 < total) light.tenth = level;
    if (sum * 10 < total * 9) light.ninetieth = level;
    if (level >= white_level) white += count;
    sum += count;
  }
  light.white = static_cast<float>(white) / static_cast<float>(std::max(1, total));
  return light;
}

float side_of(const Corners& outline) {
  float longest = 0;
  for (std::size_t i = 0; i < outline.size(); ++i) {
    const auto& next = outline[(i + 1) % outline.size()];
    longest = std::max(longest, std::hypot(next.x - outline[i].x, next.y - outline[i].y));
  }
  return longest;
}

}  // namespace

std::string_view hint_name(Hint hint) {
  switch (hint) {
    case Hint::closer:
      return "closer";
    case Hint::further:
      return "further";
    case Hint::brighter:
      return "brighter";
    case Hint::turn:
      return "turn";
    case Hint::hold_still:
      return "hold_still";
    case Hint::none:
      break;
  }
  return "none";
}

ports::PartLight light_around(const ports::GrayView& frame, const Corners& outline) {
  const auto light = light_in(frame, region_around(outline, frame));
  return {light.white, light.ninetieth};
}

Hint hint_for(const ports::GrayView& frame, const std::optional<Corners>& suspected, bool moving) {
  const auto height = static_cast<float>(frame.height);
  if (suspected) {
    const float side = side_of(*suspected);
    if (side < small_side_share * height) return Hint::closer;
    const auto light = light_in(frame, region_around(*suspected, frame));
    if (light.white > glare_share) return Hint::turn;
    if (light.ninetieth - light.tenth < contrast_min) return Hint::brighter;
    if (moving) return Hint::hold_still;
    return side > large_side_share * height ? Hint::further : Hint::none;
  }
  // No symbol: only what would hide any is worth a word. The middle is where people hold phones.
  const auto light =
      light_in(frame, {frame.width / 4, frame.height / 4, std::max(1, frame.width / 2), std::max(1, frame.height / 2)});
  if (light.white > dazzled_share) return Hint::turn;
  if (light.ninetieth < dark_level) return Hint::brighter;
  // Who still looks for their phone moves as well.
  return Hint::none;
}

}  // namespace millpond::scan
