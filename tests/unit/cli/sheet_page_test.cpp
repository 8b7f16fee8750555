// SPDX-License-Identifier: Apache-2.0
// The printed page of an offline grant.
#include "kiosk/cli/sheet_page.h"

#include "hardware/scan/decode_file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

// As long as a sheet with a hub's address of so many characters: "MPG1:" and Base45.
std::string code_with_address_of(std::size_t characters) {
  const std::size_t bytes = 359 + characters;
  return "MPG1:" + std::string(bytes / 2 * 3 + bytes % 2 * 2, 'K');
}

cli::SheetPage page_of(std::string code) {
  return {std::move(code), {12}, base::TerminalId{70'000}, base::LocalDate{20'792}};
}

bool inked(const print::Bitmap& bitmap, int from, int to) {
  for (int y = from; y < to; ++y) {
    for (int x = 0; x < bitmap.width; ++x) {
      if (bitmap.get(x, y)) return true;
    }
  }
  return false;
}

// Dark outlines with nothing in them.
int empty_boxes(const print::Bitmap& bitmap, int at_y) {
  int boxes = 0;
  for (int x = 1, run = 0; x < bitmap.width; ++x) {
    run = bitmap.get(x, at_y) ? 0 : run + 1;
    if (run == 100 && bitmap.get(x - 100, at_y)) ++boxes;
  }
  return boxes - 1;  // behind the last one the paper goes on
}

}  // namespace

TEST_CASE("The code of a printed page reads back, also of the longest address, and from a bad print") {
  for (const std::size_t characters : {19U, 60U, 120U}) {
    CAPTURE(characters);
    const auto page = page_of(code_with_address_of(characters));
    const auto drawn = cli::draw_page(page);
    REQUIRE(drawn);
    CHECK(drawn->width == cli::page_width_dots);
    CHECK(drawn->height == cli::page_height_dots);
    const tests::TempDir folder;
    auto picture = print::to_image(*drawn, 0);
    REQUIRE(image::save_png(folder / "page.png", picture));
    const auto read = scan::decode_file(folder / "page.png");
    REQUIRE(read);
    REQUIRE(read->found);
    CHECK(read->found->text == page.code);
    // A printer that left out a line now and then, and grey toner.
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
      const auto row = i / cli::page_width_dots;
      picture.pixels[i] = picture.pixels[i] == 0 && row % 97 != 0 ? 70 : 235;
    }
    REQUIRE(image::save_png(folder / "worn.png", picture));
    const auto worn = scan::decode_file(folder / "worn.png");
    REQUIRE(worn);
    REQUIRE(worn->found);
    CHECK(worn->found->text == page.code);
  }
}

TEST_CASE("A page has margins that any printer leaves, and six empty boxes for a pen") {
  const auto drawn = cli::draw_page(page_of(code_with_address_of(120)));
  REQUIRE(drawn);
  CHECK_FALSE(inked(*drawn, 0, 100));
  CHECK_FALSE(inked(*drawn, cli::page_height_dots - 60, cli::page_height_dots));
  int last = cli::page_height_dots - 1;
  while (!inked(*drawn, last, last + 1)) --last;
  CHECK(empty_boxes(*drawn, last - 75) == 6);
}

TEST_CASE("Two pages differ by what is theirs") {
  const auto code = code_with_address_of(19);
  const auto one = cli::draw_page(page_of(code));
  for (const auto change : {+[](cli::SheetPage& page) { page.store = {13}; },
                            +[](cli::SheetPage& page) { page.terminal = base::TerminalId{70'001}; },
                            +[](cli::SheetPage& page) { page.last_day = base::LocalDate{20'793}; }}) {
    auto other = page_of(code);
    change(other);
    const auto drawn = cli::draw_page(other);
    REQUIRE(drawn);
    CHECK_FALSE(*drawn == *one);
  }
}

TEST_CASE("What is no text of a sheet, and fonts that are not there, are told") {
  CHECK(cli::draw_page(page_of("")).error().code == base::Code::bad_input);
  CHECK(cli::draw_page(page_of(std::string(761, 'K'))).error().code == base::Code::too_large);
  const auto missing =
      cli::draw_page(page_of("MPG1:K"), print::FontPaths{"/nowhere", "/nowhere", "/nowhere", "/nowhere"});
  CHECK(missing.error().code == base::Code::font_missing);
}
