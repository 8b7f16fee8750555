// SPDX-License-Identifier: Apache-2.0
// What a phone's glass does to the light: reflections of lamps and cracks. Places are millimetres on the phone's plane,
// origin in its middle, y downwards. Pure.
#pragma once

#include <cstdint>
#include <vector>

namespace millpond::sim {

// A lamp's reflection: a broad slanted streak with a hot core, as added light. It stands still in the room, so it moves
// over the glass when the phone turns: the shift says where it is now.
[[nodiscard]] float glare_at(float x_mm, float y_mm, float strength, float shift_x_mm, float shift_y_mm);

// A blow somewhere over the lower screen with cracks running out of it, from a seed.
class Cracks {
 public:
  // `amount` is 0 none .. 1 a glass that hardly holds together.
  Cracks(double amount, std::uint64_t seed);
  // The light at a place after the cracks have scattered it: edges are bright, their shadows dark.
  [[nodiscard]] float through(float level, float x_mm, float y_mm, float pixel_mm) const;

 private:
  struct Line {
    float from_x, from_y, to_x, to_y;
    float half_width;
    float level;
  };
  std::vector<Line> lines_;
};

}  // namespace millpond::sim
