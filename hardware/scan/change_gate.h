// SPDX-License-Identifier: Apache-2.0
// ChangeGate: whether anything moves in front of the camera, and whether something stands there that was not there
// before, from four pixels of every eighth pixel of every eighth row, so that an empty shop costs next to nothing. What
// counts as a change follows from the camera's own noise; light that changes everywhere alike is none. Not a detector
// of people. One thread.
#pragma once

#include "hardware/ports/camera.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace millpond::scan {

class ChangeGate {
 public:
  // True when the frame differs from the one before; true for the first frame and after a change of size. The frame
  // must be sound. About 60 us at 720p.
  [[nodiscard]] bool moved(const ports::GrayView& frame);

  // Whether the last frame holds something that the background does not; nothing while no background was learnt.
  [[nodiscard]] std::optional<bool> holds_object();
  // Takes the last frame, in which nothing moves and nothing is to be read, for a little of the background: what stays
  // for some minutes of five calls a second belongs to it.
  void learn_background();

 private:
  struct Difference {
    std::size_t changed;  // samples, by more than noise
    std::size_t samples;
  };
  [[nodiscard]] Difference compare(const std::vector<std::uint16_t>& before, int threshold_min);

  // Samples are sums of four pixels: 0 .. 1020.
  std::vector<std::uint16_t> previous_;
  std::vector<std::uint16_t> current_;
  std::vector<std::uint16_t> background_;
  std::vector<float> slow_;  // the background before it is rounded
  std::array<std::uint32_t, 2048> counts_{};
  std::optional<float> noise_;  // median difference of a sample from one frame to the next
};

}  // namespace millpond::scan
