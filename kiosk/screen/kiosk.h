// SPDX-License-Identifier: Apache-2.0
// Kiosk: one screen without its window: takes events and inputs, keeps the ViewModel that is shown and nothing else
// about a member, draws into memory and says when it wants to draw again. The window and the headless loop drive it.
// One thread; time is an argument (monotonic milliseconds).
#pragma once

#include "kiosk/raster/raster.h"
#include "kiosk/screen/camera_worker.h"
#include "kiosk/screen/events.h"
#include "kiosk/screen/shots.h"
#include "kiosk/view/view.h"

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace millpond::screen {

struct KioskSettings {
  view::SizePx size{1080, 1920};
  std::optional<std::filesystem::path> shots;  // an existing folder
  flow::Locale locale{flow::Locale::zh_cn};    // of words before the service was heard
  bool still{};                                // no animation: nobody watches
  view::Look look{view::Look::of(view::tea_house())};
  std::array<std::string, 2> names{};           // of the brand, by flow::Locale; empty: what the service says
  std::optional<image::RgbaImage> logo{};       // of the brand
  raster::Keeps keeps{raster::Keeps::picture};  // nothing: where `paint` does; not with shots
};

struct KioskDoors {
  std::function<void(const link::Message&)> send;
  std::function<void()> retry_link;
  std::function<void(Looking)> look;
  std::function<void()> forget_scans;
  raster::Painter paint{};  // what was drawn anew; on the thread that draws
};

class Kiosk {
 public:
  // fonts outlives the Kiosk.
  Kiosk(const view::Fonts& fonts, KioskSettings settings, KioskDoors doors);

  void handle(Event event, std::int64_t now_ms);
  void input(const view::Input& input) { scratch_.inputs.push_back(input), dirty_ = true; }
  void resize(view::SizePx size);
  // The next draw() paints every pixel: what was painted is lost.
  void paint_everything() { raster_.redraw_everything(), dirty_ = true; }

  [[nodiscard]] bool stopped() const { return stopped_; }
  // When draw() should be called if no event comes before; nothing: not at all.
  [[nodiscard]] std::optional<std::int64_t> next_draw_ms() const;
  // Draws if something changed or moves; sends what was tapped.
  void draw(std::int64_t now_ms);
  [[nodiscard]] const raster::Raster& raster() const { return raster_; }

 private:
  struct Command {
    enum class What : std::uint8_t { tap, where } what{};
    flow::Target target{};
    std::int64_t until_ms{};
  };

  void show(flow::ViewModel model, std::int64_t now_ms);
  void wipe();
  void take_picture(Pictured pictured);
  void take_command(const std::string& line, std::int64_t now_ms);
  void run_commands(std::int64_t now_ms);
  void run(const Command& command, const view::PlacedTarget& placed);
  void expect_shot(const flow::ViewModel& model, std::int64_t now_ms);
  void take_shot();
  void draw_once(std::int64_t now_ms);

  const KioskSettings settings_;
  const KioskDoors doors_;
  const raster::Texture logo_;
  view::View view_;
  view::Scratch scratch_;
  view::SizePx size_;
  raster::Raster raster_;
  std::optional<flow::ViewModel> model_;
  flow::Locale locale_;
  bool linked_ = true;  // until told otherwise: a first Show comes within milliseconds
  bool stopped_ = false;
  bool dirty_ = true;
  std::optional<ports::GrayFrame> frame_;  // keeps the pixels of texture_
  raster::Texture texture_;
  std::deque<Command> commands_;
  std::optional<Shots> shots_;
  std::optional<flow::ViewModel> last_shot_;  // without what changes every second
  std::optional<std::int64_t> shot_due_ms_;
};

}  // namespace millpond::screen
