// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/v4l2_camera.h"

#include "tests/support/fake_video_driver.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fstream>
#include <string>

using namespace millpond;
using ports::DeviceState;
using tests::FakeVideoDriver;

TEST_CASE("a camera gives the newest picture, with the time at which it was taken") {
  tests::ManualClock clock;
  FakeVideoDriver driver{clock};
  scan::V4l2Camera camera{{}, clock, tests::opens(driver)};
  REQUIRE(camera.open());
  CHECK(camera.state() == DeviceState::ok);
  driver.fill(10);
  clock.advance_ms(33);
  driver.fill(20);
  const auto taken_ms = clock.monotonic_ms();
  clock.advance_ms(12);
  const auto frame = camera.next(100).value();
  REQUIRE(frame);
  CHECK(frame->at(3, 3) == 20);
  CHECK(frame->taken_at_ms == taken_ms);
  CHECK_FALSE(camera.next(100).value());
}

TEST_CASE("a picture is looked at in the driver's buffer, which the driver has back after it") {
  tests::ManualClock clock;
  FakeVideoDriver driver{clock};
  scan::V4l2Camera camera{{}, clock, tests::opens(driver)};
  CHECK(camera.look(0, {}).error().code == base::Code::device_absent);
  REQUIRE(camera.open());
  const auto free_before = driver.free.size();
  REQUIRE(driver.fill(20));
  int looked = 0;
  REQUIRE(camera.look(100, [&](const ports::GrayView& picture) {
    ++looked;
    CHECK(picture.at(3, 3) == 20);
    CHECK(std::any_of(driver.memory.begin(), driver.memory.end(),
                      [&picture](const auto& buffer) { return picture.pixels == buffer.data(); }));
    CHECK(driver.free.size() == free_before - 1);
  }));
  CHECK(looked == 1);
  CHECK(driver.free.size() == free_before);
  // Nothing came.
  REQUIRE(camera.look(100, [&](const ports::GrayView&) { ++looked; }));
  CHECK(looked == 1);
}

TEST_CASE("of a camera with planes the first is read, from where its picture begins") {
  for (const auto fourcc : {V4L2_PIX_FMT_NV12M, V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_GREY}) {
    CAPTURE(fourcc);
    tests::ManualClock clock;
    FakeVideoDriver driver{clock};
    driver.has_planes = true;
    driver.before_luma = 4;
    driver.fourcc = fourcc;
    scan::V4l2Camera camera{{}, clock, tests::opens(driver)};
    REQUIRE(camera.open());
    CHECK(driver.chosen == fourcc);
    for (std::uint8_t level = 10; level < 16; ++level) {
      REQUIRE(driver.fill(level));
      driver.memory[driver.filled.back().index].back() = 99;  // behind the picture, or its last pixel
      driver.memory[driver.filled.back().index].front() = 98;
      const auto frame = camera.next(0).value();
      REQUIRE(frame);
      CHECK(frame->width == 4);
      CHECK(frame->height == 2);
      CHECK(std::all_of(frame->bytes.begin(), frame->bytes.end(), [level](auto pixel) { return pixel == level; }));
    }
    // Torn: less than what lies before the picture.
    driver.before_luma = 4'000;
    REQUIRE(driver.fill(70));
    CHECK_FALSE(camera.next(0).value());
  }
}

