// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/change_gate.h"

#include <cstddef>
#include <cstdlib>

namespace millpond::scan {
namespace {

constexpr int step_px = 8;
constexpr int level_change_min = 14;            // above the noise of a cheap sensor in a dim shop
constexpr std::size_t changed_share_max = 200;  // one sample in 200: a hand at the edge of the picture

}  // namespace

bool ChangeGate::moved(const ports::GrayFrame& frame) {
  current_.clear();
  for (int y = 0; y < frame.height; y += step_px) {
    for (int x = 0; x < frame.width; x += step_px) current_.push_back(frame.at(x, y));
  }
  std::size_t changed = 0;
  const bool comparable = current_.size() == previous_.size();
  for (std::size_t i = 0; comparable && i < current_.size(); ++i) {
    if (std::abs(int{current_[i]} - int{previous_[i]}) >= level_change_min) ++changed;
  }
  previous_.swap(current_);
  return !comparable || changed * changed_share_max > previous_.size();
}

}  // namespace millpond::scan
