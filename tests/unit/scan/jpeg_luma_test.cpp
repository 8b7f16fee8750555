// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/jpeg_luma.h"

#include "hardware/scan/luma.h"
#include "tests/support/packed_jpeg.h"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>

using namespace millpond;

TEST_CASE("a camera's JPEG picture is read as its luma, with and without Huffman tables") {
  struct Row {
    tests::PackedJpeg picture;
    int width;
    int height;
  };
  for (const auto& row : {Row{{64, 48}, 64, 48}, Row{{64, 48, false, false}, 64, 48}, Row{{1280, 720}, 1280, 720},
                          Row{{1920, 1080}, 960, 540}, Row{{17, 9}, 17, 9}}) {
    CAPTURE(row.picture.width, row.picture.with_tables);
    const auto bytes = tests::packed_jpeg(row.picture);
    const auto frame = scan::take_jpeg_luma(bytes, 77);
    REQUIRE(frame);
    CHECK(frame->is_sound());
    CHECK(frame->width == row.width);
    CHECK(frame->height == row.height);
    CHECK(frame->taken_at_ms == 77);
    CHECK(std::abs(frame->at(1, row.height / 2) - tests::packed_dark) < 12);
    CHECK(std::abs(frame->at(row.width - 2, row.height / 2) - tests::packed_light) < 12);
  }
}

TEST_CASE("a JPEG picture that is torn, foreign or of no camera's kind is refused") {
  const auto whole = tests::packed_jpeg({640, 480});
  const auto cut = [&whole](std::size_t length) { return base::ByteView{whole}.first(length); };
  CHECK(scan::take_jpeg_luma({}, 0).error().code == base::Code::device_failed);
  CHECK(scan::take_jpeg_luma(base::view_of("no picture at all"), 0).error().code == base::Code::device_failed);
  for (const std::size_t length : {std::size_t{2}, std::size_t{20}, whole.size() / 2, whole.size() - 40}) {
    CAPTURE(length, whole.size());
    CHECK(scan::take_jpeg_luma(cut(length), 0).error().code == base::Code::device_failed);
  }
  const auto progressive = tests::packed_jpeg({64, 48, true});
  CHECK(scan::take_jpeg_luma(progressive, 0).error().code == base::Code::unsupported);
  const auto huge = tests::packed_jpeg({5000, 4000});
  CHECK(scan::take_jpeg_luma(huge, 0).error().code == base::Code::too_large);
  CHECK(scan::take_jpeg_luma(whole, 0));
}
