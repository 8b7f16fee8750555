// SPDX-License-Identifier: Apache-2.0
// What we do to luma before a decoder sees it: half-size averaging and the local-mean threshold. Pure functions into
// buffers that the caller keeps, so that a stream of frames allocates nothing. Any thread.
#pragma once

#include "hardware/scan/zxing_adapter.h"

#include <cstdint>
#include <vector>

namespace millpond::scan {

struct LumaBuffer {
  std::vector<std::uint8_t> pixels;
  int width{};
  int height{};
  [[nodiscard]] ports::GrayView view() const { return {pixels.data(), width, height, width}; }
};

// Averages 2x2 boxes; an odd last column or row is dropped. Needs sides of at least 2.
void halve(const ports::GrayView& from, LumaBuffer& to);

// 0 where a pixel is darker than the mean of the square around it by more than a little, 255 elsewhere: finds the
// modules of a code that is only a shade darker than its ground, which a global threshold loses. `inverted` swaps the
// roles, for light modules on a dark ground. The square is 2 * radius + 1 on a side.
// About a finder pattern's width: modules keep their shape.
[[nodiscard]] int shape_radius(int width);
// Below a finder's middle at the distance of an arm: sharpens what is out of focus and keeps a bright thumb's reach
// short. In 132 hard frames our own reader found 113 symbols with it and 87 with the other.
[[nodiscard]] int sharp_radius(int width);

class LocalMean {
 public:
  void threshold(const ports::GrayView& from, bool inverted, int radius, LumaBuffer& to);

 private:
  std::vector<std::uint32_t> column_sums_;
  std::vector<std::uint32_t> row_prefix_;
};

}  // namespace millpond::scan
