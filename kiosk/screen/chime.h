// SPDX-License-Identifier: Apache-2.0
// Chime: the short tone that answers a code, as a hand scanner's would, before anybody has looked at the screen. Knows
// nothing of codes. Owns the sound device while it lives; SDL outlives it.
#pragma once

#include "sync/base/result.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace millpond::screen {

class Chime {
 public:
  // Error: device_absent when this machine has nothing to sound with, or another program has it alone.
  [[nodiscard]] static base::Result<std::unique_ptr<Chime>> open();
  ~Chime();
  Chime(const Chime&) = delete;
  Chime& operator=(const Chime&) = delete;

  // Begins within 22 ms, for 90 ms; while one sounds another is not begun. Any thread, one at a time; never blocks
  // long.
  void play();

 private:
  explicit Chime(std::uint32_t device);

  const std::uint32_t device_;
  std::vector<std::int16_t> tone_;
};

}  // namespace millpond::screen
