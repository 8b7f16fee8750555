// SPDX-License-Identifier: Apache-2.0
// What every camera keeps to, run on the simulated one and on a folder of pictures.
#include "hardware/image/image.h"
#include "hardware/scan/folder_camera.h"
#include "hardware/sim/sim_camera.h"
#include "sync/base/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using ports::DeviceState;

namespace {

// Each subject holds a camera with three frames and one bad picture after the first, and can unplug it.
class SimSubject {
 public:
  ports::Camera& camera() { return camera_; }
  void unplug_after_script() {}

 private:
  static ports::GrayFrame frame(std::uint8_t level) { return {4, 4, 4, base::Bytes(16, level), 0}; }
  sim::SimCamera camera_{{frame(1), base::Error{base::Code::picture_unreadable, "read", "torn"}, frame(2), frame(3),
                          base::Error{base::Code::device_absent, "read", "unplugged"}},
                         base::system_clock()};
};

class FolderSubject {
 public:
  FolderSubject() {
    save("1.png", 1);
    REQUIRE(base::write_file(folder_ / "2.png", base::view_of("not a picture")));
    save("3.png", 2);
    save("4.png", 3);
  }
  ports::Camera& camera() { return camera_; }
  void unplug_after_script() { std::filesystem::remove_all(folder_.path()); }

 private:
  void save(const char* name, std::uint8_t level) {
    REQUIRE(image::save_png(folder_ / name, image::GrayImage{4, 4, std::vector<std::uint8_t>(16, level)}));
  }
  tests::TempDir folder_;
  scan::FolderCamera camera_{{folder_.path(), 0, false}, base::system_clock()};
};

}  // namespace

TEMPLATE_TEST_CASE("a camera keeps its contract", "", SimSubject, FolderSubject) {
  TestType subject;
  auto& camera = subject.camera();

  // Before it is open it gives an error and claims nothing.
  CHECK(camera.state() == DeviceState::not_configured);
  CHECK(camera.next(0).error().code == base::Code::device_absent);

  // Opening may be repeated.
  REQUIRE(camera.open());
  REQUIRE(camera.open());
  CHECK(camera.state() == DeviceState::ok);

  // Frames are sound, in order, and their time does not run back; one bad picture is one error.
  std::int64_t last_ms = 0;
  for (const int expected : {1, 0, 2, 3}) {
    CAPTURE(expected);
    const auto frame = camera.next(0);
    if (expected == 0) {
      REQUIRE_FALSE(frame);
      CHECK(frame.error().code == base::Code::picture_unreadable);
      CHECK(camera.state() == DeviceState::ok);
      continue;
    }
    REQUIRE(frame);
    REQUIRE(*frame);
    CHECK((*frame)->is_sound());
    CHECK((*frame)->at(3, 3) == expected);
    CHECK((*frame)->taken_at_ms >= last_ms);
    last_ms = (*frame)->taken_at_ms;
  }

  // Unplugged, it says so until it is there and open again.
  subject.unplug_after_script();
  CHECK(camera.next(0).error().code == base::Code::device_absent);
  CHECK(camera.state() == DeviceState::absent);
}
