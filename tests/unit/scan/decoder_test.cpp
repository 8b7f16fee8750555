// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/decoder.h"
#include "hardware/scan/decode_file.h"
#include "hardware/scan/encode.h"

#include "hardware/image/image.h"
#include "hardware/sim/phone.h"
#include "hardware/sim/scene_classes.h"
#include "tests/support/drawn_code.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <set>

using namespace millpond;

namespace {

const std::string member_text =
    "K1:"
    "6BF0PRNQ7H2XKD9S4T8V3W5Y6Z1A0C4E7G2J9M5P8R3T6W1Y4B7D0F2H5K8N1Q4S7V0X3Z6A9C2E5G8J1M4P7R0T3W6Y9B2D5F8H1K4N7Q0S3V6X9Z"
    "2A5";

const ports::QrModules& member_code() {
  static const auto modules = *scan::encode_qr(member_text);
  return modules;
}

}  // namespace

TEST_CASE("the full ladder reads every class of generated frame that does not destroy the code") {
  scan::Decoder decoder;
  struct Row {
    sim::SceneClass kind;
    int read_of_three;
  };
  // Defocus and glare can leave nothing to read: there it must only never read wrongly.
  for (const auto& row : {
           Row{sim::SceneClass::plain, 3},
           Row{sim::SceneClass::rotated, 3},
           Row{sim::SceneClass::perspective, 3},
           Row{sim::SceneClass::far, 3},
           Row{sim::SceneClass::noise, 3},
           Row{sim::SceneClass::low_contrast, 3},
           Row{sim::SceneClass::inverted, 3},
           Row{sim::SceneClass::moire, 3},
           Row{sim::SceneClass::low_brightness, 3},
           Row{sim::SceneClass::cracked, 2},
           Row{sim::SceneClass::other_screens, 3},
           Row{sim::SceneClass::mixed, 3},
           Row{sim::SceneClass::defocus, 2},
           Row{sim::SceneClass::motion, 3},
           Row{sim::SceneClass::glare, 1},
       }) {
    CAPTURE(sim::scene_class_name(row.kind));
    int read = 0;
    for (std::uint64_t seed = 100; seed < 103; ++seed) {
      const auto found = decoder.decode(sim::render(sim::draw_scene(row.kind, member_code(), seed)), scan::full_ladder);
      if (!found) continue;
      CHECK(found->text == member_text);
      CHECK(found->symbology == ports::Symbology::qr);
      CHECK(found->cpu_ms > 0);
      ++read;
    }
    CHECK(read >= row.read_of_three);
  }
}

TEST_CASE("corners are where the code is, whichever rung found it") {
  scan::Decoder decoder;
  auto scene = sim::draw_scene(sim::SceneClass::plain, member_code(), 11);
  scene.phone->rotation_deg = 12;
  const auto truth = sim::code_corners(scene);
  const auto frame = sim::render(scene);
  for (const auto rung :
       {scan::Rung::half, scan::Rung::full, scan::Rung::mean_half, scan::Rung::soft, scan::Rung::mean_full}) {
    CAPTURE(scan::rung_name(rung));
    const auto found = decoder.try_rung(frame, rung);
    REQUIRE(found);
    CHECK(found->rung == rung);
    for (std::size_t i = 0; i < 4; ++i) {
      const double off = std::hypot(found->corners[i].x - truth[2 * i], found->corners[i].y - truth[2 * i + 1]);
      CHECK(off < 8);
    }
  }
}

TEST_CASE("a part of a frame is read as the whole is, and its corners are the frame's") {
  scan::Decoder decoder;
  auto scene = sim::draw_scene(sim::SceneClass::plain, member_code(), 21);
  const auto frame = sim::render(scene);
  const auto whole = decoder.try_rung(frame, scan::Rung::half);
  REQUIRE(whole);
  const auto region = scan::region_around(whole->corners, frame);
  CHECK(region.width < frame.width / 2);
  for (const auto rung : {scan::Rung::half, scan::Rung::soft}) {
    CAPTURE(scan::rung_name(rung));
    const auto part = decoder.try_rung(frame, rung, region);
    REQUIRE(part);
    CHECK(part->text == member_text);
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(std::hypot(part->corners[i].x - whole->corners[i].x, part->corners[i].y - whole->corners[i].y) < 8);
    }
  }
}

