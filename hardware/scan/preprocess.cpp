// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/preprocess.h"

#include "sync/base/check.h"

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace millpond::scan {
namespace {

// Chosen once on generated frames and never tuned to photographs: a radius of about a finder pattern, and a margin
// above sensor noise so that flat ground stays white.
constexpr int radius_divisor = 40;
constexpr int radius_min = 6;
constexpr int sharp_divisor = 128;
constexpr int sharp_radius_min = 4;
constexpr std::uint32_t margin_levels = 2;

// Distances of one and two bytes between pixels are known where the loops over them are made, or a compiler makes no
// vectors of those.
template <typename Use>
void with_step(int step, Use use) {
  if (step == 1) return use(std::integral_constant<int, 1>{});
  if (step == 2) return use(std::integral_constant<int, 2>{});
  use(step);
}

void halve_row(const std::uint8_t* upper, const std::uint8_t* lower, auto step, int width, std::uint8_t* out) {
  for (int x = 0; x < width; ++x) {
    const int left = 2 * x * step;
    const int sum = upper[left] + upper[left + step] + lower[left] + lower[left + step];
    out[x] = static_cast<std::uint8_t>((sum + 2) / 4);
  }
}

}  // namespace

void halve(const ports::GrayView& from, LumaBuffer& to) {
  MILLPOND_CHECK(from.width >= 2 && from.height >= 2);
  to.width = from.width / 2;
  to.height = from.height / 2;
  to.pixels.resize(static_cast<std::size_t>(to.width) * static_cast<std::size_t>(to.height));
  for (int y = 0; y < to.height; ++y) {
    auto* out = to.pixels.data() + static_cast<std::ptrdiff_t>(y) * to.width;
    with_step(from.step, [&](auto step) { halve_row(from.row(2 * y), from.row(2 * y + 1), step, to.width, out); });
  }
}

int shape_radius(int width) { return std::max(radius_min, width / radius_divisor); }

int sharp_radius(int width) { return std::max(sharp_radius_min, width / sharp_divisor); }

void LocalMean::threshold(const ports::GrayView& from, bool inverted, int radius, LumaBuffer& to) {
  const auto width = static_cast<std::size_t>(from.width);
  to.width = from.width;
  to.height = from.height;
  to.pixels.resize(width * static_cast<std::size_t>(from.height));
  column_sums_.assign(width, 0);
  row_prefix_.assign(width + 1, 0);

  const auto add_row = [&](int y) {
    const auto* row = from.row(y);
    with_step(from.step, [&](auto step) {
      for (std::size_t x = 0; x < width; ++x) column_sums_[x] += row[x * static_cast<std::size_t>(step)];
    });
  };
  const auto drop_row = [&](int y) {
    const auto* row = from.row(y);
    with_step(from.step, [&](auto step) {
      for (std::size_t x = 0; x < width; ++x) column_sums_[x] -= row[x * static_cast<std::size_t>(step)];
    });
  };

  for (int y = 0; y < std::min(radius, from.height); ++y) add_row(y);
  for (int y = 0; y < from.height; ++y) {
    if (y + radius < from.height) add_row(y + radius);
    if (y - radius > 0) drop_row(y - radius - 1);
    const int top = std::max(0, y - radius);
    const int bottom = std::min(from.height - 1, y + radius);
    const auto rows = static_cast<std::uint32_t>(bottom - top + 1);

    for (std::size_t x = 0; x < width; ++x) row_prefix_[x + 1] = row_prefix_[x] + column_sums_[x];
    const auto* in = from.row(y);
    auto* out = to.pixels.data() + static_cast<std::ptrdiff_t>(y) * from.width;
    for (int x = 0; x < from.width; ++x) {
      const auto left = static_cast<std::size_t>(std::max(0, x - radius));
      const auto right = static_cast<std::size_t>(std::min(from.width - 1, x + radius) + 1);
      const auto count = rows * static_cast<std::uint32_t>(right - left);
      const auto sum = row_prefix_[right] - row_prefix_[left];
      const std::uint32_t level = in[static_cast<std::ptrdiff_t>(x) * from.step];
      // Compared as products, so that no pixel costs a division.
      const bool dark = inverted ? level * count > sum + margin_levels * count : (level + margin_levels) * count < sum;
      out[x] = dark ? 0 : 255;
    }
  }
}

}  // namespace millpond::scan
