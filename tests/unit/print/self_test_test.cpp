// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/self_test.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

// The length of the black run that goes down from (x, y).
int run_down(const print::Bitmap& page, int x, int y) {
  int length = 0;
  while (page.get(x, y + length)) ++length;
  return length;
}

}  // namespace

TEST_CASE("the ruler has a tick every eight dots, longer ones every five and ten, from the first dot to the last") {
  for (const int width : {print::width_80mm_dots, print::width_58mm_dots}) {
    CAPTURE(width);
    const auto page = print::draw_self_test({}, {width, {}});
    REQUIRE(page);
    int top = 0;
    while (top < page->height && !page->get(0, top)) ++top;
    REQUIRE(top < page->height);
    const int length_mm = print::ruler_mm(width);
    CHECK(length_mm == width / 8 - 1);
    const int centimetre = run_down(*page, 0, top);
    for (int mm = 0; mm <= length_mm; ++mm) {
      CAPTURE(mm);
      const int tick = run_down(*page, mm * print::dots_per_mm, top);
      CHECK((tick >= centimetre) == (mm % 10 == 0));
      CHECK(run_down(*page, mm * print::dots_per_mm + 4, top) <= 2);
      if (mm % 10 == 5) CHECK(tick > run_down(*page, (mm - 1) * print::dots_per_mm, top));
    }
    CHECK_FALSE(page->get(length_mm * print::dots_per_mm + 2, top));
  }
}

TEST_CASE("the bar covers every dot of the width, and words stand where they belong") {
  const auto plain = print::draw_self_test({}, {});
  REQUIRE(plain);
  int whole_rows = 0;
  for (int y = 0; y < plain->height; ++y) {
    bool whole = true;
    for (int x = 0; x < plain->width; ++x) whole = whole && plain->get(x, y);
    whole_rows += whole ? 1 : 0;
  }
  CHECK(whole_rows == 40);
  print::SelfTestPage page;
  page.above.blocks = {ports::Title{"Millpond"}};
  page.below.blocks = {ports::Text{"end"}};
  const auto with_words = print::draw_self_test(page, {});
  REQUIRE(with_words);
  CHECK(with_words->height > plain->height);
  CHECK(print::draw_self_test({}, {.width_dots = 10}).error().code == base::Code::bad_input);
}
