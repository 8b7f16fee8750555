// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/line_breaks.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond::view;

namespace {

// Hanzi are two wide, everything else one.
std::vector<std::string> lines(std::string_view text, float width) {
  return break_lines(text, width, [](char32_t c) { return c >= 0x2E80 ? 2.0F : 1.0F; });
}

}  // namespace

TEST_CASE("lines break where both scripts allow it") {
  struct Row {
    const char* text;
    float width;
    std::vector<std::string> expected;
  };
  const std::vector<Row> table{
      {"", 10, {""}},
      {"short", 10, {"short"}},
      {"two words", 9, {"two words"}},
      {"two words", 8, {"two", "words"}},
      {"two   words", 5, {"two", "words"}},
      {"one\ntwo", 20, {"one", "two"}},
      {"unbreakable", 4, {"unbr", "eaka", "ble"}},
      {"扫会员码", 4, {"扫会", "员码"}},
      {"扫会员码", 5, {"扫会", "员码"}},
      {"积分，优惠", 4, {"积", "分，", "优惠"}},
      {"看“券”吧", 4, {"看", "“券”", "吧"}},
      {"满 30 可用", 5, {"满 30", "可用"}},
      {"用 Millpond 积分", 9, {"用", "Millpond", "积分"}},
      {"只要¥30", 6, {"只要", "¥30"}},
      {"ends here.", 9, {"ends", "here."}},
  };
  for (const Row& row : table) {
    INFO(row.text << " in " << row.width);
    CHECK(lines(row.text, row.width) == row.expected);
  }
}

TEST_CASE("code points are read, and what is no UTF-8 is replaced byte by byte") {
  struct Row {
    std::string_view text;
    char32_t value;
    std::size_t bytes;
  };
  const std::vector<Row> table{
      {"a", U'a', 1},       {"é", U'é', 2},          {"茶", U'茶', 3},      {"\xF0\x9F\x8D\xB5", 0x1F375, 4},
      {"\x80x", 0xFFFD, 1}, {"\xE8\x8C", 0xFFFD, 1}, {"\xE8zz", 0xFFFD, 1}, {"\xFFzzz", 0xFFFD, 1},
  };
  for (const Row& row : table) {
    const CodePoint first = first_code_point(row.text);
    CHECK(first.value == row.value);
    CHECK(first.bytes == row.bytes);
  }
}
