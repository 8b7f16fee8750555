// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/camera_scanner.h"

#include <algorithm>
#include <utility>

namespace millpond::scan {

base::Result<std::optional<ports::Scan>> CameraScanner::next(std::int64_t timeout_ms) {
  const auto deadline_ms = clock_.monotonic_ms() + timeout_ms;
  while (true) {
    const auto left_ms = std::max<std::int64_t>(0, deadline_ms - clock_.monotonic_ms());
    const auto frame = camera_.next(left_ms);
    if (frame && *frame) {
      auto step = stream_.feed(**frame);
      if (step.is_new) {
        return std::optional{ports::Scan{std::move(step.seen->text), step.seen->symbology, (*frame)->taken_at_ms}};
      }
    } else if (!frame) {
      const auto code = frame.error().code;
      const bool one_bad_picture = code == base::Code::picture_unreadable || code == base::Code::too_large;
      if (!one_bad_picture) return frame.error();
    }
    const bool camera_is_silent = frame && !*frame;
    if (clock_.monotonic_ms() >= deadline_ms || (camera_is_silent && left_ms == 0)) return std::optional<ports::Scan>{};
  }
}

}  // namespace millpond::scan
