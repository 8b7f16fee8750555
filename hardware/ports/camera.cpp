// SPDX-License-Identifier: Apache-2.0
#include "hardware/ports/camera.h"

#include "sync/base/check.h"

#include <cstring>

namespace millpond::ports {

GrayFrame copy_of(const GrayView& view) {
  MILLPOND_CHECK(view.is_sound());
  const auto width = static_cast<std::size_t>(view.width);
  GrayFrame frame{view.width, view.height, view.width, {}, view.taken_at_ms};
  frame.bytes.resize(width * static_cast<std::size_t>(view.height));
  for (int y = 0; y < view.height; ++y) {
    const auto* in = view.row(y);
    auto* out = frame.bytes.data() + static_cast<std::size_t>(y) * width;
    if (view.step == 1) {
      std::memcpy(out, in, width);
    } else {
      for (std::size_t x = 0; x < width; ++x) out[x] = in[x * static_cast<std::size_t>(view.step)];
    }
  }
  return frame;
}

}  // namespace millpond::ports
