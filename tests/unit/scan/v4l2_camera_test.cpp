// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/v4l2_camera.h"

#include "tests/support/fake_video_driver.h"

#include <catch2/catch_test_macros.hpp>

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
           Row{"packed ones last", {{V4L2_PIX_FMT_MJPEG, {30}}, {V4L2_PIX_FMT_YUYV, {10}}}, V4L2_PIX_FMT_YUYV, 10},
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
