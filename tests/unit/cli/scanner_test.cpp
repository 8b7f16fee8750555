// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/scanner.h"
#include "hardware/scan/decoder.h"
#include "hardware/scan/encode.h"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>

using namespace millpond;

TEST_CASE("a code drawn in block characters is read from a dark terminal's picture of it") {
  const std::string text = "BIND-YZQA/:123456";
  const auto code = scan::encode_qr(text).value();
  std::string_view left;
  const auto lines = cli::code_in_blocks(code);
  // Each character is a cell of one module's width and two modules' height.
  constexpr int module_px = 6;
  const int columns = code.size + 2 * ports::qr_quiet_zone_modules;
  const int rows = (columns + 1) / 2;
  ports::GrayFrame screen{columns * module_px, rows * 2 * module_px, columns * module_px, {}, 0};
  screen.bytes.resize(static_cast<std::size_t>(screen.width) * static_cast<std::size_t>(screen.height), 20);
  const auto light = [&screen](int column, int row) {
    for (int y = row * module_px; y < (row + 1) * module_px; ++y) {
      for (int x = column * module_px; x < (column + 1) * module_px; ++x) {
        screen.bytes[static_cast<std::size_t>(y * screen.stride + x)] = 220;
      }
    }
  };
  left = lines;
  int column = 0;
  int row = 0;
  while (!left.empty()) {
    const auto takes = [&left](std::string_view character) {
      const bool it_is = left.starts_with(character);
      if (it_is) left.remove_prefix(character.size());
      return it_is;
    };
    if (takes("\n")) {
      CHECK(column == columns);
      column = 0;
      row += 2;
      continue;
    }
    const bool both = takes("\u2588");
    const bool upper = both || takes("\u2580");
    const bool lower = both || (!upper && takes("\u2584"));
    if (upper) light(column, row);
    if (lower) light(column, row + 1);
    if (!upper && !lower) REQUIRE(takes(" "));
    ++column;
  }
  CHECK(row == rows * 2);
  scan::Decoder decoder;
  const auto found = decoder.decode(screen, scan::half_then_full);
  REQUIRE(found);
  CHECK(found->text == text);
}
