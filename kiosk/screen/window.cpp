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
  SDL_Surface* surface{};  // nothing: there is none now
  const void* pixels{};    // of that surface
  std::vector<SDL_Rect> painted;
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

  // The surface is SDL's and another one after the window's size has changed; what was painted is gone with it.
  void take_surface(Kiosk& kiosk) {
    SDL_Surface* const now = SDL_GetWindowSurface(window);
    if (now != nullptr && (now != surface || now->pixels != pixels)) kiosk.paint_everything();
    surface = now;
    pixels = now == nullptr ? nullptr : now->pixels;
  }

  void present() {
    if (surface == nullptr) return;  // minimised or gone; the next one is painted whole
    if (present_all) painted.assign(1, {0, 0, surface->w, surface->h});
    if (painted.empty()) return;
    present_all = SDL_UpdateWindowSurfaceRects(window, painted.data(), static_cast<int>(painted.size())) != 0;
    painted.clear();
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

void Window::paint(const raster::Rect& rect, const std::uint32_t* pixels, std::size_t stride) {
  SDL_Surface* const surface = state_->surface;
  const SDL_Rect to{rect.x0, rect.y0, rect.x1 - rect.x0, rect.y1 - rect.y0};
  const bool fits = surface != nullptr && rect.x1 <= surface->w && rect.y1 <= surface->h;
  if (!fits) return;  // of a size that is no more: another one is painted next
  auto* const at = static_cast<std::uint8_t*>(surface->pixels) + std::ptrdiff_t{to.y} * surface->pitch +
                   std::ptrdiff_t{to.x} * surface->format->BytesPerPixel;
  SDL_ConvertPixels(to.w, to.h, SDL_PIXELFORMAT_ABGR8888, pixels, static_cast<int>(stride * sizeof *pixels),
                    surface->format->format, at, surface->pitch);
  state_->painted.push_back(to);
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
    state_->take_surface(kiosk);
    kiosk.draw(clock.monotonic_ms());
    state_->present();
  }
}

}  // namespace millpond::screen
