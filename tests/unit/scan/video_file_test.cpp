// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/video_file.h"

#include "hardware/scan/camera_scanner.h"
#include "hardware/scan/encode.h"
#include "sync/base/file.h"
#include "tests/support/drawn_code.h"
#include "tests/support/packed_jpeg.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <string>
#include <vector>

using namespace millpond;
using ports::DeviceState;

namespace {

base::Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

void append(base::Bytes& to, base::ByteView more) { to.insert(to.end(), more.begin(), more.end()); }

// Every picture is of one level, colour of another.
base::Bytes plain(const std::string& header, std::size_t luma, std::size_t colour, int pictures) {
  auto file = bytes_of(header + "\n");
  for (int i = 1; i <= pictures; ++i) {
    append(file, bytes_of("FRAME\n"));
    file.insert(file.end(), luma, static_cast<std::uint8_t>(i));
    file.insert(file.end(), colour, 200);
  }
  return file;
}

// The level of the next picture; -1 for none, -2 for one that cannot be read.
int next_level(ports::Camera& camera) {
  const auto frame = camera.next(0);
  if (!frame) return frame.error().code == base::Code::picture_unreadable ? -2 : -3;
  return *frame ? (*frame)->at((*frame)->width - 1, (*frame)->height - 1) : -1;
}

}  // namespace

TEST_CASE("a recording is played picture by picture in every layout, and again when it is to loop") {
  struct Row {
    const char* header;
    std::size_t luma;
    std::size_t colour;
  };
  for (const auto& row : {
           Row{"YUV4MPEG2 W4 H2 F30:1 Ip C420jpeg", 8, 4},
           Row{"YUV4MPEG2 W3 H3", 9, 8},
           Row{"YUV4MPEG2 W4 H2 C422", 8, 8},
           Row{"YUV4MPEG2 W5 H2 C411", 10, 8},
           Row{"YUV4MPEG2 W4 H2 C444 XA=1", 8, 16},
           Row{"YUV4MPEG2 W4 H2 C444alpha", 8, 24},
           Row{"YUV4MPEG2 H2 W4 Cmono", 8, 0},
       }) {
    CAPTURE(row.header);
    const tests::TempDir folder;
    REQUIRE(base::write_file(folder / "v.y4m", plain(row.header, row.luma, row.colour, 3)));
    scan::VideoFile once{{folder / "v.y4m", 0, false}, base::system_clock()};
    REQUIRE(once.open());
    for (const int level : {1, 2, 3, -1, -1}) CHECK(next_level(once) == level);
    REQUIRE(once.open());
    CHECK(next_level(once) == 1);
    scan::VideoFile looping{{folder / "v.y4m", 0, true}, base::system_clock()};
    REQUIRE(looping.open());
    for (const int level : {1, 2, 3, 1, 2}) CHECK(next_level(looping) == level);
  }
}

TEST_CASE("a recording keeps its own pace") {
  const tests::TempDir folder;
  REQUIRE(base::write_file(folder / "v.y4m", plain("YUV4MPEG2 W4 H2 F1:60 Cmono", 8, 0, 2)));
  scan::VideoFile video{{folder / "v.y4m"}, base::system_clock()};
  REQUIRE(video.open());
  CHECK(next_level(video) == 1);
  CHECK(next_level(video) == -1);
  CHECK(scan::video_layout(bytes_of("YUV4MPEG2 W4 H2 F30000:1001\n"))->interval_ms == 33);
  CHECK_FALSE(scan::video_layout(bytes_of("YUV4MPEG2 W4 H2 F0:0\n"))->interval_ms);
}

TEST_CASE("pictures of Motion JPEG are found bare, in a container, and whatever lies between") {
  const auto picture = tests::packed_jpeg({.width = 64, .height = 48});
  // A thumbnail of its own within a picture, in an application's segment.
  auto with_thumbnail = bytes_of("\xFF\xD8\xFF\xE1");
  const auto length = picture.size() + 2;
  with_thumbnail.push_back(static_cast<std::uint8_t>(length >> 8));
  with_thumbnail.push_back(static_cast<std::uint8_t>(length & 0xFF));
  append(with_thumbnail, picture);
  append(with_thumbnail, base::ByteView{picture}.subspan(2));

  base::Bytes bare = picture;
  append(bare, with_thumbnail);
  append(bare, picture);
  base::Bytes container = bytes_of("RIFF....AVI LIST....hdrl\xFF\xD8nothing00dc....");
  append(container, picture);
  append(container, bytes_of("00dc....\xFF"));
  append(container, with_thumbnail);
  append(container, bytes_of("JUNK"));
  append(container, picture);
  append(container, bytes_of("idx1"));
  const tests::TempDir folder;
  for (const auto& file : {bare, container}) {
    REQUIRE(base::write_file(folder / "v", file));
    scan::VideoFile video{{folder / "v", 0, false}, base::system_clock()};
    REQUIRE(video.open());
    for (int i = 0; i < 3; ++i) CHECK(std::abs(next_level(video) - tests::packed_light) < 12);
    CHECK(next_level(video) == -1);
    CHECK(video.state() == DeviceState::ok);
  }
}

