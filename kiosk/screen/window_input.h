// SPDX-License-Identifier: Apache-2.0
// What SDL tells of hands, as a screen takes it: mouse, keyboard, and one finger at a time. A second finger is nobody's
// press, and a display that stands on its side turns places back. Values; one thread.
#pragma once

#include "kiosk/screen/turn.h"
#include "kiosk/view/scratch.h"
#include "kiosk/view/view.h"

#include <cstdint>
#include <optional>

union SDL_Event;
struct SDL_TouchFingerEvent;

namespace millpond::screen {

class WindowInput {
 public:
  explicit WindowInput(Turn turn) : turn_{turn} {}
  // Nothing for what is no input, or nobody's.
  [[nodiscard]] std::optional<view::Input> of(const SDL_Event& event, view::SizePx window);

 private:
  [[nodiscard]] std::optional<view::Input> of_finger(const SDL_TouchFingerEvent& finger, view::SizePx window);

  const Turn turn_;
  struct Finger {
    std::int64_t on{};  // which display
    std::int64_t id{};
    friend bool operator==(const Finger&, const Finger&) = default;
  };
  std::optional<Finger> finger_;  // that is down
};

}  // namespace millpond::screen
