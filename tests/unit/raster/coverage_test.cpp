// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/raster/drawing.h"

#include <array>
#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using namespace millpond::tests;

namespace {

void triangle(ImDrawList& list, ImVec2 a, ImVec2 b, ImVec2 c, std::array<ImU32, 3> colors) {
  const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
  list.PrimReserve(3, 3);
  list.PrimVtx(a, uv, colors[0]);
  list.PrimVtx(b, uv, colors[1]);
  list.PrimVtx(c, uv, colors[2]);
}

void quad(ImDrawList& list, ImVec2 from, ImVec2 to, ImU32 color) {
  list.PrimReserve(6, 4);
  list.PrimRect(from, to, color);
}

}  // namespace

TEST_CASE("a triangle covers the pixels whose centres lie inside") {
  struct Row {
    const char* what;
    ImVec2 a, b, c;
    std::vector<std::string> expected;
  };
  const std::vector<Row> table{
      {"right angle at the top left", {0, 0}, {4, 0}, {0, 4}, {"###...", "##....", "#.....", "......"}},
      {"corners in the other order", {0, 4}, {4, 0}, {0, 0}, {"###...", "##....", "#.....", "......"}},
      {"left and top edges belong to it",
       {0.5F, 0.5F},
       {3.5F, 0.5F},
       {0.5F, 3.5F},
       {"###...", "##....", "#.....", "......"}},
      {"no area", {0, 0}, {2, 2}, {4, 4}, {"......", "......", "......", "......"}},
      {"between two centres", {1.6F, 0}, {2.4F, 0}, {2, 4}, {"......", "......", "......", "......"}},
      {"larger than the screen", {-20, -20}, {40, -20}, {-20, 40}, {"######", "######", "######", "######"}},
  };
  for (const Row& row : table) {
    INFO(row.what);
    Drawing drawing{6, 4};
    raster::Raster raster{6, 4, white};
    raster.draw(drawing.frame([&](ImDrawList& list) { triangle(list, row.a, row.b, row.c, {red, red, red}); }));
    CHECK(picture(raster) == row.expected);
  }
}

TEST_CASE("two triangles that share an edge leave no gap and share no pixel") {
  Drawing drawing{8, 8};
  raster::Raster raster{8, 8, white};
  const ImU32 half_red = IM_COL32(255, 0, 0, 128);
  raster.draw(drawing.frame([&](ImDrawList& list) {
    triangle(list, {0, 0}, {8, 0}, {8, 8}, {half_red, half_red, half_red});
    triangle(list, {0, 0}, {8, 8}, {0, 8}, {half_red, half_red, half_red});
  }));
  for (const std::uint32_t color : raster.pixels()) CHECK(color == raster.pixels()[0]);
}

TEST_CASE("an upright rectangle covers the pixels whose centres lie inside") {
  struct Row {
    ImVec2 from, to;
    std::vector<std::string> expected;
  };
  const std::vector<Row> table{
      {{1, 1}, {3, 2}, {".....", ".##..", "....."}},       {{0.5F, 0.5F}, {2.5F, 1.5F}, {"##...", ".....", "....."}},
      {{0.6F, 0}, {2.4F, 1}, {".#...", ".....", "....."}}, {{-9, -9}, {2, 2}, {"##...", "##...", "....."}},
      {{2, 2}, {2, 9}, {".....", ".....", "....."}},
  };
  for (const Row& row : table) {
    Drawing drawing{5, 3};
    raster::Raster raster{5, 3, white};
    raster.draw(drawing.frame([&](ImDrawList& list) { quad(list, row.from, row.to, red); }));
    CHECK(picture(raster) == row.expected);
  }
}

TEST_CASE("nothing is drawn outside the clip rectangle") {
  Drawing drawing{6, 3};
  raster::Raster raster{6, 3, white};
  raster.draw(drawing.frame([](ImDrawList& list) {
    list.PushClipRect({2, 1}, {4, 2});
    quad(list, {0, 0}, {6, 3}, red);
    triangle(list, {0, 0}, {12, 0}, {0, 12}, {red, red, red});
    list.PopClipRect();
  }));
  CHECK(picture(raster) == std::vector<std::string>{"......", "..##..", "......"});
}

TEST_CASE("colours run evenly from corner to corner") {
  Drawing drawing{256, 4};
  raster::Raster raster{256, 4, white};
  raster.draw(drawing.frame([](ImDrawList& list) {
    list.AddRectFilledMultiColor({0, 0}, {256, 4}, black, white, white, black);
  }));
  int before = -1;
  for (int x = 0; x < 256; ++x) {
    const auto level = static_cast<int>(pixel(raster, x, 2) & 255);
    CHECK(level >= before);
    CHECK(std::abs(level - x) <= 1);
    before = level;
  }
}

TEST_CASE("a picture is copied one to one, tinted, and interpolated when scaled") {
  const std::array<std::uint32_t, 4> texels{red, black, black, red};
  const raster::Texture picture_of_four{2, 2, 4, reinterpret_cast<const std::uint8_t*>(texels.data()), 1};
  const auto id = static_cast<ImTextureID>(raster::texture_id(picture_of_four));
  Drawing drawing{8, 8};
  raster::Raster raster{8, 8, white};

  raster.draw(drawing.frame([&](ImDrawList& list) { list.AddImage(id, {3, 3}, {5, 5}); }));
  CHECK(pixel(raster, 3, 3) == red);
  CHECK(pixel(raster, 4, 3) == black);
  CHECK(pixel(raster, 4, 4) == red);
  CHECK(pixel(raster, 5, 5) == white);

  raster.draw(drawing.frame([&](ImDrawList& list) { list.AddImage(id, {0, 0}, {8, 8}); }));
  CHECK(pixel(raster, 0, 0) == red);
  const std::uint32_t middle = pixel(raster, 3, 0) & 255;
  CHECK(middle > 100);
  CHECK(middle < 200);

  const std::array<std::uint8_t, 4> alphas{255, 128, 0, 255};
  const raster::Texture mask{2, 2, 1, alphas.data(), 2};
  raster.draw(drawing.frame([&](ImDrawList& list) {
    list.AddImage(static_cast<ImTextureID>(raster::texture_id(mask)), {0, 0}, {2, 2}, {0, 0}, {1, 1}, red);
  }));
  CHECK(pixel(raster, 0, 0) == red);
  CHECK(pixel(raster, 1, 0) == 0xFF7F7FFFU);
  CHECK(pixel(raster, 0, 1) == white);
}
