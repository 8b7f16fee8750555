// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/luma.h"

#include "hardware/scan/change_gate.h"
#include "hardware/scan/decoder.h"
#include "hardware/scan/encode.h"
#include "tests/support/drawn_code.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace millpond;
using scan::PixelLayout;

TEST_CASE("luma is read where it lies in every layout, and the padding left") {
  struct Row {
    const char* what;
    PixelLayout layout;
    int bytes_per_line;
    base::Bytes bytes;
  };
  for (const auto& row : {
           Row{"GREY", PixelLayout::grey, 2, {1, 2, 3, 4}},
           Row{"GREY, padded lines", PixelLayout::grey, 4, {1, 2, 9, 9, 3, 4, 9, 9}},
           Row{"GREY, last padding missing", PixelLayout::grey, 4, {1, 2, 9, 9, 3, 4}},
           Row{"YUYV", PixelLayout::yuyv, 4, {1, 128, 2, 128, 3, 128, 4, 128}},
           Row{"NV12, colour plane behind", PixelLayout::nv12, 2, {1, 2, 3, 4, 128, 128}},
       }) {
    CAPTURE(row.what);
    const auto luma = scan::luma_of({row.layout, 2, 2, row.bytes_per_line, row.bytes}, 42);
    REQUIRE(luma);
    CHECK(luma->pixels == row.bytes.data());
    CHECK(ports::copy_of(*luma) == ports::GrayFrame{2, 2, 2, {1, 2, 3, 4}, 42});
  }
}

// As YUYV lies in a driver's buffer, beside the same picture alone.
TEST_CASE("a code is read, and movement seen, where the luma lies") {
  const std::string text = "K1:WHERE IT LIES";
  ports::GrayFrame frame{640, 480, 640, base::Bytes(640 * 480, 200), 5};
  tests::draw_code(frame, scan::encode_qr(text).value(), {120, 90, 5});
  constexpr int line = 1'300;
  base::Bytes packed(std::size_t{line} * 480, 77);
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) packed[static_cast<std::size_t>(y * line + 2 * x)] = frame.at(x, y);
  }
  const auto luma = scan::luma_of({PixelLayout::yuyv, 640, 480, line, packed}, 5).value();
  for (const auto rung : scan::file_ladder) {
    if (rung == scan::Rung::items) continue;
    scan::Decoder alone;
    scan::Decoder there;
    const auto read_alone = alone.try_rung(frame, rung);
    const auto read_there = there.try_rung(luma, rung);
    CAPTURE(scan::rung_name(rung));
    REQUIRE(read_alone.has_value() == read_there.has_value());
    if (read_there) {
      CHECK(read_there->text == text);
      CHECK(read_there->corners == read_alone->corners);
    }
    const auto region = scan::Region{100, 70, 300, 300};
    const auto in_part = there.try_rung(luma, rung, region);
    CHECK(in_part.has_value() == alone.try_rung(frame, rung, region).has_value());
  }
  scan::ChangeGate gate;
  static_cast<void>(gate.moved(frame));
  CHECK_FALSE(gate.moved(luma));
  for (int y = 200; y < 300; ++y) packed[static_cast<std::size_t>(y * line + 2 * 300 + 1)] = 0;  // colour
  CHECK_FALSE(gate.moved(luma));
  for (int y = 200; y < 300; ++y) {
    for (int x = 200; x < 300; ++x) packed[static_cast<std::size_t>(y * line + 2 * x)] = 0;
  }
  CHECK(gate.moved(luma));
}

TEST_CASE("a torn or impossible picture gives no frame") {
  const base::Bytes bytes(16);
  CHECK(scan::luma_of({PixelLayout::yuyv, 4, 3, 8, bytes}, 0).error().code == base::Code::device_failed);
  CHECK(scan::luma_of({PixelLayout::grey, 0, 3, 8, bytes}, 0).error().code == base::Code::bad_input);
  CHECK(scan::luma_of({PixelLayout::grey, 4, 3, 3, bytes}, 0).error().code == base::Code::bad_input);
  CHECK(scan::luma_of({PixelLayout::grey, 40'000, 1, 40'000, bytes}, 0).error().code == base::Code::bad_input);
  CHECK(scan::luma_of({PixelLayout::jpeg, 4, 3, 4, bytes}, 0).error().code == base::Code::bad_input);
}
