// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/bitmap.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

TEST_CASE("dots lie in bytes with the leftmost in the highest bit, and paper grows downwards") {
  print::Bitmap bitmap{10, 0, {}};
  bitmap.set(0, 0, true);
  bitmap.set(9, 1, true);
  CHECK(bitmap.height == 2);
  CHECK(bitmap.bits == base::Bytes{0x80, 0, 0, 0x40});
  CHECK(bitmap.get(9, 1));
  bitmap.set(9, 1, false);
  CHECK_FALSE(bitmap.get(9, 1));
}

TEST_CASE("what lies outside is not drawn and reads as white") {
  print::Bitmap bitmap{8, 1, {0}};
  bitmap.fill({-5, -5, 6, 6}, true);
  bitmap.set(8, 0, true);
  CHECK(bitmap.bits == base::Bytes{0x80});
  CHECK_FALSE(bitmap.get(-1, 0));
  CHECK_FALSE(bitmap.get(0, 5));
}

TEST_CASE("a rounded rectangle is full but for its corners and the same on every side") {
  print::Bitmap bitmap{40, 0, {}};
  bitmap.fill_rounded({0, 0, 40, 30}, 10);
  CHECK_FALSE(bitmap.get(0, 0));
  CHECK(bitmap.get(20, 0));
  CHECK(bitmap.get(0, 15));
  CHECK(bitmap.get(5, 5));
  bool symmetric = true;
  for (int y = 0; y < 30; ++y) {
    for (int x = 0; x < 40; ++x) {
      symmetric = symmetric && bitmap.get(x, y) == bitmap.get(39 - x, y) && bitmap.get(x, y) == bitmap.get(x, 29 - y);
    }
  }
  CHECK(symmetric);
}

TEST_CASE("the picture of the paper has its margins") {
  print::Bitmap bitmap{1, 1, {0x80}};
  const auto picture = print::to_image(bitmap, 2);
  CHECK(picture.width == 5);
  CHECK(picture.height == 5);
  CHECK(picture.pixels[12] == 0);
  CHECK(picture.pixels[11] == 255);
}
