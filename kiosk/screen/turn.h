// SPDX-License-Identifier: Apache-2.0
// Turn: a picture on a display that stands on its side or upside down: sizes, places and rectangles both ways. Pure.
#pragma once

#include "kiosk/raster/raster.h"
#include "kiosk/view/geometry.h"
#include "kiosk/view/view.h"

#include <cstdint>

namespace millpond::screen {

// How far the picture is turned on the display, clockwise.
enum class Turn : std::uint8_t { none, right, over, left };

// The size of the picture in a window of this size, and back: the same both ways.
[[nodiscard]] view::SizePx turned(view::SizePx size, Turn turn);
// A place in the window as a place in the picture. window: its size.
[[nodiscard]] view::Point in_picture(view::Point place, view::SizePx window, Turn turn);
// A rectangle of the picture as one of the window. window: its size.
[[nodiscard]] raster::Rect in_window(const raster::Rect& rect, view::SizePx window, Turn turn);

}  // namespace millpond::screen
