// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/scan_stream.h"

#include "hardware/scan/camera_scanner.h"
#include "hardware/scan/encode.h"
#include "hardware/sim/presentation.h"
#include "hardware/sim/sim_camera.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

const ports::QrModules& code() {
  static const auto modules = *scan::encode_qr("K1:STREAM/1");
  return modules;
}

ports::GrayFrame frame_at(bool with_phone, std::int64_t at_ms, std::uint64_t seed = 1) {
  sim::FrameScene scene;
  scene.width = 640;
  scene.height = 360;
  scene.code = code();
  scene.seed = seed;
  scene.at_ms = at_ms;
  if (with_phone) scene.phone = sim::PhonePose{};
  return sim::render(scene);
}

}  // namespace

TEST_CASE("a shopper who comes, holds up a code and goes is one scan") {
  scan::ScanStream stream;
  int scans = 0;
  int sights = 0;
  for (const auto& scene : sim::presentation(code(), {640, 360, 15, 4})) {
    const auto step = stream.feed(sim::render(scene));
    if (step.seen) {
      ++sights;
      CHECK(step.seen->text == "K1:STREAM/1");
    }
    if (step.is_new) ++scans;
  }
  CHECK(scans == 1);
  CHECK(sights > 5);
}

TEST_CASE("after forgetting, the code that is still in front of the camera is no new scan") {
  scan::ScanStream stream;
  CHECK(stream.feed(frame_at(true, 0)).is_new);
  CHECK_FALSE(stream.feed(frame_at(true, 300)).is_new);
  stream.forget();
  CHECK_FALSE(stream.feed(frame_at(true, 600)).is_new);
}

TEST_CASE("of single pictures, time without one is absence") {
  scan::ScanStream stream{{.single_pictures = true}};
  CHECK(stream.feed(frame_at(true, 0)).is_new);
  CHECK_FALSE(stream.feed(frame_at(true, 1900)).is_new);
  CHECK(stream.feed(frame_at(true, 4000)).is_new);
}

TEST_CASE("while nothing moves only some frames are read, and movement wakes it") {
  scan::ScanStream stream{{.idle_interval_ms = 200, .active_hold_ms = 100, .hold_off_ms = 0}};
  int seen = 0;
  std::int64_t now_ms = 0;
  // The same noise in every frame, so that not a pixel moves.
  for (; now_ms < 3000; now_ms += 33) seen += stream.feed(frame_at(true, now_ms)).seen ? 1 : 0;
  CHECK(seen >= 14);
  CHECK(seen <= 22);
  CHECK_FALSE(stream.feed(frame_at(true, now_ms)).active);
  CHECK(stream.feed(frame_at(false, now_ms + 33)).active);
}

TEST_CASE("the change gate tells movement from the noise of the sensor, whatever that is") {
  const auto frame = [](bool phone, double noise, double contrast, double light, std::uint64_t seed) {
    sim::FrameScene scene;
    scene.width = 640;
    scene.height = 360;
    scene.code = code();
    scene.noise_levels = noise;
    scene.contrast = contrast;
    scene.brightness_levels = light;
    scene.seed = seed;
    if (phone) scene.phone = sim::PhonePose{};
    return sim::render(scene);
  };
  struct Row {
    const char* what;
    double noise;
    double contrast;
    double flicker;
  };
  for (const auto& row : {Row{"a good sensor", 2, 1, 0}, Row{"a cheap one", 6, 1, 0}, Row{"one in the dark", 12, 1, 0},
                          Row{"lamps that flicker", 2, 1, 6}, Row{"hardly any contrast", 2, 0.1, 0}}) {
    CAPTURE(row.what);
    scan::ChangeGate gate;
    std::uint64_t seed = 1;
    CHECK(gate.moved(frame(false, row.noise, row.contrast, 0, seed)));
    for (int i = 0; i < 6; ++i) {
      const double light = i % 2 == 0 ? row.flicker : -row.flicker;
      CHECK_FALSE(gate.moved(frame(false, row.noise, row.contrast, light, ++seed)));
    }
    CHECK(gate.moved(frame(true, row.noise, row.contrast, 0, ++seed)));
    CHECK_FALSE(gate.moved(frame(true, row.noise, row.contrast, 0, ++seed)));
  }
}

TEST_CASE("what stands before a background that was learnt is an object, and nothing before one is known") {
  scan::ChangeGate gate;
  CHECK(gate.moved(frame_at(false, 0, 1)));
  CHECK_FALSE(gate.holds_object());
  gate.learn_background();
  CHECK_FALSE(gate.moved(frame_at(false, 33, 2)));
  CHECK_FALSE(gate.holds_object().value());
  CHECK(gate.moved(frame_at(true, 66, 3)));
  CHECK(gate.holds_object().value());
  CHECK_FALSE(gate.moved(frame_at(true, 99, 4)));
  CHECK(gate.holds_object().value());
  // Who leaves the phone there for an hour has made it furniture.
  for (int i = 0; i < 5 * 3600; ++i) gate.learn_background();
  CHECK_FALSE(gate.holds_object().value());
}

