// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/jpeg_luma.h"

#include <csetjmp>
#include <cstddef>
#include <cstdio>
// These need the two above.
#include <jerror.h>
#include <jpeglib.h>

#include <utility>

namespace millpond::scan {
namespace {

constexpr std::int64_t pixels_max = 16'000'000;

// The library jumps out of a picture that it cannot read. Nothing between a setjmp and a jump has a destructor: what
// holds memory lives in the caller.
struct Trouble {
  jpeg_error_mgr manager;  // first: the library hands out pointers to it
  std::jmp_buf out;
  bool torn;
};

[[noreturn]] void leave(j_common_ptr common) { std::longjmp(reinterpret_cast<Trouble*>(common->err)->out, 1); }

void note(j_common_ptr common, int level) {
  if (level >= 0) return;
  auto* trouble = reinterpret_cast<Trouble*>(common->err);
  const int what = trouble->manager.msg_code;
  // Cameras put rubbish between markers; what is missing is another matter.
  if (what == JWRN_JPEG_EOF || what == JWRN_HIT_MARKER) trouble->torn = true;
}

void say_nothing(j_common_ptr) {}

class Picture {
 public:
  Picture() {
    info_.err = jpeg_std_error(&trouble_.manager);
    trouble_.manager.error_exit = leave;
    trouble_.manager.emit_message = note;
    trouble_.manager.output_message = say_nothing;
    if (setjmp(trouble_.out) == 0) jpeg_create_decompress(&info_);
  }
  ~Picture() { jpeg_destroy_decompress(&info_); }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

  [[nodiscard]] bool begin(base::ByteView jpeg) {
    if (setjmp(trouble_.out) != 0) return false;
    jpeg_mem_src(&info_, jpeg.data(), jpeg.size());
    return jpeg_read_header(&info_, TRUE) == JPEG_HEADER_OK;
  }
  [[nodiscard]] bool start() {
    if (setjmp(trouble_.out) != 0) return false;
    info_.out_color_space = JCS_GRAYSCALE;
    info_.dct_method = JDCT_IFAST;
    info_.scale_num = 1;
    info_.scale_denom = info_.image_width >= static_cast<unsigned>(jpeg_halved_from_px) ? 2 : 1;
    return jpeg_start_decompress(&info_) == TRUE;
  }
  // `to` has room for every row.
  [[nodiscard]] bool take_rows(std::uint8_t* to) {
    if (setjmp(trouble_.out) != 0) return false;
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = to + std::size_t{info_.output_scanline} * info_.output_width;
      jpeg_read_scanlines(&info_, &row, 1);
    }
    return jpeg_finish_decompress(&info_) == TRUE && !trouble_.torn;
  }
  [[nodiscard]] const jpeg_decompress_struct& info() const { return info_; }

 private:
  jpeg_decompress_struct info_{};
  Trouble trouble_{};
};

}  // namespace

base::Result<ports::GrayFrame> take_jpeg_luma(base::ByteView jpeg, std::int64_t taken_at_ms) {
  const base::Error torn{base::Code::device_failed, "take luma", "torn JPEG"};
  if (jpeg.empty()) return torn;
  Picture picture;
  if (!picture.begin(jpeg)) return torn;
  const auto& info = picture.info();
  if (info.progressive_mode == TRUE || info.arith_code == TRUE) {
    return base::Error{base::Code::unsupported, "take luma", "no camera's JPEG"};
  }
  const auto pixels = std::int64_t{info.image_width} * info.image_height;
  if (pixels > pixels_max || info.image_width > ports::frame_side_max || info.image_height > ports::frame_side_max) {
    return base::Error{base::Code::too_large, "take luma", "JPEG"};
  }
  if (!picture.start() || info.output_components != 1) return torn;
  const auto width = static_cast<int>(info.output_width);
  ports::GrayFrame frame{width, static_cast<int>(info.output_height), width, {}, taken_at_ms};
  frame.bytes.resize(std::size_t{info.output_width} * info.output_height);
  if (!picture.take_rows(frame.bytes.data())) return torn;
  return frame;
}

}  // namespace millpond::scan
