// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/text_layout.h"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace millpond;
using print::TextStyle;

namespace {

print::Fonts& fonts() {
  static auto opened = print::Fonts::open(*print::find_fonts());
  return *opened;
}

// How many glyphs stand on each line.
std::vector<std::size_t> shape(std::string_view text, int width, const TextStyle& style = {20}) {
  std::vector<std::size_t> counts;
  for (const auto& line : print::lay_out(fonts(), style, text, width)) {
    CHECK((line.width <= width || line.glyphs.size() == 1));
    counts.push_back(line.glyphs.size());
  }
  return counts;
}

using Shape = std::vector<std::size_t>;

}  // namespace

TEST_CASE("lines break where people expect it") {
  struct Row {
    const char* what;
    std::string text;
    int width;
    Shape shape;
  };
  // Chinese at 20 dots takes 20 dots a character.
  for (const auto& row : {
           Row{"nothing is one empty line", "", 100, {0}},
           Row{"fits", "abc", 100, {3}},
           Row{"between Chinese characters", "一二三四五六七", 100, {5, 2}},
           Row{"a closing mark never starts a line", "一二三四五,六", 100, {4, 3}},
           Row{"an opening mark never ends one", "一二三四(五六)", 100, {4, 4}},
           Row{"line feeds are kept", "一\n\n二", 100, {1, 0, 1}},
           Row{"spaces at a break are dropped", "一二三四五 六", 100, {5, 1}},
           Row{"too narrow for anything", "一二", 5, {1, 1}},
           Row{"control characters are left out",
               "a\x01\x7F"
               "b",
               100,
               {2}},
           Row{"malformed UTF-8 shows as one mark a byte", "a\xFF\xC3", 100, {3}},
       }) {
    CAPTURE(row.what);
    CHECK(shape(row.text, row.width) == row.shape);
  }
}

TEST_CASE("Latin breaks between words, not inside codes") {
  const int code_width = print::text_width(fonts(), {20}, "C-4K7Q-9XZP");
  CHECK(shape("No C-4K7Q-9XZP", code_width + 4) == Shape{2, 11});
  CHECK(shape("well-known", print::text_width(fonts(), {20}, "well-kno")) == Shape{5, 5});
}

TEST_CASE("a word longer than the line is broken, and nothing is lost") {
  std::size_t glyphs = 0;
  for (const auto count : shape(std::string(200, 'W'), 100)) glyphs += count;
  CHECK(glyphs == 200);
}

TEST_CASE("balanced lines leave no character alone on the last one") {
  const TextStyle style{20};
  const auto lines = print::lay_out_balanced(fonts(), style, "一二三四五六", 100);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1].glyphs.size() >= 2);
}

TEST_CASE("tabular digits are all of one width") {
  TextStyle style{24};
  CHECK(print::text_width(fonts(), style, "1111") < print::text_width(fonts(), style, "8888"));
  style.tabular_digits = true;
  CHECK(print::text_width(fonts(), style, "1111") == print::text_width(fonts(), style, "8888"));
}

TEST_CASE("marks that both scripts know are wide inside Chinese only") {
  const TextStyle style{40};
  const int chinese = print::text_width(fonts(), style, "中“文”中") - print::text_width(fonts(), style, "中文中");
  const int latin = print::text_width(fonts(), style, "a“b”c") - print::text_width(fonts(), style, "abc");
  CHECK(chinese >= 70);
  CHECK(latin < 50);
}

TEST_CASE("a character that no font has is a visible box") {
  const auto lines = print::lay_out(fonts(), {30}, "\U0001F600", 100);
  REQUIRE(lines.size() == 1);
  REQUIRE(lines[0].glyphs.size() == 1);
  CHECK(lines[0].glyphs[0].glyph->width > 0);
}