TEST_CASE("a code that nobody can read is answered with what would help, after a while") {
  struct Row {
    const char* what;
    double height;
    double light;
    double glare;
    scan::Hint hint;
  };
  for (const auto& row :
       {Row{"dazzled", 0.86, 1, 6, scan::Hint::turn}, Row{"screen off", 0.86, 0.0, 0, scan::Hint::none}}) {
    CAPTURE(row.what);
    scan::ScanStream stream{{.active_hold_ms = 10'000, .hint_after_ms = 1000}};
    auto hint = scan::Hint::none;
    for (std::int64_t now_ms = 0; now_ms <= 1400; now_ms += 100) {
      sim::FrameScene scene;
      scene.code = *scan::encode_qr(std::string(120, 'K'));
      scene.phone = sim::PhonePose{.height = row.height};
      scene.screen_light = row.light;
      scene.glare = row.glare;
      scene.defocus_px = row.glare > 0 ? 0 : 1.8;
      scene.at_ms = now_ms;
      const auto step = stream.feed(sim::render(scene));
      REQUIRE_FALSE(step.seen);
      if (now_ms < 1000) CHECK(step.hint == scan::Hint::none);
      if (step.hint != scan::Hint::none) hint = step.hint;
    }
    CHECK(scan::hint_name(hint) == scan::hint_name(row.hint));
  }
}

TEST_CASE("a hint says what stands between the lens and the modules") {
  const ports::GrayFrame gray{400, 400, 400, base::Bytes(160'000, 120), 0};
  ports::GrayFrame chequered = gray;
  for (std::size_t i = 0; i < chequered.bytes.size(); ++i) chequered.bytes[i] = i / 5 % 2 == 0 ? 40 : 200;
  ports::GrayFrame white = chequered;
  for (std::size_t i = 60'000; i < 100'000; ++i) white.bytes[i] = 255;
  const ports::GrayFrame dark{400, 400, 400, base::Bytes(160'000, 9), 0};
  const auto square = [](float side) {
    const float from = 200 - side / 2;
    return scan::Corners{scan::Point{from, from}, {from + side, from}, {from + side, from + side}, {from, from + side}};
  };
  struct Row {
    const char* what;
    const ports::GrayFrame& frame;
    std::optional<scan::Corners> suspected;
    bool moving;
    scan::Hint hint;
  };
  for (const auto& row : {Row{"small", chequered, square(40), false, scan::Hint::closer},
                          Row{"large", chequered, square(390), false, scan::Hint::further},
                          Row{"of good size", chequered, square(150), false, scan::Hint::none},
                          Row{"moving", chequered, square(150), true, scan::Hint::hold_still},
                          Row{"without contrast", gray, square(150), false, scan::Hint::brighter},
                          Row{"under a lamp", white, square(150), true, scan::Hint::turn},
                          Row{"no symbol under a lamp", white, std::nullopt, false, scan::Hint::turn},
                          Row{"no symbol in the dark", dark, std::nullopt, false, scan::Hint::brighter},
                          Row{"no symbol", gray, std::nullopt, false, scan::Hint::none},
                          Row{"no symbol, but somebody", chequered, std::nullopt, true, scan::Hint::none}}) {
    CAPTURE(row.what);
    CHECK(scan::hint_name(scan::hint_for(row.frame, row.suspected, row.moving)) == scan::hint_name(row.hint));
  }
}

TEST_CASE("how a symbol is lit that cannot be read is told in the frame that shows it, and not of one that is read") {
  scan::ScanStream stream;
  int told = 0;
  for (std::int64_t i = 0; i < 24; ++i) {
    auto frame = frame_at(true, i * 33, static_cast<std::uint64_t>(i) + 1);
    // A lamp over half of the symbol's data: columns and rows in the middle of the phone.
    const bool lamp = i < 20;
    for (int y = 176; lamp && y < 260; ++y) {
      for (int x = 316; x < 380; ++x) frame.bytes[static_cast<std::size_t>(y * frame.stride + x)] = 255;
    }
    const auto step = stream.feed(frame);
    if (!lamp) CHECK_FALSE((step.seen && step.unread));
    if (lamp) CHECK_FALSE(step.seen);
    if (!step.unread) continue;
    CHECK(step.unread->white > 0.05F);
    CHECK(step.unread->bright_level > 200);
    ++told;
  }
  CHECK(told > 3);
}

TEST_CASE("torn frames in a stream are passed over") {
  scan::ScanStream stream;
  CHECK_FALSE(stream.feed(ports::GrayFrame{1280, 720, 1280, base::Bytes(100), 0}).seen);
  CHECK_FALSE(stream.feed({}).active);
  CHECK(stream.feed(frame_at(true, 10)).is_new);
}

TEST_CASE("a camera scanner passes over a bad picture and reports an unplugged camera") {
  sim::SimCamera camera{{base::Error{base::Code::picture_unreadable, "read", "torn"}, frame_at(true, 0),
                         base::Error{base::Code::device_absent, "read", "unplugged"}},
                        base::system_clock()};
  scan::CameraScanner scanner{camera, base::system_clock()};
  REQUIRE(scanner.open());
  const auto scan = scanner.next(5000);
  REQUIRE(scan);
  REQUIRE(*scan);
  CHECK((*scan)->text == "K1:STREAM/1");
  CHECK(scanner.next(0).error().code == base::Code::device_absent);
  CHECK(scanner.state() == ports::DeviceState::absent);
}
