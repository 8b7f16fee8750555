// SPDX-License-Identifier: Apache-2.0
#include "tests/screens/shots.h"

#include <map>
#include <memory>

namespace millpond::tests {

const std::vector<Dress>& dresses() {
  using flow::Appearance;
  static const std::vector<Dress> all{{"light", view::Tint::light, Appearance::standard},
                                      {"dark", view::Tint::dark, Appearance::standard},
                                      {"large", view::Tint::light, Appearance::large_text},
                                      {"contrast", view::Tint::light, Appearance::high_contrast}};
  return all;
}

std::string locale_name(flow::Locale locale) { return locale == flow::Locale::zh_cn ? "zh-CN" : "en"; }

namespace {

Display lying() { return {{960, 600}, {1280, 800}, 96.8}; }

}  // namespace

Display display_of(const flow::ViewModel& view) {
  const bool desk =
      std::holds_alternative<flow::DeskView>(view.screen) || std::holds_alternative<flow::ReportView>(view.screen);
  if (desk) return lying();
  return {{540, 960}, {1080, 1920}, 102.5};
}

std::vector<Display> displays_of(const flow::ViewModel& view) {
  std::vector<Display> all{display_of(view)};
  if (all.front().golden.width < all.front().golden.height) all.push_back(lying());
  return all;
}

std::vector<SampleView> all_samples(flow::Locale locale) {
  auto samples = sample_views(locale);
  for (auto& desk : sample_desk_views(locale)) samples.push_back(std::move(desk));
  return samples;
}

void for_every_shot(const std::function<void(const Shot&, Stage&)>& draw) {
  for (const Dress& dress : dresses()) {
    for (const flow::Locale locale : both_locales) {
      auto samples = all_samples(locale);
      std::map<int, std::unique_ptr<Stage>> stages;  // by width: a stage has one size
      for (SampleView& sample : samples) {
        sample.view.appearance = dress.appearance;
        const auto displays = displays_of(sample.view);
        for (std::size_t i = 0; i < displays.size(); ++i) {
          auto& stage = stages[displays[i].golden.width];
          if (!stage) stage = std::make_unique<Stage>(displays[i].golden, dress.theme());
          const auto shape = i == 0 ? "" : "-wide";
          draw({sample.name + shape + "." + locale_name(locale) + "." + dress.name, sample, locale, dress, displays[i]},
               *stage);
        }
      }
    }
  }
}

}  // namespace millpond::tests
