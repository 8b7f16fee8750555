// SPDX-License-Identifier: Apache-2.0
// Theme: every colour on the screen, by what it means. Screens name meanings and never numbers, so a second theme is a
// second value. text_pairs() lists what is written on what; a test holds all of them to 4.5:1. Pure values.
#pragma once

#include "kiosk/flow/view_model.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace millpond::view {

using Color = std::uint32_t;  // ABGR, as Dear ImGui packs it

// rgb(0xC8321E): as designers write it.
[[nodiscard]] constexpr Color rgb(std::uint32_t hex, std::uint32_t alpha = 255) {
  return alpha << 24 | (hex & 0xFFU) << 16 | (hex & 0xFF00U) | (hex >> 16 & 0xFFU);
}
[[nodiscard]] constexpr Color with_alpha(Color color, float alpha) {
  const float scaled = static_cast<float>(color >> 24) * alpha + 0.5F;
  return (color & 0x00FFFFFFU) | static_cast<Color>(scaled) << 24;
}
// From first (0) to second (1), alpha included.
[[nodiscard]] Color mix(Color first, Color second, float amount);

struct ToneColors {
  Color ink;      // writing and icons on card and paper
  Color soft;     // a tinted ground
  Color on_soft;  // writing on it
  Color line;     // its outline
};

struct Theme {
  Color paper, card, ink, ink_soft, line;
  Color disabled, on_disabled;
  Color brand_light, brand, brand_dark, on_brand;  // primary buttons run from light to brand
  Color gold_light, gold, on_gold;                 // the one button to press first
  Color hero_top, hero_bottom, on_hero, on_hero_soft, hero_glow;
  Color member_dark, member_light, on_member, on_member_soft;  // the member card's gradient
  Color night, night_soft, on_night, on_night_soft;            // behind the camera
  Color toast, on_toast;
  Color shadow;
  Color camera_tint;
  Color qr_dark, qr_light;
  std::array<ToneColors, 5> tones;  // by flow::Tone

  [[nodiscard]] const ToneColors& tone(flow::Tone which) const { return tones[static_cast<std::size_t>(which)]; }
};

// Warm red, cream and gold.
[[nodiscard]] const Theme& tea_house();

struct TextPair {
  std::string_view what;
  Color text;
  Color ground;
};
[[nodiscard]] std::vector<TextPair> text_pairs(const Theme& theme);

// Contrast ratio by WCAG 2, 1 to 21; both colours opaque.
[[nodiscard]] double contrast(Color first, Color second);

}  // namespace millpond::view
