// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/camera_scanner.h"

#include <algorithm>
#include <utility>

namespace millpond::scan {

base::Result<std::optional<ports::Scan>> CameraScanner::next(std::int64_t timeout_ms) {
  const auto deadline_ms = clock_.monotonic_ms() + timeout_ms;
  while (true) {
    const auto left_ms = std::max<std::int64_t>(0, deadline_ms - clock_.monotonic_ms());
    bool came = false;
    std::optional<ports::Scan> scan;
    const auto looked = camera_.look(left_ms, [&](const ports::GrayView& picture) {
      came = true;
      auto step = stream_.feed(picture);
      if (step.is_new) scan = {std::move(step.seen->text), step.seen->symbology, picture.taken_at_ms};
    });
    if (scan) return scan;
    if (!looked) {
      const auto code = looked.error().code;
      const bool one_bad_picture = code == base::Code::picture_unreadable || code == base::Code::too_large;
      if (!one_bad_picture) return looked.error();
    }
    const bool camera_is_silent = looked && !came;
    if (clock_.monotonic_ms() >= deadline_ms || (camera_is_silent && left_ms == 0)) return std::optional<ports::Scan>{};
  }
}

}  // namespace millpond::scan