TEST_CASE("what a driver filled while nobody asked is never handed out") {
  for (const auto flags : {std::uint32_t{V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC}, std::uint32_t{0}}) {
    CAPTURE(flags);
    tests::ManualClock clock;
    FakeVideoDriver driver{clock};
    scan::V4l2Camera camera{{}, clock, tests::opens(driver)};
    REQUIRE(camera.open());
    driver.fill(10, flags);
    REQUIRE(camera.next(0).value());
    // The card is on the screen for five seconds; the driver's buffers show the phone that was just read.
    while (driver.fill(66, flags)) clock.advance_ms(33);
    clock.advance_ms(5'000);
    CHECK_FALSE(camera.next(0).value());
    clock.advance_ms(33);
    driver.fill(90, flags);
    const auto frame = camera.next(0).value();
    REQUIRE(frame);
    CHECK(frame->at(0, 0) == 90);
  }
}

TEST_CASE("a camera that falls silent, or tells torn pictures only, is a fault and not in order") {
  struct Row {
    const char* what;
    std::uint32_t flags;
    bool fills;
    bool fails;
  };
  for (const auto& row : {Row{"silent", 0, false, true}, Row{"torn", V4L2_BUF_FLAG_ERROR, true, true},
                          Row{"in order", V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC, true, false}}) {
    CAPTURE(row.what);
    tests::ManualClock clock;
    FakeVideoDriver driver{clock};
    scan::V4l2Camera camera{{}, clock, tests::opens(driver)};
    REQUIRE(camera.open());
    bool failed = false;
    for (int i = 0; i < 40 && !failed; ++i) {
      clock.advance_ms(row.fills ? 100 : 0);
      if (row.fills) driver.fill(50, row.flags);
      const auto frame = camera.next(100);
      failed = !frame;
      if (failed) CHECK(frame.error().code == base::Code::device_failed);
    }
    CHECK(failed == row.fails);
    CHECK(camera.state() == (row.fails ? DeviceState::offline : DeviceState::ok));
    if (failed) CHECK(camera.open());
  }
}

TEST_CASE("time in which nobody asks is no silence") {
  tests::ManualClock clock;
  FakeVideoDriver driver{clock};
  scan::V4l2Camera camera{{}, clock, tests::opens(driver)};
  REQUIRE(camera.open());
  clock.advance_ms(60'000);
  CHECK(camera.next(100));
  CHECK(camera.state() == DeviceState::ok);
}

TEST_CASE("a driver that tells neither the length of a line nor of a picture is read all the same") {
  tests::ManualClock clock;
  FakeVideoDriver driver{clock};
  driver.says_line = false;
  driver.says_used = false;
  scan::V4l2Camera camera{{}, clock, tests::opens(driver)};
  REQUIRE(camera.open());
  driver.fill(70);
  const auto frame = camera.next(0).value();
  REQUIRE(frame);
  CHECK(frame->at(3, 3) == 70);
}

TEST_CASE("of the layouts that a camera offers the quickest is taken, at its quickest") {
  struct Row {
    const char* what;
    std::map<std::uint32_t, std::vector<std::uint32_t>> rates;
    std::uint32_t chosen;
    std::uint32_t per_s;
  };
  for (const auto& row : {
           Row{"alike", {{V4L2_PIX_FMT_YUYV, {30}}, {V4L2_PIX_FMT_NV12, {30}}}, V4L2_PIX_FMT_YUYV, 30},
           Row{"one is slow", {{V4L2_PIX_FMT_YUYV, {10, 5}}, {V4L2_PIX_FMT_NV12, {15, 30}}}, V4L2_PIX_FMT_NV12, 30},
           Row{"only a slow one", {{V4L2_PIX_FMT_YUYV, {5, 10}}}, V4L2_PIX_FMT_YUYV, 10},
           Row{"none that it tells of", {{V4L2_PIX_FMT_GREY, {}}}, V4L2_PIX_FMT_GREY, 0},
           Row{"quicker than a hand", {{V4L2_PIX_FMT_GREY, {120, 60, 30}}}, V4L2_PIX_FMT_GREY, 30},
           Row{"only quicker ones", {{V4L2_PIX_FMT_GREY, {120, 60}}}, V4L2_PIX_FMT_GREY, 60},
           Row{"packed ones last", {{V4L2_PIX_FMT_MJPEG, {30}}, {V4L2_PIX_FMT_YUYV, {25}}}, V4L2_PIX_FMT_YUYV, 25},
           Row{"but quick", {{V4L2_PIX_FMT_MJPEG, {30}}, {V4L2_PIX_FMT_YUYV, {10}}}, V4L2_PIX_FMT_MJPEG, 30},
           Row{"packed ones alone", {{V4L2_PIX_FMT_MJPEG, {60, 30, 15}}}, V4L2_PIX_FMT_MJPEG, 30},
       }) {
    CAPTURE(row.what);
    tests::ManualClock clock;
    FakeVideoDriver driver{clock};
    driver.rates = row.rates;
    scan::V4l2Camera camera{{}, clock, tests::opens(driver)};
    REQUIRE(camera.open());
    CHECK(driver.chosen == row.chosen);
    CHECK(driver.per_s == row.per_s);
  }
}

TEST_CASE("25 pictures a second come first, then the largest that is of use, then what need not be unpacked") {
  using Mode = FakeVideoDriver::Mode;
  constexpr auto yuyv = std::uint32_t{V4L2_PIX_FMT_YUYV};
  constexpr auto grey = std::uint32_t{V4L2_PIX_FMT_GREY};
  constexpr auto mjpeg = std::uint32_t{V4L2_PIX_FMT_MJPEG};
  struct Row {
    const char* what;
    std::vector<Mode> modes;
    Mode taken;
  };
  for (const auto& row : {
           Row{"raw at USB 2", {{yuyv, 1280, 720, {10, 5}}, {yuyv, 640, 480, {30}}}, {yuyv, 640, 480, {30}}},
           Row{"a size between",
               {{yuyv, 1280, 720, {10}}, {yuyv, 640, 480, {30}}, {yuyv, 960, 540, {15, 25}}},
               {yuyv, 960, 540, {25}}},
           Row{"quick at full size", {{yuyv, 640, 480, {30}}, {yuyv, 1280, 720, {30}}}, {yuyv, 1280, 720, {30}}},
           Row{"packed and larger",
               {{yuyv, 1280, 720, {10}}, {yuyv, 640, 480, {30}}, {mjpeg, 1280, 720, {30}}},
               {mjpeg, 1280, 720, {30}}},
           Row{"packed, halved, yet larger",
               {{yuyv, 640, 480, {30}}, {mjpeg, 1920, 1080, {30}}},
               {mjpeg, 1920, 1080, {30}}},
           Row{"packed, halved and smaller",
               {{mjpeg, 1920, 1080, {30}}, {yuyv, 1024, 576, {30}}},
               {yuyv, 1024, 576, {30}}},
           Row{"packed, without halving",
               {{mjpeg, 1920, 1080, {30}}, {mjpeg, 1280, 720, {30}}},
               {mjpeg, 1280, 720, {30}}},
           Row{"no larger than of use", {{grey, 1280, 960, {30}}, {grey, 1280, 720, {30}}}, {grey, 1280, 720, {30}}},
           Row{"none but larger", {{grey, 1280, 800, {60, 120}}}, {grey, 1280, 800, {60}}},
           Row{"quick and too small", {{yuyv, 320, 240, {30}}, {yuyv, 1280, 720, {10}}}, {yuyv, 1280, 720, {10}}},
           Row{"all slow", {{yuyv, 1280, 720, {5}}, {yuyv, 640, 480, {15}}}, {yuyv, 640, 480, {15}}},
           Row{"all as slow", {{yuyv, 640, 480, {15}}, {yuyv, 1280, 720, {15}}}, {yuyv, 1280, 720, {15}}},
       }) {
    for (const bool names_sizes : {true, false}) {
      CAPTURE(row.what, names_sizes);
      // A driver that names no sizes is asked about the usual ones.
      const bool usual = std::all_of(row.modes.begin(), row.modes.end(), [](const Mode& mode) {
        return mode.width == 1280 ? mode.height == 720 : mode.width == 960 || (mode.width == 640 && mode.height == 480);
      });
      if (!names_sizes && !usual) continue;
      tests::ManualClock clock;
      FakeVideoDriver driver{clock};
      driver.modes = row.modes;
      driver.names_sizes = names_sizes;
      scan::V4l2Camera camera{{}, clock, tests::opens(driver)};
      REQUIRE(camera.open());
      CHECK(driver.chosen == row.taken.fourcc);
      CHECK(driver.width == row.taken.width);
      CHECK(driver.height == row.taken.height);
      CHECK(driver.per_s == row.taken.rates.front());
    }
  }
}

TEST_CASE("a camera that tells neither sizes nor rates is asked for the wanted size") {
  tests::ManualClock clock;
  FakeVideoDriver driver{clock};
  scan::V4l2Camera camera{{}, clock, tests::opens(driver)};
  REQUIRE(camera.open());
  CHECK(driver.width == 1280);
  CHECK(driver.height == 720);
  CHECK(driver.per_s == 0);
}

TEST_CASE("a camera that comes back under another name is found by its card and its socket") {
  struct Node {
    const char* name;
    const char* card;
    const char* bus;
    bool streams;
  };
  struct Row {
    const char* what;
    std::vector<Node> nodes;  // after the unplug
    const char* taken;        // null: absent
  };
  const Node same{"video0", "Cam", "usb-1", true};
  for (const auto& row : {
           Row{"as before", {same, {"video1", "Cam", "usb-1", true}}, "video0"},
           Row{"moved", {{"video2", "Cam", "usb-1", true}}, "video2"},
           Row{"moved, with a name for its own data",
               {{"video1", "Cam", "usb-1", false}, {"video2", "Cam", "usb-1", true}},
               "video2"},
           Row{"another has its name", {{"video0", "Door", "usb-7", true}, {"video3", "Cam", "usb-1", true}}, "video3"},
           Row{"its twin has its name", {{"video0", "Cam", "usb-7", true}, {"video3", "Cam", "usb-1", true}}, "video3"},
           Row{"replaced", {{"video0", "New", "usb-1", true}, {"video3", "Door", "usb-7", true}}, "video0"},
           Row{"gone", {{"video3", "Door", "usb-7", true}}, nullptr},
           Row{"not a camera's name", {{"audio2", "Cam", "usb-1", true}}, nullptr},
       }) {
    CAPTURE(row.what);
    const tests::TempDir folder;
    tests::ManualClock clock;
    std::map<std::string, FakeVideoDriver> drivers;
    const auto plug = [&](const Node& node) {
      std::ofstream{folder / node.name};
      auto& driver = drivers.try_emplace(node.name, clock).first->second;
      driver.card = node.card;
      driver.bus = node.bus;
      if (!node.streams) driver.capabilities = V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING;
    };
    const scan::OpenVideoDevice open_one = [&](const std::filesystem::path& path) {
      const auto driver = drivers.find(path.filename().string());
      if (driver != drivers.end()) return tests::opens(driver->second)(path);
      return base::Result<std::unique_ptr<scan::VideoDevice>>{base::Error{base::Code::device_absent, "open", ""}};
    };
    plug(same);
    scan::V4l2Settings settings;
    settings.device = folder / "video0";
    settings.devices = folder.path();
    {
      scan::V4l2Camera camera{settings, clock, open_one};
      REQUIRE(camera.open());
    }
    std::filesystem::remove(folder / "video0");
    drivers.clear();
    for (const auto& node : row.nodes) plug(node);
    scan::V4l2Camera camera{settings, clock, open_one};
    const bool opened = camera.open().has_value();
    CHECK(opened == (row.taken != nullptr));
    if (!opened) CHECK(camera.state() == DeviceState::absent);
    for (const auto& [name, driver] : drivers) {
      CAPTURE(name);
      CHECK((driver.chosen != 0) == (row.taken != nullptr && name == row.taken));
    }
  }
}
