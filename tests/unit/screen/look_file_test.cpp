// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/look_file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using namespace millpond::screen;

TEST_CASE("a look file says theme, motion, brand and logo") {
  const tests::TempDir folder;
  const image::RgbaImage logo{4, 2, std::vector<std::uint8_t>(4 * 2 * 4, 200)};
  REQUIRE(image::save_png(folder / "logo.png", logo));
  const auto look = parse_look(
      "[screen]\ntheme = \"dark\"\nmotion = \"reduced\"\nrotate = 270\n"
      "[brand]\nname = \"荷塘书店\"\nname_en = \"Lotus Books\"\ncolor = \"#1E5AA8\"\nlogo = \"logo.png\"\n",
      folder / "look.toml");
  REQUIRE(look);
  CHECK(look->still);
  CHECK(look->turn == Turn::left);
  CHECK(look->names[0] == "荷塘书店");
  CHECK(look->names[1] == "Lotus Books");
  REQUIRE(look->logo);
  CHECK(look->logo->width == 4);
  CHECK(look->look.themes[0].brand == view::rgb(0x1E5AA8));
  CHECK(look->look.themes[0].paper == view::theme_of(view::Tint::dark).paper);
  CHECK_FALSE(look->corrected);
}

TEST_CASE("whatever colour a brand has, everything can be read: it is written on darkly, corrected or refused") {
  struct Row {
    const char* color;
    bool accepted;
  };
  for (const Row& row : {Row{"#C8321E", true}, Row{"#FFE14D", true}, Row{"#1E5AA8", true}, Row{"#0B7A5F", true},
                         Row{"#000000", true}, Row{"#FFFFFF", true}, Row{"#808080", true}, Row{"#FF8A3D", true}}) {
    for (const char* theme : {"light", "dark"}) {
      INFO(row.color << " " << theme);
      const auto look = parse_look(
          std::string{"[screen]\ntheme = \""} + theme + "\"\n[brand]\ncolor = \"" + row.color + "\"\n", "look.toml");
      CHECK(look.has_value() == row.accepted);
      if (!look) continue;
      for (const auto& themed : look->look.themes) {
        for (const auto& pair : view::text_pairs(themed)) {
          INFO(pair.what);
          CHECK(view::contrast(pair.text, pair.ground) >= 4.5);
        }
      }
    }
  }
}

TEST_CASE("a corrected colour is told with what it became") {
  const auto look = parse_look("[brand]\ncolor = \"#8A8A8A\"\n", "look.toml");
  REQUIRE(look);
  REQUIRE(look->corrected);
  CHECK(look->asked == "#8A8A8A");
  CHECK(*look->corrected != "#8A8A8A");
}

TEST_CASE("what a look file cannot mean is refused with its line") {
  struct Row {
    const char* text;
    base::Code code;
    const char* detail;
  };
  const std::vector<Row> table{
      {"[screen]\ntheme = \"blue\"\n", base::Code::config_invalid, "line 2: screen.theme"},
      {"[screen]\nthema = \"dark\"\n", base::Code::config_unknown_key, "line 2: screen.thema"},
      {"[screen]\nrotate = 45\n", base::Code::config_invalid, "line 2: screen.rotate"},
      {"[screen]\nrotate = 360\n", base::Code::config_invalid, "line 2: screen.rotate"},
      {"[screen]\nrotate = \"90\"\n", base::Code::config_invalid, "line 2: screen.rotate"},
      {"[shop]\n", base::Code::config_unknown_key, "[shop]"},
      {"[brand]\ncolor = \"red\"\n", base::Code::config_invalid, "brand.color"},
      {"[brand]\ncolor = \"#12345G\"\n", base::Code::config_invalid, "brand.color"},
      {"[brand]\nname = \"\"\n", base::Code::config_invalid, "brand.name"},
      {"brand = 1\n", base::Code::config_invalid, "must be a section"},
      {"[screen\n", base::Code::config_invalid, "line 1"},
  };
  for (const Row& row : table) {
    INFO(row.text);
    const auto look = parse_look(row.text, "look.toml");
    REQUIRE_FALSE(look);
    CHECK(look.error().code == row.code);
    CHECK(look.error().detail.find(row.detail) != std::string::npos);
  }
  CHECK(load_look("no such file").error().code == base::Code::not_found);
}
