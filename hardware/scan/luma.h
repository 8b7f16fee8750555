// SPDX-License-Identifier: Apache-2.0
// Gray frames out of the raw pixel layouts of cameras. Takes the luma and leaves the colour: unpacking colour costs
// more than a decoder pass. Pure; any thread.
#pragma once

#include "hardware/ports/camera.h"
#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstdint>

namespace millpond::scan {

enum class PixelLayout : std::uint8_t { grey, yuyv, nv12, jpeg };

struct RawPicture {
  PixelLayout layout{};
  int width{};  // this and what follows: of raw layouts; a JPEG picture says its own sides
  int height{};
  int bytes_per_line{};  // of the luma plane or of the packed pairs; may be longer than the pixels
  base::ByteView bytes;
};

// Errors: bad_input for sides out of range, device_failed when the picture is shorter than its sides promise, which is
// what an unplug in the middle of a frame looks like; of JPEG those of jpeg_luma.h.
[[nodiscard]] base::Result<ports::GrayFrame> take_luma(const RawPicture& picture, std::int64_t taken_at_ms);

}  // namespace millpond::scan
