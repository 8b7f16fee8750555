// SPDX-License-Identifier: Apache-2.0
// Window: a kiosk on a display, by SDL. Keeps the picture in the window's surface, the only copy of it, so it needs no
// GPU; sleeps until an event or the next animation frame. One thread, the program's first.
#pragma once

#include "kiosk/screen/kiosk.h"
#include "kiosk/screen/turn.h"
#include "sync/base/clock.h"

#include <memory>
#include <optional>
#include <string>

namespace millpond::screen {

struct WindowSettings {
  std::optional<view::SizePx> size;  // nothing: 1080 x 1920, or as much of it as the display has room for
  int display{};
  bool fullscreen{};
  Turn turn{};  // of the picture, for a display that stands on its side
  std::string title;
};

class Window {
 public:
  // Error: display_absent.
  [[nodiscard]] static base::Result<std::unique_ptr<Window>> open(const WindowSettings& settings);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  [[nodiscard]] view::SizePx size() const;  // of the picture
  // Makes run() look into the inbox; any thread.
  void wake() const;
  // As KioskDoors has it.
  void paint(const raster::Rect& rect, const std::uint32_t* pixels, std::size_t stride);
  // Runs until a Stop event or until the window is closed. Blocks.
  void run(Kiosk& kiosk, Inbox& inbox, const base::Clock& clock);

 private:
  struct State;
  explicit Window(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace millpond::screen
