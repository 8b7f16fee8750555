// SPDX-License-Identifier: Apache-2.0
// The code in one picture file, for the command line and for support. Not for cameras: it takes every pass that there
// is, about 0.1 s of CPU for a camera frame without a code and seconds for a large photograph. Any thread.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/scan/decoder.h"
#include "sync/base/result.h"

#include <filesystem>
#include <optional>

namespace millpond::scan {

struct FileDecode {
  std::optional<Decoded> found;
  double cpu_ms{};  // decoding only, without reading and unpacking the picture
  int width{};
  int height{};
};

// Errors: not_found, permission_denied, file_unreadable, picture_unreadable, too_large. A picture without a code is a
// success that found nothing. Safe to repeat.
[[nodiscard]] base::Result<FileDecode> decode_file(const std::filesystem::path& path);

// A picture file as a frame taken at the given monotonic time. Errors as above.
[[nodiscard]] base::Result<ports::GrayFrame> load_frame(const std::filesystem::path& path, std::int64_t taken_at_ms);

}  // namespace millpond::scan
