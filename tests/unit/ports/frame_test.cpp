// SPDX-License-Identifier: Apache-2.0
#include "hardware/ports/camera.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

TEST_CASE("a frame is sound when its bytes hold every pixel that it promises") {
  struct Row {
    const char* what;
    int width, height, stride;
    std::size_t bytes;
    bool sound;
  };
  for (const auto& row : {
           Row{"one pixel", 1, 1, 1, 1, true},
           Row{"exact", 4, 3, 4, 12, true},
           Row{"stride wider, last row short", 4, 3, 6, 16, true},
           Row{"stride wider, one byte missing", 4, 3, 6, 15, false},
           Row{"stride narrower than the row", 4, 3, 3, 12, false},
           Row{"empty", 0, 0, 0, 0, false},
           Row{"no height", 4, 0, 4, 16, false},
           Row{"negative", -4, 3, 4, 100, false},
           Row{"torn", 640, 480, 640, 1000, false},
           Row{"absurd", ports::frame_side_max + 1, 1, ports::frame_side_max + 1, 20000, false},
       }) {
    CAPTURE(row.what);
    const ports::GrayFrame frame{row.width, row.height, row.stride, base::Bytes(row.bytes), 0};
    CHECK(frame.is_sound() == row.sound);
    const ports::GrayView view = frame;
    CHECK(view.is_sound() == row.sound);
  }
}

TEST_CASE("a copy of a view has its pixels alone") {
  const ports::GrayFrame frame{3, 2, 4, {1, 2, 3, 99, 4, 5, 6}, 8};
  CHECK(ports::copy_of(frame) == ports::GrayFrame{3, 2, 3, {1, 2, 3, 4, 5, 6}, 8});
  const base::Bytes pairs{1, 99, 2, 99, 3, 99, 4, 99};
  CHECK(ports::copy_of({pairs.data(), 2, 2, 4, 2, 8}) == ports::GrayFrame{2, 2, 2, {1, 2, 3, 4}, 8});
  CHECK(ports::copy_of({pairs.data() + 2, 1, 2, 4, 2, 8}) == ports::GrayFrame{1, 2, 1, {2, 4}, 8});
}
