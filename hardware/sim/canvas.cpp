// SPDX-License-Identifier: Apache-2.0
#include "hardware/sim/canvas.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace millpond::sim {
namespace {

// A running mean over `count` places of `line` with `stride` between them; the ends repeat.
void box_mean(const float* from, float* to, std::ptrdiff_t stride, int count, int radius) {
  const auto at = [&](int i) { return from[std::clamp(i, 0, count - 1) * stride]; };
  float sum = 0;
  for (int i = -radius; i <= radius; ++i) sum += at(i);
  const float share = 1.0F / static_cast<float>(2 * radius + 1);
  for (int i = 0; i < count; ++i) {
    to[i * stride] = sum * share;
    sum += at(i + radius + 1) - at(i - radius);
  }
}

void box_blur(Canvas& canvas, int radius) {
  auto other = canvas.levels;
  for (int y = 0; y < canvas.height; ++y) {
    const auto row = static_cast<std::ptrdiff_t>(y) * canvas.width;
    box_mean(canvas.levels.data() + row, other.data() + row, 1, canvas.width, radius);
  }
  for (int x = 0; x < canvas.width; ++x) {
    box_mean(other.data() + x, canvas.levels.data() + x, canvas.width, canvas.height, radius);
  }
}

// A 3x3 binomial kernel, standard deviation 0.7: the step below the smallest box.
void soften(Canvas& canvas, float share) {
  const auto before = canvas;
  for (int y = 0; y < canvas.height; ++y) {
    const int up = std::max(0, y - 1);
    const int down = std::min(canvas.height - 1, y + 1);
    for (int x = 0; x < canvas.width; ++x) {
      const int left = std::max(0, x - 1);
      const int right = std::min(canvas.width - 1, x + 1);
      const float sides = before.at(left, y) + before.at(right, y) + before.at(x, up) + before.at(x, down);
      const float corners = before.at(left, up) + before.at(right, up) + before.at(left, down) + before.at(right, down);
      canvas.at(x, y) = mix(before.at(x, y), (4 * before.at(x, y) + 2 * sides + corners) / 16, share);
    }
  }
}

// Adds `share` of what lies that far away, bilinear; edges go on.
void add_shifted(const Canvas& from, float by_x, float by_y, float share, Canvas& to) {
  const int whole_x = static_cast<int>(std::floor(by_x));
  const int whole_y = static_cast<int>(std::floor(by_y));
  const float part_x = by_x - static_cast<float>(whole_x);
  const float part_y = by_y - static_cast<float>(whole_y);
  for (int y = 0; y < to.height; ++y) {
    const int upper = std::clamp(y + whole_y, 0, to.height - 1);
    const int lower = std::clamp(y + whole_y + 1, 0, to.height - 1);
    for (int x = 0; x < to.width; ++x) {
      const int left = std::clamp(x + whole_x, 0, to.width - 1);
      const int right = std::clamp(x + whole_x + 1, 0, to.width - 1);
      to.at(x, y) += share * mix(mix(from.at(left, upper), from.at(right, upper), part_x),
                                 mix(from.at(left, lower), from.at(right, lower), part_x), part_y);
    }
  }
}

}  // namespace

void blur(Canvas& canvas, double sigma_px) {
  if (sigma_px < 1.0 / 3) return;
  // Three boxes of radius r together have a variance of r * (r + 1).
  const int radius = static_cast<int>(std::lround((std::sqrt(1 + 4 * sigma_px * sigma_px) - 1) / 2));
  if (radius < 1) {
    soften(canvas, static_cast<float>(std::min(1.0, sigma_px / 0.7)));
    return;
  }
  for (int pass = 0; pass < 3; ++pass) box_blur(canvas, radius);
}

