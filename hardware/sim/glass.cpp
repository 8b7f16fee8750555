// SPDX-License-Identifier: Apache-2.0
#include "hardware/sim/glass.h"

#include "hardware/sim/canvas.h"
#include "sync/base/rng.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace millpond::sim {

float glare_at(float x_mm, float y_mm, float strength, float shift_x_mm, float shift_y_mm) {
  const float x = x_mm - shift_x_mm;
  const float y = y_mm - shift_y_mm;
  const float across = (x * 0.8F + y * 0.6F - 6) / 17;
  const float along = (y * 0.8F - x * 0.6F + 4) / 52;
  const float core_x = (x - 9) / 15;
  const float core_y = (y + 5) / 15;
  return strength *
         (150 * std::exp(-across * across - along * along) + 190 * std::exp(-core_x * core_x - core_y * core_y));
}

Cracks::Cracks(double amount, std::uint64_t seed) {
  if (amount <= 0) return;
  base::SeededRng rng{seed};
  const auto between = [&rng](float low, float high) {
    return low + (high - low) * static_cast<float>(rng.below(10'000)) / 10'000.0F;
  };
  const float blow_x = between(-24, 24);
  const float blow_y = between(-22, 32);
  const int arms = 3 + static_cast<int>(std::lround(amount * 11));
  for (int arm = 0; arm < arms; ++arm) {
    float direction = between(0, 2 * std::numbers::pi_v<float>);
    float x = blow_x;
    float y = blow_y;
    // Three straight pieces that bend a little, as glass breaks.
    for (int piece = 0; piece < 3; ++piece) {
      const float length = between(8, 26);
      const float to_x = x + length * std::cos(direction);
      const float to_y = y + length * std::sin(direction);
      lines_.push_back({x, y, to_x, to_y, between(0.08F, 0.3F), rng.chance(2, 3) ? 225.0F : 60.0F});
      x = to_x;
      y = to_y;
      direction += between(-0.6F, 0.6F);
    }
  }
}

float Cracks::through(float level, float x_mm, float y_mm, float pixel_mm) const {
  for (const auto& line : lines_) {
    const float reach = line.half_width + pixel_mm;
    if (x_mm < std::min(line.from_x, line.to_x) - reach || x_mm > std::max(line.from_x, line.to_x) + reach) continue;
    if (y_mm < std::min(line.from_y, line.to_y) - reach || y_mm > std::max(line.from_y, line.to_y) + reach) continue;
    const float dx = line.to_x - line.from_x;
    const float dy = line.to_y - line.from_y;
    const float along =
        std::clamp(((x_mm - line.from_x) * dx + (y_mm - line.from_y) * dy) / (dx * dx + dy * dy), 0.0F, 1.0F);
    const float off = std::hypot(x_mm - line.from_x - along * dx, y_mm - line.from_y - along * dy);
    level = mix(level, line.level, 0.85F * edge_coverage(off - line.half_width, pixel_mm));
  }
  return level;
}

}  // namespace millpond::sim
