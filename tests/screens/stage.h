// SPDX-License-Identifier: Apache-2.0
// Stage: a View with a Raster behind it, for drawing ViewModels without a window.
#pragma once

#include "hardware/image/image.h"
#include "kiosk/raster/raster.h"
#include "kiosk/view/view.h"

#include <cstring>
#include <vector>

namespace millpond::tests {

inline const view::Fonts& shared_fonts() {
  static const view::Fonts fonts = view::Fonts::load().value();
  return fonts;
}

inline constexpr view::SizePx portrait{1080, 1920};
inline constexpr view::SizePx small_portrait{720, 1280};
inline constexpr view::SizePx landscape{1280, 800};

class Stage {
 public:
  explicit Stage(view::SizePx size, const view::Theme& theme = view::tea_house())
      : size_{size}, view_{shared_fonts(), view::Look::of(theme)}, raster_{size.width, size.height, 0} {
    scratch_.still = true;
    view_.text_watch().wanted = true;
  }

  std::vector<flow::Target> show(const flow::ViewModel& model, std::int64_t now_ms = 1000) {
    auto taps = view_.draw(model, scratch_, size_, now_ms);
    changed_ = raster_.draw(view_.draw_data());
    return taps;
  }

  // Between a session and the next.
  void blank() {
    view_.draw_blank(scratch_, size_);
    changed_ = raster_.draw(view_.draw_data());
  }

  // Without pixels.
  std::vector<flow::Target> draw_only(const flow::ViewModel& model) {
    auto taps = view_.draw(model, scratch_, size_, 1000);
    glyphs_only_.draw(view_.draw_data());
    return taps;
  }

  [[nodiscard]] view::View& view() { return view_; }
  [[nodiscard]] view::Scratch& scratch() { return scratch_; }
  [[nodiscard]] raster::Raster& raster() { return raster_; }
  [[nodiscard]] const std::vector<raster::Rect>& changed() const { return changed_; }
  [[nodiscard]] std::vector<std::uint32_t> pixels() const { return {raster_.pixels().begin(), raster_.pixels().end()}; }
  [[nodiscard]] image::RgbaImage image() const {
    image::RgbaImage image{size_.width, size_.height, std::vector<std::uint8_t>(raster_.pixels().size_bytes())};
    std::memcpy(image.pixels.data(), raster_.pixels().data(), image.pixels.size());
    return image;
  }

 private:
  view::SizePx size_;
  view::View view_;
  view::Scratch scratch_;
  raster::Raster raster_;
  raster::Raster glyphs_only_{1, 1, 0};  // takes the textures that Dear ImGui wants drawn from
  std::vector<raster::Rect> changed_;
};

}  // namespace millpond::tests
