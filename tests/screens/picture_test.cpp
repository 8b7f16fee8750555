// SPDX-License-Identifier: Apache-2.0
// The pixels of the sample screens: tiles against full redraws, codes that can be read back, cameras and animation.
#include "hardware/scan/decoder.h"
#include "tests/screens/stage.h"
#include "tests/support/sample_views.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace millpond;
using namespace millpond::tests;

namespace {

ports::GrayFrame gray(const image::RgbaImage& picture) {
  ports::GrayFrame frame{picture.width, picture.height, picture.width, {}, 0};
  for (std::size_t i = 0; i < picture.pixels.size(); i += 4) {
    frame.bytes.push_back(
        static_cast<std::uint8_t>((picture.pixels[i] + 2 * picture.pixels[i + 1] + picture.pixels[i + 2]) / 4));
  }
  return frame;
}

std::size_t colors_in(const std::vector<std::uint32_t>& pixels) {
  return std::set<std::uint32_t>{pixels.begin(), pixels.end()}.size();
}

}  // namespace

TEST_CASE("going from screen to screen by tiles gives the pixels of a full redraw, also in a window that lies") {
  for (const view::SizePx size : {landscape}) {
    Stage by_tiles{size};
    for (const flow::Locale locale : {flow::Locale::zh_cn, flow::Locale::en}) {
      for (const SampleView& sample : sample_views(locale)) {
        INFO(sample.name);
        by_tiles.show(sample.view);
        raster::Raster afresh{size.width, size.height, 0};
        afresh.draw(by_tiles.view().draw_data());
        REQUIRE(std::equal(afresh.pixels().begin(), afresh.pixels().end(), by_tiles.raster().pixels().begin()));
      }
    }
  }
}

TEST_CASE("every screen shows something, and the same something twice") {
  for (const SampleView& sample : sample_views(flow::Locale::zh_cn)) {
    INFO(sample.name);
    Stage first{small_portrait};
    Stage second{small_portrait};
    first.show(sample.view);
    second.show(sample.view);
    CHECK(colors_in(first.pixels()) > 100);
    CHECK(first.pixels() == second.pixels());
    first.show(sample.view);
    CHECK(first.changed().empty());
  }
}

TEST_CASE("letters of a language, a size or a customer that went are drawn as before when they are needed again") {
  using flow::Appearance;
  Stage stage{landscape};
  struct Row {
    const char* sample;
    flow::Locale locale;
    Appearance appearance;
    bool blank_before;  // a session ended
  };
  constexpr auto zh = flow::Locale::zh_cn;
  constexpr auto en = flow::Locale::en;
  const std::vector<Row> table{
      {"card", zh, Appearance::standard, false},    {"card", en, Appearance::standard, false},
      {"rules", zh, Appearance::large_text, false}, {"attract", zh, Appearance::standard, true},
      {"card", zh, Appearance::standard, false},    {"card", zh, Appearance::standard, true}};
  for (const Row& row : table) {
    INFO(row.sample << " after " << &row - table.data());
    if (row.blank_before) stage.blank();
    auto model = sample_view(row.sample, row.locale);
    model.appearance = row.appearance;
    Stage fresh{landscape};
    fresh.show(model);
    for (int frame = 0; frame < 5; ++frame) {  // they are dropped between the second and the third
      stage.show(model);
      REQUIRE(stage.pixels() == fresh.pixels());
    }
  }
}

TEST_CASE("codes on the screen can be read by a scanner") {
  for (const view::SizePx size : {portrait, small_portrait, landscape}) {
    for (const char* name : {"card", "card-offline", "issued", "issued-leaving"}) {
      INFO(name << " " << size.width << "x" << size.height);
      Stage stage{size};
      stage.show(sample_view(name, flow::Locale::en));
      scan::Decoder decoder;
      const auto read = decoder.decode(gray(stage.image()), scan::full_ladder);
      REQUIRE(read);
      CHECK(read->text == sample_code_text());
    }
  }
}

TEST_CASE("the camera's picture is shown mirrored behind the frame, and a new one replaces it") {
  Stage stage{small_portrait};
  std::vector<std::uint8_t> luma(64 * 64, 0);
  for (int y = 0; y < 64; ++y) std::fill_n(luma.begin() + y * 64, 32, std::uint8_t{255});
  raster::Texture texture{64, 64, 1, luma.data(), 1};
  stage.scratch().camera = {raster::texture_id(texture), 64, 64, {}};
  const auto model = sample_view("scan", flow::Locale::zh_cn);
  stage.show(model);
  const auto light_at = [&](int x, int y) {
    return stage.pixels()[static_cast<std::size_t>(y * small_portrait.width + x)] & 255U;
  };
  const int middle = small_portrait.height * 2 / 5;
  CHECK(light_at(small_portrait.width / 2 + 120, middle) > 200);
  CHECK(light_at(small_portrait.width / 2 - 120, middle) < 60);

  std::fill(luma.begin(), luma.end(), std::uint8_t{0});
  texture.generation = 2;
  stage.show(model);
  CHECK(light_at(small_portrait.width / 2 + 120, middle) < 60);
}

TEST_CASE("a still screen asks for no further frame, a moving one for at most 20 a second") {
  Stage still{small_portrait};
  Stage moving{small_portrait};
  moving.scratch().still = false;
  for (const SampleView& sample : sample_views(flow::Locale::zh_cn)) {
    INFO(sample.name);
    still.show(sample.view);
    CHECK_FALSE(still.scratch().next_frame_ms);
    moving.show(sample.view, 10'000);
    moving.show(sample.view, 15'000);
    if (moving.scratch().next_frame_ms) CHECK(*moving.scratch().next_frame_ms - 15'000 >= 50);
  }
}

TEST_CASE("a finger presses what it sees") {
  Stage stage{portrait};
  const auto model = sample_view("phone", flow::Locale::zh_cn);
  stage.show(model);
  using Kind = view::Input::Kind;
  const auto center = [&](flow::Target wanted) {
    const auto& targets = stage.scratch().targets;
    return std::find_if(targets.begin(), targets.end(), [&](const auto& target) { return target.target == wanted; })
        ->box_px.center();
  };
  const auto five = center(flow::Target::digit_5);
  const auto back = center(flow::Target::back);

  stage.scratch().inputs = {{Kind::down, five}, {Kind::up, five}, {Kind::down, back}, {Kind::up, back}};
  CHECK(stage.show(model) == std::vector{flow::Target::digit_5, flow::Target::back});

  stage.scratch().inputs = {{Kind::down, five}, {Kind::up, back}};
  CHECK(stage.show(model).empty());

  stage.scratch().inputs = {{Kind::down, five}};
  CHECK(stage.show(model).empty());
  stage.show(sample_view("card", flow::Locale::zh_cn));
  stage.scratch().inputs = {{Kind::up, five}};
  CHECK(stage.show(model).empty());
}
