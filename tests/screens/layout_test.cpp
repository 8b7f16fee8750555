// SPDX-License-Identifier: Apache-2.0
// Every sample screen in both languages on three shapes of display: does everything fit, and can it be pressed.
#include "tests/screens/shots.h"

#include "kiosk/flow/scan_tip.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <set>

using namespace millpond;
using namespace millpond::tests;
using view::Box;

namespace {

struct Layout {
  std::string name;
  flow::ViewModel model;
  std::vector<view::SetText> texts;
  std::vector<view::PlacedTarget> targets;
  Box page;
};

std::vector<view::SizePx> sizes_of(const flow::ViewModel& view) {
  if (display_of(view).real.width == landscape.width) return {landscape, {1920, 1080}};
  return {portrait, small_portrait, landscape};
}

// Every screen as it was laid out, measured once for all tests.
const std::vector<Layout>& layouts() {
  static const std::vector<Layout> all = [] {
    std::vector<Layout> laid;
    for (const flow::Appearance appearance : {flow::Appearance::standard, flow::Appearance::large_text}) {
      for (const flow::Locale locale : both_locales) {
        std::map<int, std::unique_ptr<Stage>> stages;  // by width
        for (SampleView& sample : all_samples(locale)) {
          sample.view.appearance = appearance;
          for (const view::SizePx size : sizes_of(sample.view)) {
            auto& stage = stages[size.width];
            if (!stage) stage = std::make_unique<Stage>(size);
            stage->draw_only(sample.view);
            const float scale = stage->view().scale();
            laid.push_back(
                {sample.name + " " + locale_name(locale) + " " + std::to_string(size.width) + "x" +
                     std::to_string(size.height) + (appearance == flow::Appearance::standard ? "" : " large"),
                 sample.view, stage->view().text_watch().texts, stage->scratch().targets,
                 Box{0, 0, static_cast<float>(size.width) / scale, static_cast<float>(size.height) / scale}});
          }
        }
      }
    }
    return laid;
  }();
  return all;
}

void for_every_screen(const std::function<void(const Layout&)>& check) {
  for (const Layout& layout : layouts()) {
    INFO(layout.name);
    check(layout);
  }
}

// Glyphs are a little lower than their line; lines that only touch do not overlap to the eye.
Box visible(const Box& box) { return box.inset(1, box.height() * 0.12F); }

bool within(const Box& inner, const Box& outer) {
  constexpr float rounding = 1.6F;  // two pixels of rounding at the smallest scale
  return inner.x0 >= outer.x0 - rounding && inner.x1 <= outer.x1 + rounding && inner.y0 >= outer.y0 - rounding &&
         inner.y1 <= outer.y1 + rounding;
}

}  // namespace

TEST_CASE("no text leaves its box, is cut or leaves the page") {
  for_every_screen([](const Layout& layout) {
    REQUIRE_FALSE(layout.texts.empty());
    for (const view::SetText& text : layout.texts) {
      INFO(text.text << "  allowed " << text.allowed.width() << "x" << text.allowed.height() << "  used "
                     << text.used.width() << "x" << text.used.height() << " at " << text.used.x0 << ","
                     << text.used.y0);
      CHECK(within(text.used, text.allowed));
      CHECK_FALSE(text.shortened);
      CHECK(within(text.used, layout.page));
    }
  });
}

TEST_CASE("a tip stands where the hint was, whole, on every display") {
  using flow::ScanTip;
  for (const flow::Appearance appearance :
       {flow::Appearance::standard, flow::Appearance::large_text, flow::Appearance::high_contrast}) {
    for (const flow::Locale locale : both_locales) {
      auto view = sample_view("scan", locale);
      view.appearance = appearance;
      const auto hint = std::get<flow::ScanView>(view.screen).hint;
      for (const view::SizePx size : sizes_of(view)) {
        Stage stage{size};
        for (const auto tip :
             {ScanTip::closer, ScanTip::further, ScanTip::brighter, ScanTip::turn, ScanTip::hold_still}) {
          const auto sentence = flow::scan_tip(tip, locale);
          INFO(sentence << " " << size.width);
          REQUIRE_FALSE(sentence.empty());
          stage.scratch().camera.tip = sentence;
          stage.draw_only(view);
          const auto& texts = stage.view().text_watch().texts;
          const auto set = std::find_if(texts.begin(), texts.end(),
                                        [&](const view::SetText& text) { return text.text == sentence; });
          REQUIRE(set != texts.end());
          CHECK_FALSE(set->shortened);
          CHECK(within(set->used, set->allowed));
          CHECK(std::none_of(texts.begin(), texts.end(), [&](const auto& text) { return text.text == hint; }));
        }
      }
    }
  }
  CHECK(flow::scan_tip(ScanTip::none, flow::Locale::en).empty());
}

