// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/decode_file.h"

#include "hardware/image/image.h"

#include <utility>

namespace millpond::scan {

base::Result<ports::GrayFrame> load_frame(const std::filesystem::path& path, std::int64_t taken_at_ms) {
  MILLPOND_TRY(auto picture, image::load_gray(path));
  return ports::GrayFrame{picture.width, picture.height, picture.width, std::move(picture.pixels), taken_at_ms};
}

base::Result<FileDecode> decode_file(const std::filesystem::path& path) {
  MILLPOND_TRY(const auto frame, load_frame(path, 0));
  Decoder decoder;
  const auto start_ms = thread_cpu_ms();
  auto found = decoder.decode(frame, file_ladder);
  return FileDecode{std::move(found), thread_cpu_ms() - start_ms, frame.width, frame.height};
}

}  // namespace millpond::scan
