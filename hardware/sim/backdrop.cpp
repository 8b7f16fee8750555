// SPDX-License-Identifier: Apache-2.0
#include "hardware/sim/backdrop.h"

#include <algorithm>
#include <cmath>

namespace millpond::sim {
namespace {

constexpr int reduction = 8;  // what is far out of focus needs no more pixels

// Shapes in shares of the picture: x and sizes of the width, y of the height; `aspect` makes circles round.
class Painter {
 public:
  explicit Painter(Canvas& to)
      : to_{to},
        aspect_{static_cast<float>(to.height) / static_cast<float>(to.width)},
        pixel_{1.0F / static_cast<float>(to.width)} {}

  void round_rect(float x, float y, float half_width, float half_height, float radius, float level, float share = 1) {
    each([&](float px, float py, float& value) {
      const float distance = round_rect_distance(px - x, (py - y) * aspect_, half_width, half_height * aspect_, radius);
      value = mix(value, level, share * edge_coverage(distance, pixel_));
    });
  }
  void ellipse(float x, float y, float half_width, float half_height, float level, float share = 1) {
    each([&](float px, float py, float& value) {
      const float dx = (px - x) / half_width;
      const float dy = (py - y) * aspect_ / half_height;
      const float distance = (std::sqrt(dx * dx + dy * dy) - 1) * std::min(half_width, half_height);
      value = mix(value, level, share * edge_coverage(distance, pixel_));
    });
  }
  void glow(float x, float y, float reach, float added) {
    each([&](float px, float py, float& value) {
      const float dx = (px - x) / reach;
      const float dy = (py - y) * aspect_ / reach;
      value += added * std::exp(-(dx * dx + dy * dy));
    });
  }

 private:
  template <class Paint>
  void each(Paint paint) {
    for (int y = 0; y < to_.height; ++y) {
      const float py = (static_cast<float>(y) + 0.5F) / static_cast<float>(to_.height);
      for (int x = 0; x < to_.width; ++x) paint((static_cast<float>(x) + 0.5F) * pixel_, py, to_.at(x, y));
    }
  }

  Canvas& to_;
  const float aspect_;
  const float pixel_;
};

float between(base::Rng& rng, float low, float high) {
  return low + (high - low) * static_cast<float>(rng.below(10'000)) / 10'000.0F;
}

void draw_shelves(Painter& painter, base::Rng& rng) {
  for (int shelf = 0; shelf < 3; ++shelf) {
    const float board = 0.27F + 0.17F * static_cast<float>(shelf);
    painter.round_rect(0.74F, board, 0.24F, 0.008F, 0.001F, 52);
    for (float x = 0.53F; x < 0.95F; x += between(rng, 0.035F, 0.06F)) {
      const float height = between(rng, 0.03F, 0.055F);
      painter.round_rect(x, board - height - 0.008F, between(rng, 0.011F, 0.019F), height, 0.005F,
                         between(rng, 48, 150));
    }
  }
}

void draw_lamps(Painter& painter, base::Rng& rng) {
  for (int lamp = 0; lamp < 4; ++lamp) {
    const float x = 0.16F + 0.23F * static_cast<float>(lamp) + between(rng, -0.02F, 0.02F);
    const float y = between(rng, 0.07F, 0.13F);
    painter.round_rect(x, y / 2 - 0.02F, 0.0012F, y / 2, 0.0005F, 40);
    painter.glow(x, y, 0.11F, 46);
    painter.ellipse(x, y, 0.024F, 0.024F, 236);
  }
  // Lights of the street, as discs through the window.
  for (int light = 0; light < 7; ++light) {
    painter.ellipse(between(rng, 0.03F, 0.3F), between(rng, 0.2F, 0.62F), between(rng, 0.008F, 0.018F), 0.014F,
                    between(rng, 190, 245), between(rng, 0.25F, 0.6F));
  }
}

void draw_shopper(Painter& painter, float presence) {
  const float x = 0.5F + 0.28F * (1 - presence);
  painter.round_rect(x, 1.05F, 0.235F, 0.44F, 0.14F, 62, presence);
  painter.round_rect(x, 0.6F, 0.05F, 0.12F, 0.03F, 118, presence);
  painter.ellipse(x, 0.36F, 0.088F, 0.118F, 44, presence);
  painter.ellipse(x, 0.405F, 0.074F, 0.098F, 142, presence);
}

}  // namespace

Canvas draw_backdrop(int width, int height, std::uint64_t shop_seed, double shopper) {
  base::SeededRng rng{shop_seed};
  Canvas small{std::max(8, width / reduction), std::max(8, height / reduction), 84};
  Painter painter{small};
  painter.glow(0.85F, 0.2F, 0.6F, 26);
  painter.round_rect(0.16F, 0.4F, 0.17F, 0.32F, 0.008F, 172);  // window
  painter.round_rect(0.16F, 0.4F, 0.004F, 0.32F, 0.001F, 96);  // its bar
  painter.glow(0.16F, 0.4F, 0.3F, 30);
  draw_shelves(painter, rng);
  draw_lamps(painter, rng);
  painter.round_rect(0.5F, 0.95F, 0.7F, 0.14F, 0.01F, 70);     // counter
  painter.round_rect(0.5F, 0.82F, 0.7F, 0.012F, 0.002F, 126);  // light on its edge
  if (shopper > 0) draw_shopper(painter, static_cast<float>(std::min(1.0, shopper)));
  blur(small, 0.0125 * small.width);
  return enlarged(small, width, height);
}

}  // namespace millpond::sim
