// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/window_input.h"

#include <SDL.h>

namespace millpond::screen {
namespace {

using Kind = view::Input::Kind;

std::optional<view::Input> key_input(const SDL_KeyboardEvent& event) {
  const SDL_Keycode key = event.keysym.sym;
  if (key >= SDLK_0 && key <= SDLK_9) return view::Input{Kind::digit, {}, key - SDLK_0};
  if (key == SDLK_KP_0) return view::Input{Kind::digit, {}, 0};
  if (key >= SDLK_KP_1 && key <= SDLK_KP_9) return view::Input{Kind::digit, {}, key - SDLK_KP_1 + 1};
  if (key >= SDLK_F1 && key <= SDLK_F12) return view::Input{Kind::key, {}, key - SDLK_F1 + 1};
  switch (key) {
    case SDLK_TAB:
      return view::Input{(event.keysym.mod & KMOD_SHIFT) != 0 ? Kind::focus_previous : Kind::focus_next};
    case SDLK_RETURN:
    case SDLK_KP_ENTER:
    case SDLK_SPACE:
      return view::Input{Kind::activate};
    case SDLK_ESCAPE:
      return view::Input{Kind::cancel};
    case SDLK_BACKSPACE:
      return view::Input{Kind::erase};
    default:
      return std::nullopt;
  }
}

view::Point point_of(float x, float y) { return {x, y}; }

}  // namespace

std::optional<view::Input> WindowInput::of(const SDL_Event& event, view::SizePx window) {
  switch (event.type) {
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP: {
      // A touch comes as a finger; what SDL makes a mouse of it would press twice.
      if (event.button.button != SDL_BUTTON_LEFT || event.button.which == SDL_TOUCH_MOUSEID) return std::nullopt;
      const auto at = point_of(static_cast<float>(event.button.x), static_cast<float>(event.button.y));
      return view::Input{event.type == SDL_MOUSEBUTTONDOWN ? Kind::down : Kind::up, in_picture(at, window, turn_)};
    }
    case SDL_FINGERDOWN:
    case SDL_FINGERMOTION:
    case SDL_FINGERUP:
      return of_finger(event.tfinger, window);
    case SDL_KEYDOWN:
      return event.key.repeat != 0 ? std::nullopt : key_input(event.key);
    default:
      return std::nullopt;
  }
}

// Places of fingers are shares of the window. One that is lifted outside of it lets go where nothing is.
std::optional<view::Input> WindowInput::of_finger(const SDL_TouchFingerEvent& finger, view::SizePx window) {
  const Finger which{finger.touchId, finger.fingerId};
  const auto at =
      in_picture(point_of(finger.x * static_cast<float>(window.width), finger.y * static_cast<float>(window.height)),
                 window, turn_);
  if (finger.type == SDL_FINGERDOWN) {
    if (finger_) return std::nullopt;
    finger_ = which;
    return view::Input{Kind::down, at};
  }
  if (finger_ != which) return std::nullopt;
  if (finger.type == SDL_FINGERMOTION) return view::Input{Kind::move, at};
  finger_.reset();
  return view::Input{Kind::up, at};
}

}  // namespace millpond::screen