TEST_CASE("what is cut off or torn is told once, and what is no recording is refused") {
  const tests::TempDir folder;
  auto cut = plain("YUV4MPEG2 W4 H2 Cmono", 8, 0, 2);
  cut.resize(cut.size() - 3);
  const auto picture = tests::packed_jpeg({.width = 64, .height = 48});
  auto torn = picture;
  append(torn, base::ByteView{picture}.first(picture.size() / 2));
  for (const auto& file : {cut, torn}) {
    REQUIRE(base::write_file(folder / "v", file));
    scan::VideoFile video{{folder / "v", 0, false}, base::system_clock()};
    REQUIRE(video.open());
    CHECK(next_level(video) > 0);
    CHECK(next_level(video) == -2);
    CHECK(next_level(video) == -1);
  }
  struct Row {
    const char* what;
    base::Bytes file;
    base::Code code;
  };
  for (const auto& row : {
           Row{"nothing", {}, base::Code::picture_unreadable},
           Row{"another kind", bytes_of("\x1A\x45\xDF\xA3 webm"), base::Code::picture_unreadable},
           Row{"no sides", bytes_of("YUV4MPEG2 F30:1\n"), base::Code::picture_unreadable},
           Row{"no end of the line", bytes_of("YUV4MPEG2 W4 H2" + std::string(600, ' ')),
               base::Code::picture_unreadable},
           Row{"ten bits", bytes_of("YUV4MPEG2 W4 H2 C420p10\n"), base::Code::unsupported},
           Row{"huge", bytes_of("YUV4MPEG2 W16000 H16000\n"), base::Code::too_large},
           Row{"absurd", bytes_of("YUV4MPEG2 W99999999999 H2\n"), base::Code::picture_unreadable},
       }) {
    CAPTURE(row.what);
    REQUIRE(base::write_file(folder / "v", row.file));
    scan::VideoFile video{{folder / "v", 0, true}, base::system_clock()};
    CHECK(video.next(0).error().code == base::Code::device_absent);
    CHECK(video.open().error().code == row.code);
    CHECK(video.state() == DeviceState::unsupported);
  }
  scan::VideoFile nowhere{{folder / "none"}, base::system_clock()};
  CHECK(nowhere.open().error().code == base::Code::device_absent);
  CHECK(nowhere.state() == DeviceState::absent);
  // A header and no picture: no end without a pause, and no loop without an end.
  REQUIRE(base::write_file(folder / "v", bytes_of("YUV4MPEG2 W4 H2\n")));
  scan::VideoFile empty{{folder / "v", 0, true}, base::system_clock()};
  REQUIRE(empty.open());
  CHECK(next_level(empty) == -1);
}

TEST_CASE("a code in a recording is a scan") {
  ports::GrayFrame frame{320, 240, 320, base::Bytes(320 * 240, 200), 0};
  tests::draw_code(frame, scan::encode_qr("K1:RECORDED").value(), {80, 60, 4});
  auto file = bytes_of("YUV4MPEG2 W320 H240 F30:1 Cmono\n");
  for (int i = 0; i < 3; ++i) {
    append(file, bytes_of("FRAME\n"));
    append(file, frame.bytes);
  }
  const tests::TempDir folder;
  REQUIRE(base::write_file(folder / "v.y4m", file));
  scan::VideoFile video{{folder / "v.y4m", 0, false}, base::system_clock()};
  scan::CameraScanner scanner{video, base::system_clock()};
  REQUIRE(scanner.open());
  const auto scan = scanner.next(1'000);
  REQUIRE(scan);
  REQUIRE(*scan);
  CHECK((*scan)->text == "K1:RECORDED");
}