TEST_CASE("no text lies on another") {
  for_every_screen([](const Layout& layout) {
    for (std::size_t i = 0; i < layout.texts.size(); ++i) {
      for (std::size_t k = i + 1; k < layout.texts.size(); ++k) {
        const view::SetText& upper = layout.texts[k];
        // While a countdown has the strip, a toast may cover the banner for its few seconds.
        if (layout.model.toast && upper.text == layout.model.toast->text) continue;
        INFO(layout.texts[i].text << " and " << upper.text);
        CHECK_FALSE(visible(layout.texts[i].used).overlaps(visible(upper.used)));
      }
    }
  });
}

TEST_CASE("everything that can be pressed is large enough, inside the page and apart") {
  for_every_screen([](const Layout& layout) {
    REQUIRE_FALSE(layout.targets.empty());
    for (const view::PlacedTarget& target : layout.targets) {
      INFO(flow::target_name(target.target) << " " << target.box.width() << "x" << target.box.height());
      CHECK(target.box.width() >= 88);
      CHECK(target.box.height() >= 88);
      CHECK(within(target.box, layout.page));
      CHECK_FALSE(target.label.empty());
      for (const view::PlacedTarget& other : layout.targets) {
        if (&other != &target) CHECK_FALSE(target.box.overlaps(other.box));
      }
    }
  });
}

TEST_CASE("a screen offers exactly what its ViewModel offers") {
  for_every_screen([](const Layout& layout) {
    std::set<flow::Target> drawn;
    for (const view::PlacedTarget& target : layout.targets) {
      if (target.enabled) drawn.insert(target.target);
    }
    const auto offered = flow::offered_targets(layout.model);
    CHECK(drawn == std::set<flow::Target>{offered.begin(), offered.end()});
  });
}

TEST_CASE("the offline banner with its queue is on every screen that has one") {
  for_every_screen([](const Layout& layout) {
    if (!layout.model.chrome.banner) return;
    const bool shown = std::any_of(layout.texts.begin(), layout.texts.end(), [&](const view::SetText& text) {
      return text.text == layout.model.chrome.banner->text;
    });
    CHECK(shown);
  });
}

TEST_CASE("a toast covers no button") {
  for_every_screen([](const Layout& layout) {
    if (!layout.model.toast) return;
    const auto toast = std::find_if(layout.texts.begin(), layout.texts.end(),
                                    [&](const view::SetText& text) { return text.text == layout.model.toast->text; });
    REQUIRE(toast != layout.texts.end());
    constexpr float around_words = 116;  // the toast's icon and padding
    const Box whole = toast->used.inset(-around_words, -20);
    for (const view::PlacedTarget& target : layout.targets) CHECK_FALSE(whole.overlaps(target.box));
  });
}

TEST_CASE("what is agreed to has labels of one size, side by side as well") {
  constexpr float label_size = 42;
  for (const view::SizePx size : {portrait, landscape}) {
    for (const auto locale : {flow::Locale::zh_cn, flow::Locale::en}) {
      for (const auto* const name : {"my-consents", "age", "age-alone", "consent"}) {
        INFO(name << " " << size.width << " " << static_cast<int>(locale));
        Stage stage{size};
        const auto model = sample_view(name, locale);
        stage.show(model);
        const auto& texts = stage.view().text_watch().texts;
        for (const auto& choice : std::get<flow::ConsentView>(model.screen).choices) {
          const auto label = std::ranges::find(texts, choice.label, &view::SetText::text);
          REQUIRE(label != texts.end());
          CHECK(label->size >= std::floor(label_size * stage.view().scale()));
        }
      }
    }
  }
}

TEST_CASE("a text that is far too long is shortened and still stays in its box") {
  for (const view::SizePx size : {portrait, landscape}) {
    Stage stage{size};
    auto model = sample_view("card-toast", flow::Locale::zh_cn);
    std::string long_text;
    for (int i = 0; i < 60; ++i) long_text += "很长的名字和very long words ";
    model.chrome.brand = long_text;
    model.toast->text = long_text;
    auto& card = std::get<flow::CardView>(model.screen);
    card.name = long_text;
    card.tier = long_text;
    card.points = "999,999,999,999";
    card.code_lines = {long_text, long_text, long_text};
    card.coupons[0].value = long_text;
    stage.show(model);
    bool shortened = false;
    for (const view::SetText& text : stage.view().text_watch().texts) {
      INFO(text.text.substr(0, 60));
      CHECK(within(text.used, text.allowed));
      shortened = shortened || text.shortened;
    }
    CHECK(shortened);
  }
}

TEST_CASE("windows of any shape draw every screen without harm") {
  for (const view::SizePx size : {view::SizePx{200, 200}, {320, 1600}, {2000, 300}, {1920, 1080}, {1081, 1919}}) {
    Stage stage{size};
    for (const SampleView& sample : all_samples(flow::Locale::en)) {
      stage.draw_only(sample.view);
      CHECK_FALSE(stage.scratch().targets.empty());
    }
  }
}
