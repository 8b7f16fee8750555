// SPDX-License-Identifier: Apache-2.0
// Hands as SDL tells of them, on a display that may stand on its side.
#include "kiosk/screen/window_input.h"

#include <SDL.h>
#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace millpond;
using namespace millpond::screen;
using Kind = view::Input::Kind;

namespace {

constexpr view::SizePx window{800, 400};
constexpr Turn turns[] = {Turn::none, Turn::right, Turn::over, Turn::left};

SDL_Event finger(std::uint32_t type, SDL_FingerID id, float x, float y) {
  SDL_Event event{};
  event.type = type;
  event.tfinger.type = type;
  event.tfinger.touchId = 1;
  event.tfinger.fingerId = id;
  event.tfinger.x = x;
  event.tfinger.y = y;
  return event;
}

SDL_Event mouse(std::uint32_t type, int x, int y, std::uint8_t button = SDL_BUTTON_LEFT, std::uint32_t which = 0) {
  SDL_Event event{};
  event.type = type;
  event.button.button = button;
  event.button.which = which;
  event.button.x = x;
  event.button.y = y;
  return event;
}

}  // namespace

TEST_CASE("One finger presses at a time, wherever it is lifted; a second one is nobody's") {
  WindowInput input{Turn::none};
  struct Row {
    SDL_Event event;
    std::optional<Kind> kind;
    view::Point at{};
  };
  const std::vector<Row> table{
      {finger(SDL_FINGERUP, 7, 0.5F, 0.5F), {}},  // it came down before the window was there
      {finger(SDL_FINGERDOWN, 7, 0.5F, 0.5F), Kind::down, {400, 200}},
      {finger(SDL_FINGERDOWN, 8, 0.1F, 0.1F), {}},
      {finger(SDL_FINGERMOTION, 8, 0.2F, 0.1F), {}},
      {finger(SDL_FINGERMOTION, 7, 0.25F, 0.5F), Kind::move, {200, 200}},
      {finger(SDL_FINGERUP, 8, 0.1F, 0.1F), {}},
      {mouse(SDL_MOUSEBUTTONDOWN, 200, 200, SDL_BUTTON_LEFT, SDL_TOUCH_MOUSEID), {}},  // what SDL makes of a touch
      {finger(SDL_FINGERUP, 7, 1.5F, -0.5F), Kind::up, {1200, -200}},
      {finger(SDL_FINGERDOWN, 8, 0.0F, 0.0F), Kind::down, {0, 0}},
      {finger(SDL_FINGERUP, 8, 0.0F, 0.0F), Kind::up, {0, 0}},
      {mouse(SDL_MOUSEBUTTONDOWN, 10, 20), Kind::down, {10, 20}},
      {mouse(SDL_MOUSEBUTTONUP, 10, 20), Kind::up, {10, 20}},
      {mouse(SDL_MOUSEBUTTONDOWN, 10, 20, SDL_BUTTON_RIGHT), {}},
  };
  for (const Row& row : table) {
    INFO("row " << &row - table.data());
    const auto made = input.of(row.event, window);
    REQUIRE(made.has_value() == row.kind.has_value());
    if (!made) continue;
    CHECK(made->kind == *row.kind);
    CHECK(made->at_px == row.at);
  }
}

TEST_CASE("A turned picture has its corners where the display has them, and a press finds what lies under it") {
  struct Row {
    Turn turn;
    view::Point corner;  // of the window, at the picture's upper left
  };
  for (const Row& row :
       {Row{Turn::none, {0, 0}}, Row{Turn::right, {800, 0}}, Row{Turn::over, {800, 400}}, Row{Turn::left, {0, 400}}}) {
    INFO("turn " << static_cast<int>(row.turn));
    CHECK(in_picture(row.corner, window, row.turn) == view::Point{0, 0});
  }
  for (const Turn turn : turns) {
    INFO("turn " << static_cast<int>(turn));
    const auto picture = turned(window, turn);
    CHECK(turned(picture, turn) == window);
    CHECK(in_window({0, 0, picture.width, picture.height}, window, turn) ==
          raster::Rect{0, 0, window.width, window.height});
    for (const auto& [x, y] : {std::pair{0, 0}, {3, 5}, {picture.width - 1, picture.height - 1}, {100, 1}}) {
      const auto pixel = in_window({x, y, x + 1, y + 1}, window, turn);
      CHECK(pixel.x1 - pixel.x0 == 1);
      CHECK(pixel.y1 - pixel.y0 == 1);
      const view::Point center{static_cast<float>(pixel.x0) + 0.5F, static_cast<float>(pixel.y0) + 0.5F};
      CHECK(in_picture(center, window, turn) ==
            view::Point{static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F});
    }
  }
}
