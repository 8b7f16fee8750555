// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/luma.h"

#include <cstddef>

namespace millpond::scan {

base::Result<ports::GrayView> luma_of(const RawPicture& picture, std::int64_t taken_at_ms) {
  const int pixel_stride = picture.layout == PixelLayout::yuyv ? 2 : 1;
  if (picture.layout == PixelLayout::jpeg) return base::Error{base::Code::bad_input, "take luma", "not unpacked"};
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
  return ports::GrayView{picture.bytes.data(),   picture.width, picture.height,
                         picture.bytes_per_line, pixel_stride,  taken_at_ms};
}

}  // namespace millpond::scan
