// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/folder_camera.h"

#include "hardware/image/image.h"
#include "hardware/scan/v4l2_camera.h"
#include "sync/base/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

void put_picture(const std::filesystem::path& path, std::uint8_t level) {
  REQUIRE(image::save_png(path, image::GrayImage{2, 2, std::vector<std::uint8_t>(4, level)}));
}

int next_level(scan::FolderCamera& camera) {
  const auto frame = camera.next(0);
  REQUIRE(frame);
  return *frame ? (*frame)->at(0, 0) : -1;
}

}  // namespace

TEST_CASE("a folder plays its pictures in name order, once, and the ones that appear later") {
  const tests::TempDir folder;
  put_picture(folder / "b.png", 20);
  put_picture(folder / "a.PNG", 10);
  REQUIRE(base::write_file(folder / "notes.txt", base::view_of("no picture")));
  put_picture(folder / ".hidden.png", 99);
  scan::FolderCamera camera{{folder.path(), 0, false}, base::system_clock()};
  REQUIRE(camera.open());
  CHECK(next_level(camera) == 10);
  CHECK(next_level(camera) == 20);
  CHECK(next_level(camera) == -1);
  put_picture(folder / "aa.png", 30);
  CHECK(next_level(camera) == 30);
  CHECK(next_level(camera) == -1);
}

TEST_CASE("a looping folder starts again after its last picture") {
  const tests::TempDir folder;
  put_picture(folder / "1.png", 1);
  put_picture(folder / "2.png", 2);
  scan::FolderCamera camera{{folder.path(), 0, true}, base::system_clock()};
  REQUIRE(camera.open());
  for (const int level : {1, 2, 1, 2, 1}) CHECK(next_level(camera) == level);
}

TEST_CASE("a name that went and came back is another picture") {
  const tests::TempDir folder;
  put_picture(folder / "now.png", 1);
  scan::FolderCamera camera{{folder.path(), 0, false}, base::system_clock()};
  REQUIRE(camera.open());
  CHECK(next_level(camera) == 1);
  std::filesystem::remove(folder / "now.png");
  CHECK(next_level(camera) == -1);
  put_picture(folder / "now.png", 2);
  CHECK(next_level(camera) == 2);
  CHECK(next_level(camera) == -1);
}

TEST_CASE("an unreadable picture is reported once, by name, and the next is played") {
  const tests::TempDir folder;
  put_picture(folder / "2.png", 2);
  const auto whole = *base::read_file(folder / "2.png");
  REQUIRE(base::write_file(folder / "1.png", base::ByteView{whole}.first(whole.size() / 2)));
  scan::FolderCamera camera{{folder.path(), 0, false}, base::system_clock()};
  REQUIRE(camera.open());
  const auto bad = camera.next(0);
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == base::Code::picture_unreadable);
  CHECK(bad.error().hint.ends_with("1.png"));
  CHECK(next_level(camera) == 2);
}

TEST_CASE("pictures keep their distance in time") {
  const tests::TempDir folder;
  put_picture(folder / "1.png", 1);
  put_picture(folder / "2.png", 2);
  scan::FolderCamera camera{{folder.path(), 60'000, false}, base::system_clock()};
  REQUIRE(camera.open());
  CHECK(next_level(camera) == 1);
  CHECK(next_level(camera) == -1);
}

TEST_CASE("a camera that is not there is absent, in words that doctor understands") {
  const tests::TempDir folder;
  scan::FolderCamera pictures{{folder / "none", 0, false}, base::system_clock()};
  CHECK(pictures.state() == ports::DeviceState::not_configured);
  CHECK(pictures.open().error().code == base::Code::device_absent);
  CHECK(pictures.state() == ports::DeviceState::absent);

  scan::V4l2Camera video{{folder / "video0", 1280, 720}, base::system_clock()};
  CHECK(video.open().error().code == base::Code::device_absent);
  CHECK(video.state() == ports::DeviceState::absent);
  CHECK(video.next(0).error().code == base::Code::device_absent);
}

TEST_CASE("a device that is no camera is unsupported") {
  scan::V4l2Camera null_device{{"/dev/null", 1280, 720}, base::system_clock()};
  CHECK(null_device.open().error().code == base::Code::unsupported);
  CHECK(null_device.state() == ports::DeviceState::unsupported);
}
