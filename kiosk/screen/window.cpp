// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/window.h"

#include "kiosk/screen/window_input.h"

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

}  // namespace

struct Window::State {
  explicit State(Turn turn_of_display) : turn{turn_of_display}, input{turn_of_display} {}

  const Turn turn;
  WindowInput input;
  std::vector<std::uint32_t> tile;  // turned
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

  [[nodiscard]] view::SizePx size() const {
    view::SizePx size;
    SDL_GetWindowSize(window, &size.width, &size.height);
    return size;
  }

  void handle(const SDL_Event& event, Kiosk& kiosk, Inbox& inbox) {
    if (const auto made = input.of(event, size())) kiosk.input(*made);
    if (event.type == SDL_QUIT) inbox.post(Stop{});
    if (event.type != SDL_WINDOWEVENT) return;
    switch (event.window.event) {
      case SDL_WINDOWEVENT_SIZE_CHANGED:
        kiosk.resize(turned({event.window.data1, event.window.data2}, turn));
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

  // Pixel by pixel to where it lies on a display on its side.
  const std::uint32_t* turn_tile(const raster::Rect& rect, const raster::Rect& to, view::SizePx of,
                                 const std::uint32_t* from, std::size_t stride) {
    const int width = to.x1 - to.x0;
    tile.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(to.y1 - to.y0));
    for (int y = rect.y0; y < rect.y1; ++y, from += stride) {
      for (int x = rect.x0; x < rect.x1; ++x) {
        const auto at = in_window({x, y, x + 1, y + 1}, of, turn);
        tile[static_cast<std::size_t>(at.y0 - to.y0) * static_cast<std::size_t>(width) +
             static_cast<std::size_t>(at.x0 - to.x0)] = from[x - rect.x0];
      }
    }
    return tile.data();
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
  SDL_SetHint(SDL_HINT_TOUCH_MOUSE_EVENTS, "0");  // fingers are read as fingers
  if (SDL_Init(SDL_INIT_VIDEO) != 0) return absent("open display");
  if (settings.display < 0 || settings.display >= SDL_GetNumVideoDisplays()) {
    SDL_SetError("display %d is not there; there are %d, from 0", settings.display, SDL_GetNumVideoDisplays());
    auto error = absent("open display");
    SDL_Quit();
    return error;
  }
  auto state = std::make_unique<State>(settings.turn);
  state->wake_event = SDL_RegisterEvents(1);
  const view::SizePx size = turned(fitting(settings), settings.turn);
  const int place = static_cast<int>(SDL_WINDOWPOS_CENTERED_DISPLAY(static_cast<unsigned>(settings.display)));
  const Uint32 flags = settings.fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP : SDL_WINDOW_RESIZABLE;
  state->window = SDL_CreateWindow(settings.title.c_str(), place, place, size.width, size.height, flags);
  if (state->window == nullptr) return absent("open window");
  if (settings.fullscreen) SDL_ShowCursor(SDL_DISABLE);
  return std::unique_ptr<Window>{new Window{std::move(state)}};
}

view::SizePx Window::size() const { return turned(state_->size(), state_->turn); }

void Window::wake() const {
  SDL_Event event{};
  event.type = state_->wake_event;
  SDL_PushEvent(&event);
}

void Window::paint(const raster::Rect& rect, const std::uint32_t* pixels, std::size_t stride) {
  SDL_Surface* const surface = state_->surface;
  if (surface == nullptr) return;
  const view::SizePx window{surface->w, surface->h};
  const auto to = in_window(rect, window, state_->turn);
  if (to.x0 < 0 || to.y0 < 0 || to.x1 > window.width || to.y1 > window.height) return;  // of a size that is no more
  if (state_->turn != Turn::none) {
    pixels = state_->turn_tile(rect, to, window, pixels, stride);
    stride = static_cast<std::size_t>(to.x1 - to.x0);
  }
  auto* const at = static_cast<std::uint8_t*>(surface->pixels) + std::ptrdiff_t{to.y0} * surface->pitch +
                   std::ptrdiff_t{to.x0} * surface->format->BytesPerPixel;
  SDL_ConvertPixels(to.x1 - to.x0, to.y1 - to.y0, SDL_PIXELFORMAT_ABGR8888, pixels,
                    static_cast<int>(stride * sizeof *pixels), surface->format->format, at, surface->pitch);
  state_->painted.push_back({to.x0, to.y0, to.x1 - to.x0, to.y1 - to.y0});
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
