// SPDX-License-Identifier: Apache-2.0
// VideoFile: a recording as a camera, picture by picture at its own rate, for tests and for support: uncompressed
// YUV4MPEG2
// (.y4m) of 8 bits, and Motion JPEG, bare (.mjpeg) or in a container whose pictures lie in it whole (.avi). Takes the
// luma and leaves the colour. Holds one picture in memory, however long the file. Owns no clock. One thread.
#pragma once

#include "hardware/ports/camera.h"
#include "sync/base/bytes.h"
#include "sync/base/clock.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>

namespace millpond::scan {

// How pictures lie in a file, as its beginning says. Pure.
struct VideoLayout {
  bool jpeg{};
  std::size_t header_bytes{};  // before the first picture; this and what follows: of YUV4MPEG2
  int width{};
  int height{};
  std::size_t picture_bytes{};                // luma and colour
  std::optional<std::int64_t> interval_ms{};  // from one picture to the next, where the file says
};
// Errors: picture_unreadable for what is neither, or has no end of its line; unsupported for more than 8 bits a pixel
// and for colour layouts that we do not know; too_large above frame_side_max or 16 million pixels.
[[nodiscard]] base::Result<VideoLayout> video_layout(base::ByteView beginning);

// Where the first JPEG picture lies, from its start to past its end; the end of a thumbnail within it is not taken for
// its own. Pure.
struct JpegPlace {
  std::size_t at{};      // before it nothing can be the start of one
  std::size_t length{};  // 0: the bytes end before it does
};
[[nodiscard]] JpegPlace find_jpeg(base::ByteView bytes);

struct VideoFileSettings {
  std::filesystem::path file;
  std::optional<std::int64_t> interval_ms{};  // instead of the file's, or of 33; 0 plays as fast as it is asked
  bool loop = false;                          // after the last picture the first again
};

class VideoFile final : public ports::Camera {
 public:
  VideoFile(VideoFileSettings settings, const base::Clock& clock);

  // Begins at the first picture. Errors: device_absent when there is no such file, permission_denied, those of
  // video_layout.
  base::Result<> open() override;
  // Waits for the next picture's turn. After the last one there is nothing more. picture_unreadable for a picture that
  // is no whole one, after which the next call goes on.
  base::Result<std::optional<ports::GrayFrame>> next(std::int64_t timeout_ms) override;
  [[nodiscard]] ports::DeviceState state() const override { return state_; }

 private:
  [[nodiscard]] base::Result<std::optional<ports::GrayFrame>> read_picture(std::int64_t now_ms);
  [[nodiscard]] base::Result<std::optional<ports::GrayFrame>> read_plain(std::int64_t now_ms);
  [[nodiscard]] base::Result<std::optional<ports::GrayFrame>> read_jpeg(std::int64_t now_ms);
  void rewind();
  [[nodiscard]] base::Error unreadable(const char* detail) const;

  const VideoFileSettings settings_;
  const base::Clock& clock_;
  std::ifstream file_;
  VideoLayout layout_;
  base::Bytes buffer_;   // of JPEG: what was read and not played
  bool played_ = false;  // a picture since the beginning
  std::optional<std::int64_t> last_ms_;
  ports::DeviceState state_ = ports::DeviceState::not_configured;
};

}  // namespace millpond::scan
