// SPDX-License-Identifier: Apache-2.0
// ChangeGate: whether anything moves in front of the camera, from every eighth pixel of every eighth row, so that an
// empty shop costs next to nothing. Not a detector of people: light that flickers counts as movement. One thread.
#pragma once

#include "hardware/ports/camera.h"

#include <cstdint>
#include <vector>

namespace millpond::scan {

class ChangeGate {
 public:
  // True when the frame differs from the one before; true for the first frame and after a change of size. The frame
  // must be sound. About 45 us at 720p.
  [[nodiscard]] bool moved(const ports::GrayFrame& frame);

 private:
  std::vector<std::uint8_t> previous_;
  std::vector<std::uint8_t> current_;
};

}  // namespace millpond::scan
