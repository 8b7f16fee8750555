// SPDX-License-Identifier: Apache-2.0
// View: draws a ViewModel with Dear ImGui's draw lists and tells what was tapped. It decides how things look and never
// what they say; it holds no model and reads no clock. Not a renderer (raster) and not a window (screen). One View per
// window, one thread; a View owns its Dear ImGui context.
#pragma once

#include "kiosk/flow/view_model.h"
#include "kiosk/view/fonts.h"
#include "kiosk/view/scratch.h"
#include "kiosk/view/theme.h"
#include "kiosk/view/typesetter.h"

#include <array>
#include <memory>
#include <vector>

struct ImDrawData;

namespace millpond::view {

struct SizePx {
  int width{};
  int height{};
  friend bool operator==(const SizePx&, const SizePx&) = default;
};

// How a shop wants its screens: three themes, by what the person in front of them asks for, and its own sign.
struct Look {
  std::array<Theme, 3> themes;  // by flow::Appearance
  std::uint64_t logo{};         // a texture of the renderer's, beside the brand's name; 0: the cup
  float logo_ratio{1};          // width by height

  // standard: light or dark.
  [[nodiscard]] static Look of(const Theme& standard);
};

class View {
 public:
  // The fonts outlive the View.
  View(const Fonts& fonts, Look look);
  ~View();
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  // Takes scratch.inputs and draws one frame. Returns the targets that were tapped, in order; they belong to the
  // screen drawn before this call. A few milliseconds.
  [[nodiscard]] std::vector<flow::Target> draw(const flow::ViewModel& model, Scratch& scratch, SizePx size,
                                               std::int64_t now_ms);
  // An empty page in the theme's colour: between a session's end and the next ViewModel.
  void draw_blank(Scratch& scratch, SizePx size);

  // The frame drawn last, for the renderer; valid until the next draw.
  [[nodiscard]] ImDrawData* draw_data() const;

  // Pixels of a design unit in the frame drawn last.
  [[nodiscard]] float scale() const;
  // Where every text went: for tests.
  [[nodiscard]] TextWatch& text_watch();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millpond::view
