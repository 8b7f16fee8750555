// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/preprocess.h"

#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace millpond;

namespace {

std::vector<std::uint8_t> noise(std::size_t count, std::uint64_t seed) {
  base::SeededRng rng{seed};
  std::vector<std::uint8_t> pixels(count);
  rng.fill(pixels);
  return pixels;
}

// The definition, pixel by pixel: what the running sums must equal.
std::uint8_t naive(const std::vector<std::uint8_t>& pixels, int width, int height, int x, int y, bool inverted) {
  const int radius = std::max(6, width / 40);
  long sum = 0;
  long count = 0;
  for (int v = std::max(0, y - radius); v <= std::min(height - 1, y + radius); ++v) {
    for (int u = std::max(0, x - radius); u <= std::min(width - 1, x + radius); ++u) {
      sum += pixels[static_cast<std::size_t>(v * width + u)];
      ++count;
    }
  }
  const long level = pixels[static_cast<std::size_t>(y * width + x)];
  const bool dark = inverted ? level * count > sum + 2 * count : (level + 2) * count < sum;
  return dark ? 0 : 255;
}

}  // namespace

TEST_CASE("the local mean threshold equals its definition at every pixel and shape") {
  for (const auto& [width, height] : {std::pair{50, 40}, {9, 60}, {60, 9}, {1, 1}, {13, 13}, {300, 20}}) {
    const auto pixels = noise(static_cast<std::size_t>(width * height), 5);
    for (const bool inverted : {false, true}) {
      CAPTURE(width, height, inverted);
      scan::LocalMean threshold;
      scan::LumaBuffer out;
      threshold.threshold({pixels.data(), width, height, width}, inverted, scan::shape_radius(width), out);
      bool equal = true;
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          equal = equal &&
                  out.pixels[static_cast<std::size_t>(y * width + x)] == naive(pixels, width, height, x, y, inverted);
        }
      }
      CHECK(equal);
    }
  }
}

TEST_CASE("halving averages boxes and drops an odd last row and column") {
  const std::vector<std::uint8_t> pixels{0, 4, 9, 8, 4, 9, 1, 1, 1};
  scan::LumaBuffer half;
  scan::halve({pixels.data(), 3, 3, 3}, half);
  CHECK(half.width == 1);
  CHECK(half.height == 1);
  CHECK(half.pixels == std::vector<std::uint8_t>{4});
}
