// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/window.h"

#include <SDL.h>
#include <algorithm>

namespace millpond::screen {
namespace {

using Kind = view::Input::Kind;

constexpr int idle_wait_ms = 10'000;
constexpr double share_of_display = 0.92;  // of its usable height or width, when no size is asked for

base::Error absent(const char* operation) {
  return {base::Code::display_absent, operation, SDL_GetError(),
          "start under a window system (DISPLAY or WAYLAND_DISPLAY), or use --headless"};
}

view::SizePx fitting(const WindowSettings& settings) {
  if (settings.size) return *settings.size;
  const view::SizePx design{1080, 1920};
  SDL_Rect room{};
  if (SDL_GetDisplayUsableBounds(settings.display, &room) != 0) return design;
  const double scale =
      std::min({1.0, room.w * share_of_display / design.width, room.h * share_of_display / design.height});
  return {static_cast<int>(design.width * scale), static_cast<int>(design.height * scale)};
}

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

// Touches arrive as mouse events too, the first finger's only, which is all that a press needs.
std::optional<view::Input> input_of(const SDL_Event& event) {
  switch (event.type) {
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP: {
      if (event.button.button != SDL_BUTTON_LEFT) return std::nullopt;
      const view::Point at{static_cast<float>(event.button.x), static_cast<float>(event.button.y)};
      return view::Input{event.type == SDL_MOUSEBUTTONDOWN ? Kind::down : Kind::up, at};
    }
    case SDL_KEYDOWN:
      return event.key.repeat != 0 ? std::nullopt : key_input(event.key);
    default:
      return std::nullopt;
  }
}

}  // namespace

struct Window::State {
  SDL_Window* window{};
  Uint32 wake_event{};
  bool present_all{true};

  ~State() {
    if (window != nullptr) SDL_DestroyWindow(window);
    SDL_Quit();
  }

  void handle(const SDL_Event& event, Kiosk& kiosk, Inbox& inbox) {
    if (const auto input = input_of(event)) kiosk.input(*input);
    if (event.type == SDL_QUIT) inbox.post(Stop{});
    if (event.type != SDL_WINDOWEVENT) return;
    switch (event.window.event) {
      case SDL_WINDOWEVENT_SIZE_CHANGED:
        kiosk.resize({event.window.data1, event.window.data2});
        present_all = true;
        break;
      case SDL_WINDOWEVENT_EXPOSED:
        present_all = true;
        break;
      case SDL_WINDOWEVENT_LEAVE:
        kiosk.input({Kind::leave});
        break;
      default:
        break;
    }
  }

  void present(const raster::Raster& raster, const std::vector<raster::Rect>& changed) {
    std::vector<SDL_Rect> rects;
    for (const raster::Rect& rect : changed) rects.push_back({rect.x0, rect.y0, rect.x1 - rect.x0, rect.y1 - rect.y0});
    if (present_all) rects.assign(1, {0, 0, raster.width(), raster.height()});
    if (rects.empty()) return;
    SDL_Surface* surface = SDL_GetWindowSurface(window);
    if (surface == nullptr) return;  // minimised or gone; the next expose draws it
    SDL_Surface* picture =
        SDL_CreateRGBSurfaceWithFormatFrom(const_cast<std::uint32_t*>(raster.pixels().data()), raster.width(),
                                           raster.height(), 32, raster.width() * 4, SDL_PIXELFORMAT_ABGR8888);
    if (picture == nullptr) return;
    SDL_SetSurfaceBlendMode(picture, SDL_BLENDMODE_NONE);
    for (const SDL_Rect& rect : rects) {
      SDL_Rect from = rect;
      SDL_Rect to = rect;
      SDL_BlitSurface(picture, &from, surface, &to);
    }
    SDL_FreeSurface(picture);
    present_all = SDL_UpdateWindowSurfaceRects(window, rects.data(), static_cast<int>(rects.size())) != 0;
  }
};

Window::Window(std::unique_ptr<State> state) : state_{std::move(state)} {}
Window::~Window() = default;

base::Result<std::unique_ptr<Window>> Window::open(const WindowSettings& settings) {
  // Without this SDL shows window surfaces through OpenGL, which in software costs 20 times the copy.
  SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
  SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "0");
  if (SDL_Init(SDL_INIT_VIDEO) != 0) return absent("open display");
  auto state = std::make_unique<State>();
  state->wake_event = SDL_RegisterEvents(1);
  const view::SizePx size = fitting(settings);
  const int place = static_cast<int>(SDL_WINDOWPOS_CENTERED_DISPLAY(static_cast<unsigned>(settings.display)));
  const Uint32 flags = settings.fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP : SDL_WINDOW_RESIZABLE;
  state->window = SDL_CreateWindow(settings.title.c_str(), place, place, size.width, size.height, flags);
  if (state->window == nullptr) return absent("open window");
  if (settings.fullscreen) SDL_ShowCursor(SDL_DISABLE);
  return std::unique_ptr<Window>{new Window{std::move(state)}};
}

view::SizePx Window::size() const {
  view::SizePx size;
  SDL_GetWindowSize(state_->window, &size.width, &size.height);
  return size;
}

void Window::wake() const {
  SDL_Event event{};
  event.type = state_->wake_event;
  SDL_PushEvent(&event);
}

void Window::run(Kiosk& kiosk, Inbox& inbox, const base::Clock& clock) {
  while (!kiosk.stopped()) {
    const std::int64_t now_ms = clock.monotonic_ms();
    const std::int64_t wait_ms = kiosk.next_draw_ms().value_or(now_ms + idle_wait_ms) - now_ms;
    SDL_Event event{};
    if (SDL_WaitEventTimeout(&event, static_cast<int>(std::clamp<std::int64_t>(wait_ms, 0, idle_wait_ms))) != 0) {
      do state_->handle(event, kiosk, inbox);
      while (SDL_PollEvent(&event) != 0);
    }
    while (auto news = inbox.take()) kiosk.handle(std::move(*news), clock.monotonic_ms());
    state_->present(kiosk.raster(), kiosk.draw(clock.monotonic_ms()));
  }
}

}  // namespace millpond::screen
