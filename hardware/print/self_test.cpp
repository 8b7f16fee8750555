// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/self_test.h"

#include "hardware/print/text_layout.h"

namespace millpond::print {
namespace {

constexpr int line_dots = 2;
constexpr int tick_mm_dots = 14;
constexpr int tick_5_mm_dots = 24;
constexpr int tick_10_mm_dots = 36;
constexpr int figure_px = 20;
constexpr int bar_dots = 40;

void put_below(Bitmap& page, const Bitmap& part) {
  const int top = page.height;
  page.grow_to(top + part.height);
  for (int y = 0; y < part.height; ++y) {
    for (int x = 0; x < part.width; ++x) {
      if (part.get(x, y)) page.set(x, top + y, true);
    }
  }
}

// From the first dot of the line to the last whole millimetre, figures every centimetre.
void put_ruler(Bitmap& page, Fonts& fonts) {
  const int top = page.height + 12;
  const int length_mm = ruler_mm(page.width);
  page.fill({0, top, length_mm * dots_per_mm + line_dots, line_dots}, true);
  const TextStyle style{figure_px};
  for (int mm = 0; mm <= length_mm; ++mm) {
    const int tick = mm % 10 == 0 ? tick_10_mm_dots : mm % 5 == 0 ? tick_5_mm_dots : tick_mm_dots;
    page.fill({mm * dots_per_mm, top, line_dots, tick}, true);
    if (mm % 10 != 0 || mm == 0) continue;
    const auto figure = lay_out(fonts, style, std::to_string(mm), page.width).front();
    const int left = mm * dots_per_mm - figure.width / 2;
    if (left + figure.width <= page.width) draw_line(page, figure, style, left, top + tick_10_mm_dots, true);
  }
  page.grow_to(top + tick_10_mm_dots + line_height(style) + 8);
}

}  // namespace

base::Result<Bitmap> draw_self_test(const SelfTestPage& page, const RasterOptions& options) {
  MILLPOND_TRY(auto to, rasterize(page.above, options));
  auto paths = options.fonts ? base::Result<FontPaths>{*options.fonts} : find_fonts();
  if (!paths) return paths.error();
  MILLPOND_TRY(auto fonts, Fonts::open(*paths));
  const auto caption = [&](const std::string& text) {
    return rasterize({{ports::Text{text, ports::Align::left, ports::TextSize::small}}}, options);
  };
  put_ruler(to, fonts);
  MILLPOND_TRY(const auto ruler_words, caption(page.ruler_caption));
  put_below(to, ruler_words);
  to.fill({0, to.height + 10, to.width, bar_dots}, true);
  to.grow_to(to.height + 6);
  MILLPOND_TRY(const auto bar_words, caption(page.bar_caption));
  put_below(to, bar_words);
  MILLPOND_TRY(const auto rest, rasterize(page.below, options));
  put_below(to, rest);
  return to;
}

}  // namespace millpond::print
