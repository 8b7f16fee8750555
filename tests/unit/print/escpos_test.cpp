// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/escpos.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using ports::DeviceState;

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

TEST_CASE("the drawer is kicked before the paper moves, and only when asked") {
  const print::Bitmap bitmap{8, 1, {0}};
  const auto with = print::to_escpos(bitmap, {.cut = false, .kick_drawer = true});
  CHECK(base::Bytes{with.begin() + 2, with.begin() + 7} == base::Bytes{0x1B, 'p', 0, 25, 250});
  CHECK(print::to_escpos(bitmap, {.cut = false}).size() == with.size() - 5);
}

TEST_CASE("status answers mean what the manual says, and other bytes mean nothing") {
  struct Row {
    std::uint8_t answer;
    std::optional<DeviceState> state;
  };
  for (const auto& row :
       {Row{0x12, DeviceState::ok}, Row{0x16, DeviceState::cover_open}, Row{0x32, DeviceState::paper_out},
        Row{0x52, DeviceState::cutter_error}, Row{0x00, std::nullopt}, Row{0xFF, std::nullopt}}) {
    CAPTURE(int{row.answer});
    CHECK(print::read_offline_cause(row.answer) == row.state);
  }
  for (const auto& row :
       {Row{0x12, DeviceState::ok}, Row{0x1E, DeviceState::paper_low}, Row{0x72, DeviceState::paper_out},
        Row{0x7E, DeviceState::paper_out}, Row{0x41, std::nullopt}}) {
    CAPTURE(int{row.answer});
    CHECK(print::read_paper(row.answer) == row.state);
  }
  for (const auto& row : {Row{0x00, DeviceState::ok}, Row{0x03, DeviceState::paper_low},
                          Row{0x0C, DeviceState::paper_out}, Row{0x12, std::nullopt}, Row{0x80, std::nullopt}}) {
    CAPTURE(int{row.answer});
    CHECK(print::read_in_turn(row.answer) == row.state);
  }
}
