// SPDX-License-Identifier: Apache-2.0
// Where the luma lies in the raw pixel layouts of cameras: it is read there, because copying it out costs a share of a
// decoder pass, and unpacking colour more than one. Pure; any thread.
#pragma once

#include "hardware/ports/camera.h"
#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstdint>

namespace millpond::scan {

enum class PixelLayout : std::uint8_t { grey, yuyv, nv12, jpeg };

struct RawPicture {
  PixelLayout layout{};
  int width{};
  int height{};
  int bytes_per_line{};  // of the luma plane or of the packed pairs; may be longer than the pixels
  base::ByteView bytes;
};

// Errors: bad_input for sides out of range, device_failed when the picture is shorter than its sides promise, which is
// what an unplug in the middle of a frame looks like. Not of JPEG, which has to be unpacked (jpeg_luma.h). The view is
// good as long as the bytes are.
[[nodiscard]] base::Result<ports::GrayView> luma_of(const RawPicture& picture, std::int64_t taken_at_ms);

}  // namespace millpond::scan
