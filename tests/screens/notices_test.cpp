// SPDX-License-Identifier: Apache-2.0
// Nobody agrees to words that are not all on the screen: the notices of the demo shop and the demo chain, and the
// longest that a programme may have, on every display, in both languages and every size of letters.
#include "tests/screens/shots.h"
#include "tests/support/sample_shop.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using namespace millpond::tests;

namespace {

constexpr std::size_t notice_bytes_max = 20'000;  // of sync/model/programme.cpp

flow::Model joining(const model::Programme& programme) {
  flow::Model model;
  model.programme = programme;
  model.line_known = true;  // and offline: the banner takes room
  model.queued = 1234;
  model.phone = "13800138000";
  model.utc_offset_min = 480;
  model.place = flow::Place::age;
  return model;
}

std::string filled(const std::string& words, std::size_t bytes) {
  std::string all;
  while (all.size() + words.size() <= bytes) all += words;
  return all;
}

model::Programme longest() {
  auto programme = sample_programme();
  const auto fill = [](model::LocalizedText& notice) {
    notice.zh_cn = filled(notice.zh_cn, notice_bytes_max);
    notice.en = filled(notice.en + " ", notice_bytes_max);
  };
  fill(programme.membership_notice);
  fill(programme.marketing_notice);
  return programme;
}

// Beside each other, as much as may stand there.
model::Programme just_beside(std::size_t first, std::size_t second) {
  auto programme = sample_programme();
  const auto cut = [](model::LocalizedText& notice, std::size_t weight) {
    notice.en = (notice.en + " " + notice.en + " " + notice.en).substr(0, weight);
    notice.zh_cn = (notice.zh_cn + notice.zh_cn + notice.zh_cn + notice.zh_cn).substr(0, weight / 2 * 3);
  };
  cut(programme.membership_notice, first);
  cut(programme.marketing_notice, second);
  return programme;
}

// Everything that is drawn stands there whole, and what the model offers can be pressed.
void check_whole(Stage& stage, const flow::ViewModel& view) {
  stage.draw_only(view);
  for (const auto& text : stage.view().text_watch().texts) {
    INFO(text.text);
    CHECK_FALSE(text.shortened);
  }
  const auto& targets = stage.scratch().targets;
  for (const auto wanted : flow::offered_targets(view)) {
    const auto found = std::ranges::find(targets, wanted, &view::PlacedTarget::target);
    INFO(flow::target_name(wanted));
    CHECK((found != targets.end() && found->enabled));
  }
}

}  // namespace

TEST_CASE("every notice that somebody agrees to was on the screen to its last word") {
  const model::Programme programmes[] = {sample_programme(),    sample_chain(),        longest(),
                                         just_beside(430, 430), just_beside(640, 220), just_beside(220, 640),
                                         just_beside(800, 60)};
  for (const view::SizePx size : {portrait, small_portrait, landscape, view::SizePx{1920, 1080}}) {
    for (const auto appearance :
         {flow::Appearance::standard, flow::Appearance::large_text, flow::Appearance::high_contrast}) {
      for (const auto locale : both_locales) {
        Stage stage{size};
        for (const auto& programme : programmes) {
          auto model = joining(programme);
          model.locale = locale;
          model.appearance = appearance;
          INFO(size.width << "x" << size.height << " " << static_cast<int>(appearance) << " " << locale_name(locale)
                          << " " << programme.membership_notice.en.size());
          REQUIRE(flow::update(model, flow::Tapped{flow::Target::age_enough}, 1).empty());
          const auto show = [&] { return flow::present(model, 1, sample_wall_ms); };
          for (int pages = 0; model.reading; ++pages) {
            REQUIRE(pages < 120);
            const auto view = show();
            check_whole(stage, view);
            const auto onward = std::get<flow::TextView>(view.screen).onward.target;
            REQUIRE(flow::update(model, flow::Tapped{onward}, 1).empty());
          }
          check_whole(stage, show());
          static_cast<void>(flow::update(model, flow::Tapped{flow::Target::consent_membership}, 1));
          check_whole(stage, show());
        }
      }
    }
  }
}

TEST_CASE("a notice that a window has no room for cannot be ticked there") {
  for (const view::SizePx size : {portrait, landscape}) {
    Stage stage{size};
    auto view = sample_view("consent", flow::Locale::en);
    auto& consent = std::get<flow::ConsentView>(view.screen);
    consent.choices.front().detail = filled("Far more than there is room for. ", 6'000);
    stage.draw_only(view);
    for (const auto& target : stage.scratch().targets) {
      INFO(flow::target_name(target.target));
      const bool agrees = target.target == flow::Target::consent_membership ||
                          target.target == flow::Target::consent_marketing || target.target == flow::Target::submit;
      CHECK(target.enabled != agrees);
    }
    auto page = sample_view("consent-long", flow::Locale::en);
    std::get<flow::TextView>(page.screen).blocks.front().text = consent.choices.front().detail;
    stage.draw_only(page);
    const auto& targets = stage.scratch().targets;
    const auto next = std::ranges::find(targets, flow::Target::page_next, &view::PlacedTarget::target);
    REQUIRE(next != targets.end());
    CHECK_FALSE(next->enabled);
  }
}
