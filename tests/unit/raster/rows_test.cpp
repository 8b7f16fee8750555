// SPDX-License-Identifier: Apache-2.0
// Rows of pixels: the same bytes on every processor, and those that the arithmetic of one pixel gives.
#include "kiosk/raster/rows.h"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <random>
#include <vector>

using namespace millpond::raster;

namespace {

using Picture = std::vector<Pixel>;

Pixel one_of(std::mt19937& random) { return static_cast<Pixel>(random()); }

std::uint32_t alpha_at(const Run& run, int i) {
  return static_cast<std::uint32_t>(std::clamp((run.value + i * run.step) >> 16, 0, 255));
}

}  // namespace

TEST_CASE("rows come out the same by what every processor can do and by what this one can, of any length") {
  std::mt19937 random{20261124};
  for (int count = 0; count <= 70; ++count) {
    for (int round = 0; round < 20; ++round) {
      INFO(count << " pixels, round " << round);
      Picture ground(static_cast<std::size_t>(count) + 1);
      for (auto& pixel : ground) pixel = one_of(random) | alpha_bits;
      // Often enough nothing and everything, where a shortcut would differ.
      Pixel color = one_of(random);
      if (round % 5 == 0) color |= alpha_bits;
      if (round % 5 == 1) color &= ~alpha_bits;
      std::array<Run, 4> channels;
      for (auto& run : channels) {
        run.value = static_cast<std::int32_t>(random() % (300U << 16)) - (20 << 16);
        run.step = static_cast<std::int32_t>(random() % (16U << 16)) - (8 << 16);
      }
      std::vector<std::uint8_t> alphas(static_cast<std::size_t>(count));
      for (auto& alpha : alphas) alpha = static_cast<std::uint8_t>(random() % 3 == 0 ? 255 : random() % 256);
      const auto drawn = [&](const Rows& by, auto draw) {
        Picture picture = ground;
        draw(by, picture.data());
        CHECK(picture.back() == ground.back());  // nothing past the end
        return picture;
      };
      const auto check = [&](auto draw, auto expected) {
        const auto plain = drawn(plain_rows(), draw);
        CHECK(plain == drawn(rows(), draw));
        for (int i = 0; i < count; ++i) {
          const auto at = static_cast<std::size_t>(i);
          REQUIRE(plain[at] == expected(ground[at], i));
        }
      };
      check([&](const Rows& by, Pixel* row) { by.fill(row, count, color); },
            [&](Pixel below, int) {
              blend_onto(below, color);
              return below;
            });
      check([&](const Rows& by, Pixel* row) { by.fade(row, count, color & ~alpha_bits, channels[3]); },
            [&](Pixel below, int i) {
              blend_onto(below, (color & ~alpha_bits) | alpha_at(channels[3], i) << 24);
              return below;
            });
      check([&](const Rows& by, Pixel* row) { by.shade(row, count, channels); },
            [&](Pixel below, int i) {
              blend_onto(below, alpha_at(channels[0], i) | alpha_at(channels[1], i) << 8 |
                                    alpha_at(channels[2], i) << 16 | alpha_at(channels[3], i) << 24);
              return below;
            });
      check([&](const Rows& by, Pixel* row) { by.mask(row, count, color, alphas.data()); },
            [&](Pixel below, int i) {
              const auto alpha = multiply_channel(alphas[static_cast<std::size_t>(i)], alpha_of(color));
              blend_onto(below, (color & ~alpha_bits) | alpha << 24);
              return below;
            });
    }
  }
}
