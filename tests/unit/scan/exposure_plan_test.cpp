// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/exposure_plan.h"

#include "hardware/scan/v4l2_camera.h"
#include "tests/support/fake_video_driver.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using scan::Exposure;

namespace {

constexpr scan::ExposureLimits limits{2, 5000, 0, 100};

ports::FrameUse unread(float white, int bright_level) { return {false, ports::PartLight{white, bright_level}}; }

v4l2_queryctrl control(int least, int most, int usual) {
  v4l2_queryctrl about{};
  about.minimum = least;
  about.maximum = most;
  about.default_value = usual;
  return about;
}

}  // namespace

TEST_CASE("exposure follows the symbol that cannot be read, from what the camera chose by itself") {
  struct Row {
    const char* what;
    ports::FrameUse use;
    Exposure automatic;
    std::optional<Exposure> wanted;
  };
  for (const auto& row : {
           Row{"drowned in white", unread(0.4F, 255), {true, 160, 0}, Exposure{false, 80, 0}},
           Row{"white, and gain is up", unread(0.4F, 255), {true, 160, 60}, Exposure{false, 160, 35}},
           Row{"white at the shortest time", unread(0.4F, 255), {true, 2, 0}, std::nullopt},
           Row{"dark", unread(0, 50), {true, 30, 10}, Exposure{false, 60, 10}},
           Row{"dark, and longer would smear", unread(0, 50), {true, 80, 10}, Exposure{false, 80, 35}},
           Row{"dark with all there is", unread(0, 50), {true, 80, 100}, std::nullopt},
           Row{"lit well", unread(0.01F, 200), {true, 80, 10}, std::nullopt},
           Row{"read", {true, std::nullopt}, {true, 80, 10}, std::nullopt},
           Row{"nothing there", {}, {true, 80, 10}, std::nullopt},
       }) {
    CAPTURE(row.what);
    scan::ExposurePlan plan{limits};
    CHECK(plan.next(row.use, 10'000, row.automatic) == row.wanted);
  }
}

TEST_CASE("exposure waits until frames show what was set, stays while codes are read, and is automatic in the end") {
  scan::ExposurePlan plan{limits};
  const Exposure automatic{true, 160, 0};
  CHECK(plan.next(unread(0.4F, 255), 1'000, automatic) == Exposure{false, 80, 0});
  CHECK_FALSE(plan.next(unread(0.4F, 255), 1'033, automatic));
  CHECK(plan.next(unread(0.4F, 255), 1'200, automatic) == Exposure{false, 40, 0});
  CHECK_FALSE(plan.next({true, std::nullopt}, 1'400, automatic));
  CHECK_FALSE(plan.next({}, 4'400, automatic));
  CHECK(plan.next({}, 4'401, automatic) == Exposure{});
  CHECK_FALSE(plan.next({}, 9'000, automatic));
}

TEST_CASE("focus stays where a code was sharp, until a symbol is not, or nobody came for a minute") {
  scan::FocusPlan plan;
  const ports::FrameUse read{true, std::nullopt};
  CHECK_FALSE(plan.next({}, 0));
  CHECK_FALSE(plan.next(unread(0, 200), 100));
  CHECK(plan.next(read, 200) == false);
  CHECK_FALSE(plan.next(read, 233));
  CHECK_FALSE(plan.next(unread(0, 200), 1'000));
  CHECK_FALSE(plan.next(unread(0, 200), 1'699));
  CHECK(plan.next(unread(0, 200), 1'700) == true);
  CHECK(plan.next(read, 2'000) == false);
  CHECK_FALSE(plan.next({}, 62'000));
  CHECK(plan.next({}, 62'001) == true);
}

TEST_CASE("a camera that has the controls is set by what its frames were good for, and left automatic") {
  tests::ManualClock clock;
  tests::FakeVideoDriver driver{clock};
  driver.controls = {{V4L2_CID_EXPOSURE_AUTO, control(0, 3, V4L2_EXPOSURE_APERTURE_PRIORITY)},
                     {V4L2_CID_EXPOSURE_AUTO_PRIORITY, control(0, 1, 1)},
                     {V4L2_CID_EXPOSURE_ABSOLUTE, control(2, 5000, 156)},
                     {V4L2_CID_FOCUS_AUTO, control(0, 1, 1)}};
  driver.values = {{V4L2_CID_EXPOSURE_AUTO, V4L2_EXPOSURE_MANUAL},  // as another program left it
                   {V4L2_CID_EXPOSURE_AUTO_PRIORITY, 1},
                   {V4L2_CID_EXPOSURE_ABSOLUTE, 200}};
  {
    scan::V4l2Camera camera{{}, clock, tests::opens(driver)};
    camera.heed(unread(0.5F, 255), 0);  // before it is open
    REQUIRE(camera.open());
    CHECK(driver.values[V4L2_CID_EXPOSURE_AUTO] == V4L2_EXPOSURE_APERTURE_PRIORITY);
    CHECK(driver.values[V4L2_CID_EXPOSURE_AUTO_PRIORITY] == 0);
    CHECK(driver.values[V4L2_CID_FOCUS_AUTO] == 1);
    camera.heed(unread(0.5F, 255), 1'000);
    CHECK(driver.values[V4L2_CID_EXPOSURE_AUTO] == V4L2_EXPOSURE_MANUAL);
    CHECK(driver.values[V4L2_CID_EXPOSURE_ABSOLUTE] == 100);
    CHECK_FALSE(driver.values.contains(V4L2_CID_GAIN));
    camera.heed({true, std::nullopt}, 1'100);
    CHECK(driver.values[V4L2_CID_FOCUS_AUTO] == 0);
  }
  CHECK(driver.values[V4L2_CID_EXPOSURE_AUTO] == V4L2_EXPOSURE_APERTURE_PRIORITY);
  CHECK(driver.values[V4L2_CID_FOCUS_AUTO] == 1);
}

TEST_CASE("a camera without controls, or with one that may only be read, is used as it is") {
  tests::ManualClock clock;
  tests::FakeVideoDriver driver{clock};
  auto fixed = control(2, 5000, 156);
  fixed.flags = V4L2_CTRL_FLAG_READ_ONLY;
  driver.controls = {{V4L2_CID_EXPOSURE_AUTO, control(0, 3, 3)}, {V4L2_CID_EXPOSURE_ABSOLUTE, fixed}};
  scan::V4l2Camera camera{{}, clock, tests::opens(driver)};
  REQUIRE(camera.open());
  camera.heed(unread(0.5F, 255), 1'000);
  CHECK(driver.values.empty());
  driver.fill(40);
  CHECK(camera.next(0).value());
}