void smear(Canvas& canvas, double length_px, double direction_deg) {
  const int radius = static_cast<int>(std::lround(length_px / 2));
  if (radius < 1) return;
  const auto before = canvas;
  if (direction_deg == 0) {
    for (int x = 0; x < canvas.width; ++x) {
      box_mean(before.levels.data() + x, canvas.levels.data() + x, canvas.width, canvas.height, radius);
    }
    return;
  }
  const double radians = direction_deg * std::numbers::pi / 180;
  const auto step_x = static_cast<float>(std::sin(radians));
  const auto step_y = static_cast<float>(std::cos(radians));
  const float share = 1.0F / static_cast<float>(2 * radius + 1);
  std::fill(canvas.levels.begin(), canvas.levels.end(), 0.0F);
  for (int i = -radius; i <= radius; ++i)
    add_shifted(before, step_x * static_cast<float>(i), step_y * static_cast<float>(i), share, canvas);
}

Canvas enlarged(const Canvas& from, int width, int height) {
  Canvas to{width, height, 0};
  const float step_x = static_cast<float>(from.width) / static_cast<float>(width);
  const float step_y = static_cast<float>(from.height) / static_cast<float>(height);
  for (int y = 0; y < height; ++y) {
    const float fy =
        std::clamp((static_cast<float>(y) + 0.5F) * step_y - 0.5F, 0.0F, static_cast<float>(from.height - 1));
    const int y0 = static_cast<int>(fy);
    const int y1 = std::min(y0 + 1, from.height - 1);
    const float part_y = fy - static_cast<float>(y0);
    for (int x = 0; x < width; ++x) {
      const float fx =
          std::clamp((static_cast<float>(x) + 0.5F) * step_x - 0.5F, 0.0F, static_cast<float>(from.width - 1));
      const int x0 = static_cast<int>(fx);
      const int x1 = std::min(x0 + 1, from.width - 1);
      const float part_x = fx - static_cast<float>(x0);
      to.at(x, y) =
          mix(mix(from.at(x0, y0), from.at(x1, y0), part_x), mix(from.at(x0, y1), from.at(x1, y1), part_x), part_y);
    }
  }
  return to;
}

void vignette(Canvas& canvas, float strength) {
  const float middle_x = static_cast<float>(canvas.width) / 2;
  const float middle_y = static_cast<float>(canvas.height) / 2;
  const float reach = middle_x * middle_x + middle_y * middle_y;
  for (int y = 0; y < canvas.height; ++y) {
    const float dy = static_cast<float>(y) - middle_y;
    for (int x = 0; x < canvas.width; ++x) {
      const float dx = static_cast<float>(x) - middle_x;
      const float share = (dx * dx + dy * dy) / reach;
      canvas.at(x, y) *= 1 - strength * share;
    }
  }
}

ports::GrayFrame expose(const Canvas& canvas, double noise_levels, base::Rng& rng) {
  ports::GrayFrame frame{canvas.width, canvas.height, canvas.width, {}, 0};
  frame.bytes.resize(canvas.levels.size());
  // Four uniform bytes sum to nearly a Gaussian with this standard deviation.
  constexpr float sum_deviation = 147.8F;
  constexpr float sum_mean = 510.0F;
  const float scale = static_cast<float>(noise_levels) / sum_deviation;
  std::uint64_t draw = 0;
  for (std::size_t i = 0; i < canvas.levels.size(); ++i) {
    draw = i % 2 == 0 ? rng.next() : draw >> 32;
    const auto sum = (draw & 0xFF) + (draw >> 8 & 0xFF) + (draw >> 16 & 0xFF) + (draw >> 24 & 0xFF);
    const float level = canvas.levels[i] + (static_cast<float>(sum) - sum_mean) * scale;
    frame.bytes[i] = static_cast<std::uint8_t>(std::clamp(level + 0.5F, 0.0F, 255.0F));
  }
  return frame;
}

float edge_coverage(float distance, float pixel) { return std::clamp(0.5F - distance / pixel, 0.0F, 1.0F); }

float round_rect_distance(float x, float y, float half_width, float half_height, float radius) {
  const float dx = std::abs(x) - half_width + radius;
  const float dy = std::abs(y) - half_height + radius;
  const float outside_x = std::max(dx, 0.0F);
  const float outside_y = std::max(dy, 0.0F);
  return std::sqrt(outside_x * outside_x + outside_y * outside_y) + std::min(std::max(dx, dy), 0.0F) - radius;
}

}  // namespace millpond::sim
