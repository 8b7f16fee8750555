// SPDX-License-Identifier: Apache-2.0
// Scratch: what a screen keeps from one frame to the next so that presses feel like presses: fingers, focus, and how
// far an animation got. Nothing about a member; forget() at the end of a session drops the rest. Owned by the window's
// thread; times are monotonic milliseconds that the caller hands in.
#pragma once

#include "kiosk/flow/view_model.h"
#include "kiosk/view/geometry.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millpond::view {

// What a person did since the last frame. Places in pixels of the window.
struct Input {
  enum class Kind : unsigned char {
    down,
    move,
    up,
    leave,
    focus_next,
    focus_previous,
    activate,
    cancel,
    digit,
    erase,
    key
  };
  Kind kind{};
  Point at_px{};
  int digit{};  // of `key`: the number of the function key
};

// The camera's newest picture as a texture of the renderer, with the code that was found in it.
struct CameraPicture {
  std::uint64_t texture{};  // one byte a pixel; 0: no picture
  int width{};
  int height{};
  std::optional<std::array<Point, 4>> outline;  // in pixels of the picture
  std::string tip{};                            // what would help, instead of the screen's hint; empty: none
};

// Something a person can press on the screen that was drawn last, in drawing order.
struct PlacedTarget {
  flow::Target target{};
  std::string label;
  Box box;     // in design units
  Box box_px;  // in pixels of the window
  bool enabled{true};
  std::string key{};  // of flow::Button
};

struct Scratch {
  // In: set by the caller.
  std::vector<Input> inputs;  // draw() takes them
  CameraPicture camera;
  bool still{};  // everything at rest where an animation would end: pictures, reduced motion

  // Out: after draw().
  std::optional<std::int64_t> next_frame_ms;  // when draw() wants to be called again; nothing: not before a change

  // Kept.
  std::vector<PlacedTarget> targets;
  std::optional<flow::Target> elsewhere;  // what a touch beside all targets presses; nothing on most screens
  std::optional<flow::Target> pressed;
  std::optional<flow::Target> focused;
  std::array<float, flow::target_count> press{};  // 0 up .. 1 down
  std::optional<std::size_t> screen;              // index in flow::Screen
  std::int64_t screen_since_ms{};
  std::int64_t toast_since_ms{};
  std::string toast;
  std::int64_t drawn_ms{};

  // Drops presses, labels, the toast and the camera's picture.
  void forget();
};

}  // namespace millpond::view
