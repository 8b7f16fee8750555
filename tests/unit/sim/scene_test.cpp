// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/decoder.h"
#include "hardware/scan/encode.h"
#include "hardware/sim/frame_scene.h"
#include "hardware/sim/presentation.h"
#include "hardware/sim/scene_classes.h"

#include <catch2/catch_test_macros.hpp>

#include <cmath>

using namespace millpond;

namespace {

double mean_level(const ports::GrayFrame& frame) {
  double sum = 0;
  for (const auto level : frame.bytes) sum += level;
  return sum / static_cast<double>(frame.bytes.size());
}

double deviation(const ports::GrayFrame& frame) {
  const double mean = mean_level(frame);
  double sum = 0;
  for (const auto level : frame.bytes) sum += (level - mean) * (level - mean);
  return std::sqrt(sum / static_cast<double>(frame.bytes.size()));
}

const ports::QrModules& code() {
  static const auto modules = *scan::encode_qr("K1:SCENE");
  return modules;
}

}  // namespace

TEST_CASE("one seed draws one frame, another seed another") {
  auto scene = sim::draw_scene(sim::SceneClass::mixed, code(), 7);
  scene.width = 320;
  scene.height = 180;
  const auto frame = sim::render(scene);
  CHECK(frame == sim::render(scene));
  scene.seed += 1;
  CHECK_FALSE(frame == sim::render(scene));
}

TEST_CASE("every class draws a sound frame") {
  for (const auto kind : sim::all_scene_classes) {
    CAPTURE(sim::scene_class_name(kind));
    auto scene = sim::draw_scene(kind, code(), 3);
    scene.width = 320;
    scene.height = 180;
    const auto frame = sim::render(scene);
    CHECK(frame.is_sound());
    CHECK(frame.width == 320);
    CHECK(frame.height == 180);
  }
}

TEST_CASE("what makes a scene hard is in its picture") {
  auto scene = sim::draw_scene(sim::SceneClass::plain, code(), 3);
  scene.width = 640;
  scene.height = 360;
  const auto plain = sim::render(scene);

  auto faint = scene;
  faint.contrast = 0.1;
  CHECK(deviation(sim::render(faint)) < deviation(plain) / 4);

  auto brighter = scene;
  brighter.brightness_levels = 40;
  CHECK(mean_level(sim::render(brighter)) > mean_level(plain) + 20);

  auto glaring = scene;
  glaring.glare = 1;
  CHECK(mean_level(sim::render(glaring)) > mean_level(plain));

  auto dark = scene;
  dark.inverted = true;
  CHECK(mean_level(sim::render(dark)) < mean_level(plain));

  auto dimmed = scene;
  dimmed.screen_light = 0.2;
  CHECK(mean_level(sim::render(dimmed)) < mean_level(plain));

  auto cracked = scene;
  cracked.cracks = 1;
  CHECK_FALSE(sim::render(cracked) == plain);

  auto empty = scene;
  empty.phone.reset();
  CHECK_FALSE(sim::render(empty) == plain);
}

TEST_CASE("a frame can be as small as sixteen pixels and needs no code") {
  sim::FrameScene scene;
  scene.width = 16;
  scene.height = 16;
  scene.phone = sim::PhonePose{};
  CHECK(sim::render(scene).is_sound());
}

TEST_CASE("a reflection moves over the glass when the hand turns it") {
  sim::FrameScene scene;
  scene.width = 320;
  scene.height = 180;
  scene.phone = sim::PhonePose{};
  scene.glare = 1;
  const auto before = sim::render(scene);
  scene.glare_y_mm = 30;
  CHECK_FALSE(sim::render(scene) == before);
}

TEST_CASE("other people's screens are drawn where they are, and hold no code") {
  sim::FrameScene scene;
  scene.width = 640;
  scene.height = 360;
  const auto shop = sim::render(scene);
  scan::Decoder decoder;
  for (scene.shop_seed = 1; scene.shop_seed < 5; ++scene.shop_seed) {
    CAPTURE(scene.shop_seed);
    scene.other_screens = 4;
    const auto frame = sim::render(scene);
    CHECK_FALSE(frame == shop);
    CHECK_FALSE(decoder.decode(frame, scan::file_ladder));
  }
}

TEST_CASE("a smear runs the way that it is told to") {
  // How much a frame changes from pixel to pixel, along rows and along columns: less where it was smeared.
  const auto changes = [](double motion_deg) {
    sim::FrameScene scene;
    scene.width = 320;
    scene.height = 180;
    scene.noise_levels = 0;
    scene.code = code();
    scene.phone = sim::PhonePose{};
    scene.motion_px = 12;
    scene.motion_deg = motion_deg;
    const auto frame = sim::render(scene);
    std::pair<double, double> along_rows_and_columns;
    for (int y = 0; y + 1 < frame.height; ++y) {
      for (int x = 0; x + 1 < frame.width; ++x) {
        along_rows_and_columns.first += std::abs(frame.at(x + 1, y) - frame.at(x, y));
        along_rows_and_columns.second += std::abs(frame.at(x, y + 1) - frame.at(x, y));
      }
    }
    return along_rows_and_columns;
  };
  CHECK(changes(0).second < 0.5 * changes(0).first);
  CHECK(changes(90).first < 0.5 * changes(90).second);
  // Nearly downwards by either way of smearing.
  CHECK(std::abs(changes(0).first - changes(0.01).first) < 0.05 * changes(0).first);
}

TEST_CASE("a stream of a class is hard in all its frames with a phone, by the same amount") {
  const auto scenes = sim::presentation(code(), {320, 180, 15, 9, sim::SceneClass::low_brightness});
  double light = 1;
  for (const auto& scene : scenes) {
    if (!scene.phone) continue;
    CHECK(scene.screen_light < 0.5);
    if (light < 1) CHECK(scene.screen_light == light);
    light = scene.screen_light;
  }
  CHECK(light < 1);
}

TEST_CASE("a presentation starts and ends with an empty shop, holds a phone between, and its time runs on") {
  const auto scenes = sim::presentation(code(), {320, 180, 15, 9});
  REQUIRE(scenes.size() > 30);
  CHECK_FALSE(scenes.front().phone);
  CHECK_FALSE(scenes.back().phone);
  CHECK(scenes[scenes.size() / 2].phone);
  CHECK(scenes[scenes.size() / 2].motion_px < 1);
  for (std::size_t i = 1; i < scenes.size(); ++i) CHECK(scenes[i].at_ms > scenes[i - 1].at_ms);
}
