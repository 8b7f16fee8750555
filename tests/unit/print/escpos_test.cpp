// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/escpos.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

TEST_CASE("a small bitmap is one band between reset, feed and cut") {
  const print::Bitmap bitmap{10, 2, {0x80, 0x40, 0xFF, 0xC0}};
  const base::Bytes expected{0x1B, '@',  0x1D, 'v',  '0', 0, 2,    0,   2,  0, 0x80,
                             0x40, 0xFF, 0xC0, 0x1B, 'd', 2, 0x1D, 'V', 66, 24};
  CHECK(print::to_escpos(bitmap) == expected);
}

TEST_CASE("a long bitmap goes in bands of 128 rows, the last one short") {
  const print::Bitmap bitmap{8, 300, base::Bytes(300, 0xAA)};
  const auto bytes = print::to_escpos(bitmap, {.cut = false});
  CHECK(bytes.size() == 2 + 3 * 8 + 300 + 3);
  CHECK(bytes[2 + 6] == 128);
  CHECK(bytes[2 + 2 * (8 + 128) + 6] == 44);
}

TEST_CASE("a drawer's pulse is as long for either pin, and there is none for no pin") {
  CHECK(print::drawer_pulse(print::DrawerPin::pin2) == base::Bytes{0x1B, 'p', 0, 25, 250});
  CHECK(print::drawer_pulse(print::DrawerPin::pin5) == base::Bytes{0x1B, 'p', 1, 25, 250});
  CHECK(print::drawer_pulse(print::DrawerPin::none).empty());
}
