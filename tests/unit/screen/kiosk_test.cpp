// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/kiosk.h"
#include "tests/support/sample_views.h"
#include "tests/support/temp_dir.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace millpond;
using namespace millpond::screen;
using namespace millpond::tests;

namespace {

const view::Fonts& fonts() {
  static const view::Fonts loaded = view::Fonts::load().value();
  return loaded;
}

struct Rig {
  std::vector<flow::Target> taps;
  Looking looking = Looking::away;
  int forgotten = 0;
  int retries = 0;
  Kiosk kiosk;

  explicit Rig(KioskSettings settings = {.size = {540, 960}, .shots = {}, .still = true})
      : kiosk{fonts(),
              std::move(settings),
              {.send = [this](const link::Message& message) { taps.push_back(std::get<link::Tap>(message).target); },
               .retry_link = [this] { ++retries; },
               .look = [this](Looking how) { looking = how; },
               .forget_scans = [this] { ++forgotten; }}} {}

  void show(const std::string& name, std::int64_t now_ms = 1'000) {
    kiosk.handle(Shown{sample_view(name, flow::Locale::zh_cn)}, now_ms);
    kiosk.draw(now_ms);
  }
  [[nodiscard]] std::vector<std::uint32_t> pixels() const {
    return {kiosk.raster().pixels().begin(), kiosk.raster().pixels().end()};
  }
};

Pictured picture(std::uint8_t level) {
  ports::GrayFrame frame{64, 48, 80, base::Bytes(80 * 48, level), 1};
  return {frame, {}};
}

}  // namespace

TEST_CASE("the camera looks only where a code may be held up, and is shown only on the scan screen") {
  struct Row {
    const char* screen;
    Looking looking;
  };
  const std::vector<Row> table{
      {"attract", Looking::decoding}, {"scan", Looking::showing},         {"phone", Looking::away},
      {"consent", Looking::away},     {"card", Looking::decoding},        {"issued", Looking::decoding},
      {"notice", Looking::away},      {"my-consents", Looking::decoding}, {"age", Looking::away}};
  Rig rig;
  for (const Row& row : table) {
    INFO(row.screen);
    rig.show(row.screen);
    CHECK(rig.looking == row.looking);
    const auto before = rig.pixels();
    rig.kiosk.handle(picture(200), 1'000);
    rig.kiosk.draw(1'000);
    CHECK((rig.pixels() != before) == (row.looking == Looking::showing));
  }
}

TEST_CASE("at the end of a session and when the link is lost every pixel of it is gone at once") {
  struct Row {
    const char* what;
    Event event;
  };
  const std::vector<Row> table{{"session over", SessionOver{}}, {"link lost", LinkLost{}}};
  for (const Row& row : table) {
    INFO(row.what);
    Rig rig;
    rig.show("card");
    rig.kiosk.handle(row.event, 2'000);
    // Before any further draw: memory holds one colour only.
    const auto pixels = rig.pixels();
    CHECK(std::set<std::uint32_t>{pixels.begin(), pixels.end()}.size() == 1);
    // What comes next is presented whole, whatever the window showed.
    rig.show("attract", 2'100);
    Rig fresh;
    fresh.show("attract");
    CHECK(rig.pixels() == fresh.pixels());
  }
}

TEST_CASE("the end of a session makes the camera forget what it read") {
  Rig rig;
  rig.show("card");
  rig.kiosk.handle(SessionOver{}, 2'000);
  CHECK(rig.forgotten == 1);
  CHECK(rig.looking == Looking::away);
}

TEST_CASE("a command waits for its target, then is told to be missing") {
  Rig rig;
  rig.show("attract");
  rig.kiosk.handle(Commanded{"tap digit_3"}, 1'000);
  rig.kiosk.draw(1'000);
  CHECK(rig.taps.empty());
  rig.show("phone", 1'500);
  rig.kiosk.draw(1'520);
  CHECK(rig.taps == std::vector{flow::Target::digit_3});

  rig.kiosk.handle(Commanded{"tap more_time"}, 2'000);
  rig.kiosk.draw(4'100);
  CHECK_FALSE(rig.kiosk.next_draw_ms());
  for (const char* nonsense : {"tap nothing", "jump", "tap"}) rig.kiosk.handle(Commanded{nonsense}, 2'000);
  CHECK_FALSE(rig.kiosk.next_draw_ms());
}

TEST_CASE("commands in a row are pressed in order") {
  Rig rig;
  rig.show("phone");
  for (const char* line : {"tap digit_1", "tap digit_3", "tap digit_8", "tap submit"})
    rig.kiosk.handle(Commanded{line}, 1'000);
  for (int i = 1; i <= 6; ++i) rig.kiosk.draw(1'000 + 20 * i);
  CHECK(rig.taps ==
        std::vector{flow::Target::digit_1, flow::Target::digit_3, flow::Target::digit_8, flow::Target::submit});
}

TEST_CASE("a press without a link asks for the link") {
  Rig rig;
  rig.kiosk.handle(LinkLost{}, 1'000);
  rig.kiosk.draw(1'000);
  rig.kiosk.handle(Commanded{"tap retry"}, 1'000);
  rig.kiosk.draw(1'020);
  CHECK(rig.taps.empty());
}

TEST_CASE("every new screen is saved once, whatever the seconds that are left") {
  const TempDir temp;
  {
    Rig rig{{.size = {540, 960}, .shots = temp.path(), .still = true}};
    auto leaving = sample_view("issued-leaving", flow::Locale::zh_cn);
    std::int64_t now_ms = 1'000;
    for (const char* seconds : {"20", "19", "18"}) {
      leaving.chrome.countdown->text = seconds;
      leaving.revision++;
      rig.kiosk.handle(Shown{leaving}, now_ms);
      rig.kiosk.draw(now_ms);
      rig.kiosk.draw(now_ms + 400);
      now_ms += 1'000;
    }
    rig.show("attract", now_ms);
    rig.show("phone-empty", now_ms + 10);  // another screen comes at once: the one before is still saved
    rig.show("phone", now_ms + 20);        // the same screen filled: one picture
    rig.kiosk.draw(now_ms + 400);
    rig.kiosk.handle(Stop{}, now_ms + 500);
    CHECK(rig.kiosk.stopped());
  }
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{temp.path()}) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"01-issued-zh-CN.png", "02-attract-zh-CN.png", "03-phone-zh-CN.png"});
}
