// SPDX-License-Identifier: Apache-2.0
// What a stream tells of several codes, of codes that stay, and of codes that are hard to see.
#include "hardware/scan/encode.h"
#include "hardware/scan/qr_layout.h"
#include "hardware/scan/scan_stream.h"
#include "sync/base/rng.h"
#include "tests/support/drawn_code.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <map>

using namespace millpond;
using tests::DrawnCode;

namespace {

using Scans = std::map<std::string, int>;
using Draw = std::function<void(ports::GrayFrame&, std::int64_t at_ms)>;

constexpr std::int64_t frame_ms = 33;

ports::GrayFrame shop_frame(std::int64_t at_ms, int width = 1280, int height = 720) {
  return {width, height, width, base::Bytes(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 110),
          at_ms};
}

// Something that never stops moving, in the lower right corner.
void stir(ports::GrayFrame& frame, std::int64_t at_ms) {
  const auto level = static_cast<std::uint8_t>(at_ms / frame_ms % 2 == 0 ? 60 : 160);
  for (int y = frame.height - 80; y < frame.height; ++y) {
    for (int x = frame.width - 200; x < frame.width; ++x) {
      frame.bytes[static_cast<std::size_t>(y) * static_cast<std::size_t>(frame.stride) + static_cast<std::size_t>(x)] =
          level;
    }
  }
}

ports::QrModules code_of(const std::string& text) { return scan::encode_qr(text).value(); }

Scans play(scan::ScanStream& stream, std::int64_t from_ms, std::int64_t to_ms, const Draw& draw) {
  Scans scans;
  for (auto now_ms = from_ms; now_ms < to_ms; now_ms += frame_ms) {
    auto frame = shop_frame(now_ms);
    draw(frame, now_ms);
    const auto step = stream.feed(frame);
    if (step.is_new) ++scans[step.seen->text];
  }
  return scans;
}

const Draw nothing = [](ports::GrayFrame&, std::int64_t) {};

Draw shown(const std::string& text, DrawnCode how = {500, 250, 5}) {
  return
      [modules = code_of(text), how](ports::GrayFrame& frame, std::int64_t) { tests::draw_code(frame, modules, how); };
}

// A symbol whose patterns are whole and whose data is nonsense: what a code looks like that can be seen and not read.
ports::QrModules scrambled(ports::QrModules modules) {
  const auto& layout = scan::qr_layout((modules.size - 17) / 4);
  base::SeededRng rng{8};
  for (int y = 0; y < modules.size; ++y) {
    for (int x = 0; x < modules.size; ++x) {
      if (layout.at(x, y) != scan::QrModule::data) continue;
      modules.bits[static_cast<std::size_t>(y * modules.size + x)] = static_cast<std::uint8_t>(rng.below(2));
    }
  }
  return modules;
}

}  // namespace

TEST_CASE("a code that still lies there is no new scan, however long nobody looked") {
  for (const std::int64_t away_ms : {600, 5'000, 60'000, 3'600'000}) {
    CAPTURE(away_ms);
    scan::ScanStream stream;
    CHECK(play(stream, 0, 500, shown("K1:STAYS/1")) == Scans{{"K1:STAYS/1", 1}});
    CHECK(play(stream, 500 + away_ms, 1500 + away_ms, shown("K1:STAYS/1")).empty());
  }
}

