// SPDX-License-Identifier: Apache-2.0
// What comes from cameras and hand scanners: pictures of any size, stride and tear, and the texts of codes of goods.
#include "hardware/scan/decoder.h"
#include "hardware/scan/encode.h"
#include "hardware/scan/jpeg_luma.h"
#include "hardware/scan/luma.h"
#include "hardware/scan/video_file.h"
#include "sync/base/check.h"
#include "sync/codes/gs1.h"
#include "tests/fuzz/target.h"
#include "tests/support/packed_jpeg.h"

#include <array>
#include <cmath>

namespace millpond::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using base::Result;

constexpr std::size_t header_bytes = 7;  // layout, then width, height and bytes a line as two bytes each
constexpr int side_max = 128;            // larger ones only take longer

Bytes picture_of(scan::PixelLayout layout, int pixels_a_module) {
  const auto modules = *scan::encode_qr("K1:FUZZ");
  const int side = (modules.size + 8) * pixels_a_module;
  const int step = layout == scan::PixelLayout::yuyv ? 2 : 1;
  const auto low = [](int value) { return static_cast<std::uint8_t>(value & 0xFF); };
  Bytes bytes{static_cast<std::uint8_t>(layout), low(side), 0, low(side), 0, low(side * step), low(side * step >> 8)};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      bytes.push_back(modules.get(x / pixels_a_module - 4, y / pixels_a_module - 4) ? 30 : 220);
      if (step == 2) bytes.push_back(128);
    }
  }
  return bytes;
}

std::vector<Bytes> picture_seeds() {
  return {picture_of(scan::PixelLayout::grey, 2), picture_of(scan::PixelLayout::yuyv, 2),
          picture_of(scan::PixelLayout::nv12, 3)};
}

// A frame is sound or refused, what is read is text, and its corners are numbers.
Result<> run_picture(ByteView input) {
  if (input.size() < header_bytes) return base::Error{base::Code::bad_input, "fuzz picture", "no header"};
  const auto number = [&](std::size_t at) { return input[at] | input[at + 1] << 8; };
  scan::RawPicture picture{static_cast<scan::PixelLayout>(input[0] % 3), number(1), number(3), number(5),
                           input.subspan(header_bytes)};
  MILLPOND_TRY(const auto frame, scan::luma_of(picture, 0));
  MILLPOND_CHECK(frame.is_sound());
  if (frame.width > side_max || frame.height > side_max) return {};
  scan::Decoder decoder;
  constexpr std::array rungs{scan::Rung::half, scan::Rung::soft, scan::Rung::soft_inverted, scan::Rung::items};
  for (const auto rung : rungs) {
    const auto found = decoder.try_rung(frame, rung);
    if (!found) continue;
    MILLPOND_CHECK(!found->text.empty());
    for (const auto& corner : found->corners) MILLPOND_CHECK(std::isfinite(corner.x) && std::isfinite(corner.y));
  }
  return {};
}

// A gray picture as a camera packs it: 16 by 8, dark on the left.
std::vector<Bytes> jpeg_seeds() { return {tests::packed_jpeg({.width = 16, .height = 8})}; }

// A frame is sound and not larger than a camera's, or refused.
Result<> run_jpeg(ByteView input) {
  MILLPOND_TRY(const auto frame, scan::take_jpeg_luma(input, 0));
  MILLPOND_CHECK(frame.is_sound());
  return {};
}

// What stands at the beginning of recordings, with a picture after it.
std::vector<Bytes> video_seeds() {
  std::vector<Bytes> seeds;
  for (const std::string_view text : {"YUV4MPEG2 W2 H2 F30:1 Ip A1:1 C420jpeg\nFRAME\n......",
                                      "YUV4MPEG2 H2 W3 Cmono\nFRAME I\n......", "RIFF....AVI LIST"}) {
    seeds.emplace_back(text.begin(), text.end());
  }
  seeds.push_back(tests::packed_jpeg({.width = 16, .height = 8}));
  return seeds;
}

// A layout is one that pictures can be read by, and a place lies within the bytes.
Result<> run_video(ByteView input) {
  const auto place = scan::find_jpeg(input);
  MILLPOND_CHECK(place.at <= input.size() && place.length <= input.size() - place.at);
  MILLPOND_TRY(const auto layout, scan::video_layout(input));
  if (layout.jpeg) return {};
  MILLPOND_CHECK(layout.width > 0 && layout.height > 0 && layout.header_bytes <= input.size());
  MILLPOND_CHECK(layout.picture_bytes >=
                 static_cast<std::size_t>(layout.width) * static_cast<std::size_t>(layout.height));
  MILLPOND_CHECK(!layout.interval_ms || *layout.interval_ms > 0);
  return {};
}

std::vector<Bytes> gs1_seeds() {
  std::vector<Bytes> seeds;
  for (const std::string_view text : {"]C10106901234567892",
                                      "]d20106901234567892\x1d"
                                      "17261200",
                                      "]Q310AB-1\x1d"
                                      "21xyz"}) {
    seeds.emplace_back(text.begin(), text.end());
  }
  return seeds;
}

// Elements, written one after the other with separators, are the same elements.
Result<> run_gs1(ByteView input) {
  MILLPOND_TRY(const auto elements, codes::parse_gs1(base::text_of(input)));
  std::string again{"]C1"};
  for (const auto& element : elements) {
    if (again.size() > 3) again += '\x1d';
    again += element.identifier + element.value;
  }
  if (again.size() > 128) return {};  // separators that fixed lengths did not need
  MILLPOND_CHECK(codes::parse_gs1(again).value() == elements);
  return {};
}

}  // namespace

std::vector<Target> scan_targets() {
  return {{"gs1", gs1_seeds, run_gs1},
          {"jpeg", jpeg_seeds, run_jpeg},
          {"picture", picture_seeds, run_picture},
          {"video", video_seeds, run_video}};
}

}  // namespace millpond::fuzz
