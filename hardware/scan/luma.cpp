// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/luma.h"

#include "hardware/scan/jpeg_luma.h"

#include <cstddef>

namespace millpond::scan {

base::Result<ports::GrayFrame> take_luma(const RawPicture& picture, std::int64_t taken_at_ms) {
  if (picture.layout == PixelLayout::jpeg) return take_jpeg_luma(picture.bytes, taken_at_ms);
  const int pixel_stride = picture.layout == PixelLayout::yuyv ? 2 : 1;
  const bool sides_are_sound = picture.width >= 1 && picture.height >= 1 && picture.width <= ports::frame_side_max &&
                               picture.height <= ports::frame_side_max &&
                               picture.bytes_per_line >= picture.width * pixel_stride;
  if (!sides_are_sound) return base::Error{base::Code::bad_input, "take luma", "sides out of range"};
  const auto line = static_cast<std::size_t>(picture.bytes_per_line);
  const auto width = static_cast<std::size_t>(picture.width);
  const auto height = static_cast<std::size_t>(picture.height);
  if (picture.bytes.size() < line * (height - 1) + width * static_cast<std::size_t>(pixel_stride)) {
    return base::Error{base::Code::device_failed, "take luma", "torn frame"};
  }
  ports::GrayFrame frame{picture.width, picture.height, picture.width, {}, taken_at_ms};
  frame.bytes.resize(width * height);
  for (std::size_t y = 0; y < height; ++y) {
    const auto* in = picture.bytes.data() + y * line;
    auto* out = frame.bytes.data() + y * width;
    for (std::size_t x = 0; x < width; ++x) out[x] = in[x * static_cast<std::size_t>(pixel_stride)];
  }
  return frame;
}

}  // namespace millpond::scan
