// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/luma.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using scan::PixelLayout;

TEST_CASE("luma is taken out of every layout and the padding left") {
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
    const auto frame = scan::take_luma({row.layout, 2, 2, row.bytes_per_line, row.bytes}, 42);
    REQUIRE(frame);
    CHECK(frame->bytes == base::Bytes{1, 2, 3, 4});
    CHECK(frame->taken_at_ms == 42);
  }
}

TEST_CASE("a torn or impossible picture gives no frame") {
  const base::Bytes bytes(16);
  CHECK(scan::take_luma({PixelLayout::yuyv, 4, 3, 8, bytes}, 0).error().code == base::Code::device_failed);
  CHECK(scan::take_luma({PixelLayout::grey, 0, 3, 8, bytes}, 0).error().code == base::Code::bad_input);
  CHECK(scan::take_luma({PixelLayout::grey, 4, 3, 3, bytes}, 0).error().code == base::Code::bad_input);
  CHECK(scan::take_luma({PixelLayout::grey, 40'000, 1, 40'000, bytes}, 0).error().code == base::Code::bad_input);
}
