// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/raster/drawing.h"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <random>

using namespace millpond;
using namespace millpond::tests;

namespace {

constexpr int side = 200;  // not a multiple of a tile's side

struct Shape {
  int kind;
  ImVec2 at, size;
  ImU32 color;
};

std::vector<Shape> random_shapes(std::mt19937& random, std::size_t count) {
  std::uniform_real_distribution<float> place{-30, side + 10};
  std::uniform_real_distribution<float> length{1, 90};
  std::uniform_int_distribution<ImU32> color{0, 0xFFFFFFFFU};
  std::vector<Shape> shapes(count);
  for (Shape& shape : shapes) {
    shape = {static_cast<int>(random() % 6),
             {place(random), place(random)},
             {length(random), length(random)},
             color(random)};
  }
  return shapes;
}

void draw_shape(ImDrawList& list, const Shape& shape) {
  const ImVec2 to{shape.at.x + shape.size.x, shape.at.y + shape.size.y};
  switch (shape.kind) {
    case 0:
      list.AddRectFilled(shape.at, to, shape.color);
      break;
    case 1:
      list.AddRectFilled(shape.at, to, shape.color, 12);
      break;
    case 2:
      list.AddCircleFilled(shape.at, shape.size.x, shape.color);
      break;
    case 3:
      list.AddLine(shape.at, to, shape.color, 5);
      break;
    case 4:
      list.AddRectFilledMultiColor(shape.at, to, shape.color, red, white, black);
      break;
    default:
      list.AddText(nullptr, std::round(shape.size.y), shape.at, shape.color, "Millpond 123");
      break;
  }
}

std::vector<std::uint32_t> copy_of(const raster::Raster& raster) {
  return {raster.pixels().begin(), raster.pixels().end()};
}

}  // namespace

TEST_CASE("after any changes the tiles hold what a full redraw would, and so does who keeps what is painted") {
  std::mt19937 random{20261121};
  Drawing drawing{side, side};
  raster::Raster by_tiles{side, side, white};
  raster::Raster painted{side, side, white, raster::Keeps::nothing};
  std::vector<std::uint32_t> kept(static_cast<std::size_t>(side) * side);
  const auto keep = [&kept](const raster::Rect& rect, const std::uint32_t* pixels, std::size_t stride) {
    for (int y = rect.y0; y < rect.y1; ++y, pixels += stride) {
      std::copy_n(pixels, rect.x1 - rect.x0, kept.begin() + y * side + rect.x0);
    }
  };
  auto shapes = random_shapes(random, 12);
  for (int round = 0; round < 60; ++round) {
    INFO("round " << round);
    const auto changes = random() % 3;
    for (unsigned i = 0; i < changes; ++i) shapes[random() % shapes.size()] = random_shapes(random, 1)[0];
    ImDrawData* data = drawing.frame([&](ImDrawList& list) {
      for (const Shape& shape : shapes) draw_shape(list, shape);
    });
    const auto changed = by_tiles.draw(data);
    CHECK(painted.draw(data, keep) == changed);
    raster::Raster afresh{side, side, white};
    afresh.draw(data);
    REQUIRE(copy_of(by_tiles) == copy_of(afresh));
    REQUIRE(kept == copy_of(afresh));
    REQUIRE(painted.pixels().empty());
  }
}

TEST_CASE("only tiles that changed are redrawn and told") {
  Drawing drawing{side, side};
  raster::Raster raster{side, side, white};
  const auto scene = [&](float x) {
    return drawing.frame([x](ImDrawList& list) { list.AddRectFilled({x, 70}, {x + 4, 74}, red); });
  };
  CHECK(raster.draw(scene(70)) ==
        std::vector<raster::Rect>{{0, 0, 200, 64}, {0, 64, 200, 128}, {0, 128, 200, 192}, {0, 192, 200, 200}});
  CHECK(raster.draw(scene(70)).empty());
  CHECK(raster.draw(scene(80)) == std::vector<raster::Rect>{{64, 64, 128, 128}});
  CHECK(raster.draw(scene(126)) == std::vector<raster::Rect>{{64, 64, 192, 128}});
  raster.redraw_everything();
  CHECK(raster.draw(scene(126)).size() == 4);
}

TEST_CASE("a picture is redrawn when its generation says that it changed") {
  std::array<std::uint32_t, 4> texels{red, red, red, red};
  raster::Texture texture{2, 2, 4, reinterpret_cast<const std::uint8_t*>(texels.data()), 1};
  Drawing drawing{side, side};
  raster::Raster raster{side, side, white};
  const auto show = [&] {
    return raster.draw(drawing.frame([&](ImDrawList& list) {
      list.AddImage(static_cast<ImTextureID>(raster::texture_id(texture)), {0, 0}, {20, 20});
    }));
  };
  show();
  texels.fill(black);
  CHECK(show().empty());
  CHECK(pixel(raster, 5, 5) == red);
  texture.generation = 2;
  CHECK(show() == std::vector<raster::Rect>{{0, 0, 64, 64}});
  CHECK(pixel(raster, 5, 5) == black);
}

TEST_CASE("the same drawing gives the same bytes, whatever was drawn before") {
  std::mt19937 random{7};
  const auto shapes = random_shapes(random, 40);
  const auto render = [&](bool after_others) {
    Drawing drawing{side, side};
    raster::Raster raster{side, side, white};
    if (after_others) raster.draw(drawing.frame([](ImDrawList& list) { list.AddCircleFilled({90, 90}, 80, red); }));
    raster.draw(drawing.frame([&](ImDrawList& list) {
      for (const Shape& shape : shapes) draw_shape(list, shape);
    }));
    return copy_of(raster);
  };
  CHECK(render(false) == render(false));
  CHECK(render(false) == render(true));
}

TEST_CASE("a new size starts with a clean picture") {
  Drawing small{10, 10};
  raster::Raster raster{20, 20, black};
  raster.resize(10, 10);
  raster.draw(small.frame([](ImDrawList& list) { list.AddRectFilled({0, 0}, {5, 10}, red); }));
  CHECK(raster.pixels().size() == 100);
  CHECK(pixel(raster, 2, 2) == red);
  CHECK(pixel(raster, 7, 2) == black);
}