TEST_CASE("our own reader sees a smear in every direction, and small codes in small frames, in files and in streams") {
  struct Row {
    const char* what;
    double motion_px;
    double motion_deg;
    sim::SceneClass kind;
    int width;
    int height;
  };
  for (const auto& row : {
           Row{"downwards", 9, 0, sim::SceneClass::plain, 1280, 720},
           Row{"sideways", 9, 90, sim::SceneClass::plain, 1280, 720},
           Row{"across", 9, 45, sim::SceneClass::plain, 1280, 720},
           Row{"far, 640 x 480", 0, 0, sim::SceneClass::far, 640, 480},
           Row{"far, 1920 x 1080", 0, 0, sim::SceneClass::far, 1920, 1080},
       }) {
    CAPTURE(row.what);
    int read = 0;
    int followed = 0;
    for (std::uint64_t seed = 100; seed < 104; ++seed) {
      auto scene = sim::draw_scene(row.kind, member_code(), seed);
      scene.motion_px = row.motion_px;
      scene.motion_deg = row.motion_deg;
      scene.width = row.width;
      scene.height = row.height;
      const auto frame = sim::render(scene);
      scan::Decoder file;
      scan::Decoder stream{scan::Decoder::Frames::follow};
      const auto in_file = file.try_rung(frame, scan::Rung::soft);
      const auto in_stream = stream.try_rung(frame, scan::Rung::soft);
      if (in_file) CHECK(in_file->text == member_text);
      if (in_stream) CHECK(in_stream->text == member_text);
      read += in_file ? 1 : 0;
      followed += in_stream ? 1 : 0;
    }
    CHECK(read == 4);
    CHECK(followed >= 3);
  }
}

TEST_CASE("what a whole frame shows to our own reader, its part shows too, at every resolution") {
  struct Row {
    int height;
    int module_px;
  };
  for (const auto& row : {Row{480, 3}, Row{720, 5}, Row{1080, 6}, Row{1080, 8}, Row{1080, 9}}) {
    CAPTURE(row.height, row.module_px);
    const int width = row.height * 16 / 9;
    ports::GrayFrame frame{width, row.height, width, base::Bytes(static_cast<std::size_t>(width * row.height), 110), 0};
    const auto modules = *scan::encode_qr("K1:NEAR/1");
    tests::draw_code(frame, modules, {width / 2, row.height / 4, row.module_px, 210, 30});
    scan::Decoder decoder;
    const auto whole = decoder.try_rung(frame, scan::Rung::soft_inverted);
    REQUIRE(whole);
    const auto part = decoder.try_rung(frame, scan::Rung::soft_inverted, scan::region_around(whole->corners, frame));
    REQUIRE(part);
    CHECK(part->text == "K1:NEAR/1");
  }
}

TEST_CASE("a finder that a lamp leaves faint belongs to its symbol, however plain chance ones stand elsewhere") {
  scan::Decoder decoder;
  for (const std::uint64_t seed : {201, 208, 209, 217, 219, 222}) {
    CAPTURE(seed);
    const auto frame = sim::render(sim::draw_scene(sim::SceneClass::glare, member_code(), seed));
    const auto found = decoder.try_rung(frame, scan::Rung::soft);
    REQUIRE(found);
    CHECK(found->text == member_text);
  }
}

TEST_CASE("what our own reader could not read says how far it came") {
  ports::GrayFrame frame{1280, 720, 1280, base::Bytes(1280 * 720, 110), 0};
  scan::Decoder decoder;
  CHECK_FALSE(decoder.try_rung(frame, scan::Rung::soft));
  CHECK(decoder.trace().triples == 0);
  tests::draw_code(frame, member_code(), {400, 200, 5});
  const int side = member_code().size * 5;
  // Data under two fingers.
  for (int y = 200 + side / 3; y < 200 + side; ++y) {
    std::fill_n(frame.bytes.begin() + y * frame.stride + 400 + side * 2 / 5, side / 2, std::uint8_t{125});
  }
  CHECK_FALSE(decoder.try_rung(frame, scan::Rung::soft));
  CHECK(decoder.trace().triples > 0);
  CHECK(decoder.trace().match > 0.8F);
  CHECK(decoder.trace().blocks > 1);
  CHECK(decoder.trace().mended < decoder.trace().blocks);
}

TEST_CASE("what frames of a stream add up to is of one symbol, though another is held up between them") {
  // Data is hidden under a reflection that moves: no frame shows enough of it.
  const auto hidden = [](ports::GrayFrame& frame, int x, int y, int side, int part) {
    for (int v = 0; v < side; ++v) {
      for (int u = 0; u < side; ++u) {
        if ((u * 3 / side + part) % 3 == 0 || v < side / 4 || v > side * 3 / 4) continue;
        frame.bytes[static_cast<std::size_t>((y + v) * frame.stride + x + u)] = 125;
      }
    }
  };
  const auto one = *scan::encode_qr("K1:" + std::string(90, 'A'));
  const auto other = *scan::encode_qr("K1:" + std::string(90, 'B'));
  constexpr int module_px = 5;
  const int side = one.size * module_px;
  scan::Decoder decoder{scan::Decoder::Frames::follow};
  std::set<std::string> texts;
  for (int i = 0; i < 12; ++i) {
    ports::GrayFrame frame{1280, 720, 1280, base::Bytes(1280 * 720, 110), i * 66};
    const int x = i % 2 == 0 ? 150 : 800;
    tests::draw_code(frame, i % 2 == 0 ? one : other, {x, 200, module_px});
    hidden(frame, x, 200, side, i / 2 % 3);
    if (const auto found = decoder.try_rung(frame, scan::Rung::soft)) texts.insert(found->text.substr(0, 4));
    if (i < 2) CHECK(texts.empty());
  }
  CHECK(texts == std::set<std::string>{"K1:A", "K1:B"});
}

