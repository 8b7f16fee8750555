// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/turn.h"

namespace millpond::screen {

view::SizePx turned(view::SizePx size, Turn turn) {
  if (turn == Turn::right || turn == Turn::left) return {size.height, size.width};
  return size;
}

view::Point in_picture(view::Point place, view::SizePx window, Turn turn) {
  const auto width = static_cast<float>(window.width);
  const auto height = static_cast<float>(window.height);
  switch (turn) {
    case Turn::none:
      break;
    case Turn::right:
      return {place.y, width - place.x};
    case Turn::over:
      return {width - place.x, height - place.y};
    case Turn::left:
      return {height - place.y, place.x};
  }
  return place;
}

raster::Rect in_window(const raster::Rect& rect, view::SizePx window, Turn turn) {
  switch (turn) {
    case Turn::none:
      break;
    case Turn::right:
      return {window.width - rect.y1, rect.x0, window.width - rect.y0, rect.x1};
    case Turn::over:
      return {window.width - rect.x1, window.height - rect.y1, window.width - rect.x0, window.height - rect.y0};
    case Turn::left:
      return {rect.y0, window.height - rect.x1, rect.y1, window.height - rect.x0};
  }
  return rect;
}

}  // namespace millpond::screen
