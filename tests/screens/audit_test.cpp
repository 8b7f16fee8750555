// SPDX-License-Identifier: Apache-2.0
// What everybody must be able to do on every screen, in every language and theme: read, hit, reach by keyboard.
#include "tests/screens/shots.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace millpond;
using namespace millpond::tests;

namespace {

constexpr double contrast_min = 4.5;  // WCAG 2, AA
constexpr double target_mm_min = 15;
constexpr double mm_per_inch = 25.4;

// The least contrast of a text with what lies under its letters.
double least_contrast(const view::SetText& text, const std::vector<std::uint32_t>& ground, view::SizePx size,
                      float scale) {
  const auto x0 = std::clamp(static_cast<int>(text.used.x0 * scale), 0, size.width - 1);
  const auto x1 = std::clamp(static_cast<int>(text.used.x1 * scale), x0 + 1, size.width);
  const auto y0 = std::clamp(static_cast<int>(text.used.y0 * scale), 0, size.height - 1);
  const auto y1 = std::clamp(static_cast<int>(text.used.y1 * scale), y0 + 1, size.height);
  std::set<std::uint32_t> colors;
  for (int y = y0; y < y1; ++y) {
    for (int x = x0; x < x1; ++x) colors.insert(ground[static_cast<std::size_t>(y * size.width + x)]);
  }
  double least = 21;
  for (const auto color : colors) {
    const auto ink =
        view::mix(color | 0xFF000000U, text.color | 0xFF000000U, static_cast<float>(text.color >> 24) / 255);
    least = std::min(least, view::contrast(ink, color | 0xFF000000U));
  }
  return least;
}

}  // namespace

TEST_CASE("every text of every screen can be read on what it lies on: 4.5 to 1") {
  for_every_shot([](const Shot& shot, Stage& stage) {
    stage.view().text_watch().hidden = true;
    stage.show(shot.sample.view);
    const auto ground = stage.pixels();
    const auto scale = stage.view().scale();
    const auto& texts = stage.view().text_watch().texts;
    const auto& toast = shot.sample.view.toast;
    const auto on_top =
        std::ranges::find_if(texts, [&](const auto& text) { return toast && text.text == toast->text; });
    for (const view::SetText& text : texts) {
      // A toast may lie on the banner for its few seconds.
      if (on_top != texts.end() && text.text != toast->text && text.used.overlaps(on_top->used.inset(-120, -40)))
        continue;
      const double least = least_contrast(text, ground, shot.display.golden, scale);
      INFO(shot.name << ": " << text.text << " has " << least);
      CHECK(least >= contrast_min);
    }
  });
}

TEST_CASE("every target is at least 15 mm wide and high on the display that the screen is made for") {
  for_every_shot([](const Shot& shot, Stage& stage) {
    stage.draw_only(shot.sample.view);
    const double real_per_golden =
        static_cast<double>(shot.display.real.width) / static_cast<double>(shot.display.golden.width);
    for (const view::PlacedTarget& target : stage.scratch().targets) {
      const double least_px = std::min(target.box_px.width(), target.box_px.height()) * real_per_golden;
      INFO(shot.name << ": " << flow::target_name(target.target));
      CHECK(least_px / shot.display.dpi * mm_per_inch >= target_mm_min);
      CHECK_FALSE(target.label.empty());
    }
  });
}

TEST_CASE("whoever has only a keyboard reaches and presses every target") {
  using Kind = view::Input::Kind;
  for_every_shot([](const Shot& shot, Stage& stage) {
    if (shot.dress.name != dresses().front().name) return;  // reach does not depend on colours
    INFO(shot.name);
    stage.draw_only(shot.sample.view);
    std::set<flow::Target> wanted;
    for (const auto& target : stage.scratch().targets) {
      if (target.enabled) wanted.insert(target.target);
    }
    std::set<flow::Target> pressed;
    for (std::size_t step = 0; step < wanted.size(); ++step) {
      stage.scratch().inputs = {{Kind::focus_next, {}, 0}, {Kind::activate, {}, 0}};
      for (const auto target : stage.draw_only(shot.sample.view)) pressed.insert(target);
      REQUIRE(stage.scratch().focused);
    }
    CHECK(pressed == wanted);
    stage.scratch().inputs = {{Kind::cancel, {}, 0}};
    const auto left = stage.draw_only(shot.sample.view);
    const bool has_way_out = wanted.contains(flow::Target::back) || wanted.contains(flow::Target::exit) ||
                             wanted.contains(flow::Target::clear);
    CHECK(left.empty() != has_way_out);
  });
}
