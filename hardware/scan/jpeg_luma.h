// SPDX-License-Identifier: Apache-2.0
// The only door to libjpeg-turbo: gray frames out of the JPEG pictures that some cameras send for want of a wider line.
// Takes the luma and leaves the colour. Pure; any thread; about 1.2 ms of CPU at 720p.
#pragma once

#include "hardware/ports/camera.h"
#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstdint>

namespace millpond::scan {

inline constexpr int jpeg_halved_from_px = 1'600;

// Pictures of that many pixels a row and more come out at half their size. Errors: device_failed for a torn picture and
// for what is no JPEG, unsupported for kinds that no camera sends (progressive, arithmetic), too_large above 16 million
// pixels.
[[nodiscard]] base::Result<ports::GrayFrame> take_jpeg_luma(base::ByteView jpeg, std::int64_t taken_at_ms);

}  // namespace millpond::scan
