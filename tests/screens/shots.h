// SPDX-License-Identifier: Apache-2.0
// Every picture that is compared, audited and shown in the gallery: each sample screen, in each language, in each
// theme, in the shape of its display. One list, so that a screen that is added is looked at by everything.
#pragma once

#include "tests/screens/stage.h"
#include "tests/support/sample_desk_views.h"

#include <functional>
#include <string>
#include <vector>

namespace millpond::tests {

struct Dress {
  std::string name;  // "light"
  view::Tint tint{};
  flow::Appearance appearance{};
  [[nodiscard]] const view::Theme& theme() const { return view::theme_of(tint); }
};
[[nodiscard]] const std::vector<Dress>& dresses();

// Customers' screens, then the cashier's.
[[nodiscard]] std::vector<SampleView> all_samples(flow::Locale locale);

inline constexpr flow::Locale both_locales[] = {flow::Locale::zh_cn, flow::Locale::en};
[[nodiscard]] std::string locale_name(flow::Locale locale);  // "zh-CN"

// How large a sample is drawn for the goldens, and on which display it stands. A customer's screen is 1080 x 1920 on
// 21.5 inches, a cashier's 1280 x 800 on 15.6.
struct Display {
  view::SizePx golden;
  view::SizePx real;
  double dpi{};
};
[[nodiscard]] Display display_of(const flow::ViewModel& view);
// That one first; a customer's screen beside a till lies, and its shots end in "-wide".
[[nodiscard]] std::vector<Display> displays_of(const flow::ViewModel& view);

struct Shot {
  std::string name;  // "card.zh-CN.light"
  const SampleView& sample;
  flow::Locale locale{};
  const Dress& dress;
  Display display;
};
// In the order of the gallery. `draw` is called with a stage of the golden size that shows nothing yet of the shot.
void for_every_shot(const std::function<void(const Shot&, Stage&)>& draw);

}  // namespace millpond::tests