TEST_CASE("a code is new after its absence was watched, not after a time that nobody saw") {
  struct Row {
    const char* what;
    std::int64_t away_ms;
    std::int64_t without_ms;
    bool is_new;
  };
  for (const auto& row : {Row{"gone while nobody looked, and hardly watched", 10'000, 500, false},
                          Row{"watched for as long as it takes", 10'000, 2'300, true},
                          Row{"watched all the time", 0, 2'300, true}, Row{"hidden for a moment", 0, 1'500, false}}) {
    CAPTURE(row.what);
    scan::ScanStream stream;
    CHECK(play(stream, 0, 500, shown("K1:GOES/1")).size() == 1);
    const auto back_ms = 500 + row.away_ms;
    CHECK(play(stream, back_ms, back_ms + row.without_ms, nothing).empty());
    const auto scans = play(stream, back_ms + row.without_ms, back_ms + row.without_ms + 500, shown("K1:GOES/1"));
    CHECK(scans.size() == (row.is_new ? 1 : 0));
  }
}

TEST_CASE("two codes that are seen by turns are one scan each") {
  scan::ScanStream stream;
  const auto first = shown("K1:FIRST/1");
  const auto second = shown("K1:SECOND/1");
  const auto scans = play(stream, 0, 5'000, [&](ports::GrayFrame& frame, std::int64_t at_ms) {
    (at_ms / 200 % 2 == 0 ? first : second)(frame, at_ms);
  });
  CHECK(scans == Scans{{"K1:FIRST/1", 1}, {"K1:SECOND/1", 1}});
}

TEST_CASE("a poster with a code hides no phone, beside it or far from it") {
  for (const int x : {330, 900}) {
    CAPTURE(x);
    scan::ScanStream stream;
    const auto poster = shown("https://example.org/join", {40, 60, 7});
    const auto phone = shown("K1:MEMBER/1", {x, 420, 4});
    CHECK(play(stream, 0, 1'000, poster).size() == 1);
    const auto scans = play(stream, 1'000, 3'000, [&](ports::GrayFrame& frame, std::int64_t at_ms) {
      poster(frame, at_ms);
      phone(frame, at_ms);
      stir(frame, at_ms);
    });
    CHECK(scans == Scans{{"K1:MEMBER/1", 1}});
  }
}

TEST_CASE("an unreadable symbol on the wall does not keep a dark screen from being read") {
  const auto wall = scrambled(code_of(std::string(60, 'W')));
  const auto phone = shown("K1:DARK/1", {600, 350, 4, 210, 30});
  scan::ScanStream stream;
  const auto scans = play(stream, 0, 3'000, [&](ports::GrayFrame& frame, std::int64_t at_ms) {
    tests::draw_code(frame, wall, {40, 60, 5});
    phone(frame, at_ms);
    stir(frame, at_ms);
  });
  CHECK(scans == Scans{{"K1:DARK/1", 1}});
}

TEST_CASE("a dark screen is read near as well as at arm's length") {
  for (const int module_px : {4, 8, 14, 18}) {
    CAPTURE(module_px);
    scan::ScanStream stream;
    const auto phone = shown("K1:NEAR/1", {300, 120, module_px, 210, 30});
    const auto scans = play(stream, 0, 1'500, [&](ports::GrayFrame& frame, std::int64_t at_ms) {
      phone(frame, at_ms);
      stir(frame, at_ms);
    });
    CHECK(scans == Scans{{"K1:NEAR/1", 1}});
  }
}

TEST_CASE("what lies still is read by heavier passes too, though nothing moves") {
  scan::ScanStream stream{{.active_hold_ms = 60}};
  CHECK(play(stream, 0, 15'000, nothing).empty());
  const auto phone = shown("K1:LEDGE/1", {500, 250, 4, 210, 30});
  CHECK(play(stream, 15'000, 19'000, phone) == Scans{{"K1:LEDGE/1", 1}});
}

TEST_CASE("a hard code that was read, and is not for a while, is no new scan while nothing moves") {
  scan::ScanStream stream{{.active_hold_ms = 60}};
  CHECK(play(stream, 0, 15'000, nothing).empty());
  const auto phone = shown("K1:LEDGE/1", {500, 250, 4, 210, 30});
  Scans scans;
  scan::StreamStep last;
  for (std::int64_t now_ms = 15'000; now_ms < 40'000; now_ms += frame_ms) {
    auto frame = shop_frame(now_ms);
    phone(frame, now_ms);
    const auto step = stream.feed(frame);
    if (step.is_new) ++scans[step.seen->text];
  }
  CHECK(scans == Scans{{"K1:LEDGE/1", 1}});
}