TEST_CASE("a symbol that no threshold shows is read out of focus, and one that is dark as light is") {
  scan::Decoder decoder;
  auto scene = sim::draw_scene(sim::SceneClass::plain, member_code(), 5);
  scene.defocus_px = 3.3;
  const auto blurred = sim::render(scene);
  CHECK_FALSE(decoder.decode(
      blurred, std::array{scan::Rung::half, scan::Rung::full, scan::Rung::mean_half, scan::Rung::mean_full}));
  const auto found = decoder.try_rung(blurred, scan::Rung::soft);
  REQUIRE(found);
  CHECK(found->text == member_text);
  scene.inverted = true;
  scene.defocus_px = 1.2;
  const auto inverted = decoder.try_rung(sim::render(scene), scan::Rung::soft_inverted);
  REQUIRE(inverted);
  CHECK(inverted->text == member_text);
}

TEST_CASE("a shop without a phone holds no code") {
  scan::Decoder decoder;
  for (std::uint64_t seed = 1; seed < 4; ++seed) {
    sim::FrameScene scene;
    scene.shop_seed = seed;
    scene.shopper = 1;
    CHECK_FALSE(decoder.decode(sim::render(scene), scan::file_ladder));
  }
}

TEST_CASE("frames that are torn, empty, tiny, flat or of odd shape are frames without a code") {
  scan::Decoder decoder;
  struct Row {
    const char* what;
    int width, height, stride;
    std::size_t bytes;
    std::uint8_t level;
  };
  for (const auto& row : {
           Row{"nothing", 0, 0, 0, 0, 0},
           Row{"negative", -1, -1, -1, 10, 0},
           Row{"one pixel", 1, 1, 1, 1, 0},
           Row{"one row", 4000, 1, 4000, 4000, 90},
           Row{"one column", 1, 4000, 1, 4000, 90},
           Row{"just too small", 20, 20, 20, 400, 0},
           Row{"smallest that is tried", 21, 21, 21, 441, 255},
           Row{"odd sides", 333, 221, 333, 333 * 221, 128},
           Row{"torn", 1280, 720, 1280, 5000, 0},
           Row{"stride wider than the row", 320, 200, 512, 512 * 199 + 320, 77},
           Row{"all black", 640, 360, 640, 640 * 360, 0},
           Row{"all white", 640, 360, 640, 640 * 360, 255},
       }) {
    CAPTURE(row.what);
    const ports::GrayFrame frame{row.width, row.height, row.stride, base::Bytes(row.bytes, row.level), 0};
    CHECK_FALSE(decoder.decode(frame, scan::file_ladder));
  }
}

TEST_CASE("a row longer than the picture does not shear it") {
  const auto scene = sim::draw_scene(sim::SceneClass::plain, member_code(), 5);
  const auto tight = sim::render(scene);
  ports::GrayFrame padded{tight.width, tight.height, tight.width + 64, {}, 0};
  for (int y = 0; y < tight.height; ++y) {
    const auto* row = tight.bytes.data() + static_cast<std::ptrdiff_t>(y) * tight.stride;
    padded.bytes.insert(padded.bytes.end(), row, row + tight.width);
    padded.bytes.insert(padded.bytes.end(), 64, static_cast<std::uint8_t>(y * 91));
  }
  scan::Decoder decoder;
  for (const auto rung : {scan::Rung::half, scan::Rung::full, scan::Rung::mean_half, scan::Rung::mean_full}) {
    CAPTURE(scan::rung_name(rung));
    const auto found = decoder.try_rung(padded, rung);
    REQUIRE(found);
    CHECK(found->text == member_text);
  }
}

TEST_CASE("a picture file is decoded by every means, and one without a code is no error") {
  const tests::TempDir folder;
  const auto frame = sim::render(sim::draw_scene(sim::SceneClass::inverted, member_code(), 2));
  REQUIRE(image::save_png(folder / "code.png", image::GrayImage{frame.width, frame.height, frame.bytes}));
  REQUIRE(image::save_png(folder / "blank.png", image::GrayImage{64, 64, std::vector<std::uint8_t>(64 * 64, 200)}));
  const auto found = scan::decode_file(folder / "code.png");
  REQUIRE(found);
  REQUIRE(found->found);
  CHECK(found->found->text == member_text);
  CHECK(found->width == frame.width);
  const auto blank = scan::decode_file(folder / "blank.png");
  REQUIRE(blank);
  CHECK_FALSE(blank->found);
  CHECK(scan::decode_file(folder / "absent.png").error().code == base::Code::not_found);
}
