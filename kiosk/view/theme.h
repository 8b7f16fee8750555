// SPDX-License-Identifier: Apache-2.0
// Theme: every colour on the screen, by what it means. Screens name meanings and never numbers, so a second theme is a
// second value. text_pairs() lists what is written on what; a test holds all of them to 4.5:1, and a brand's own
// colours are made to hold it too. Pure values.
#pragma once

#include "kiosk/flow/view_model.h"

#include <array>
#include <cstdint>
#include <optional>
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

// Of the lanterns on the first screen: lit paper from the rim to the heart, ribs, caps, leaves and tassels.
struct LanternColors {
  Color rim, edge, middle, heart, rib;
  Color metal, metal_dark, shine;
  Color emblem, tassel, tassel_light;
};

struct Theme {
  Color paper, card, ink, ink_soft, line;
  Color disabled, on_disabled;
  Color brand_light, brand, brand_dark, on_brand;  // primary buttons run from light to brand
  Color gold_light, gold, on_gold;                 // the one button to press first
  Color hero_top, hero_bottom, on_hero, on_hero_soft, hero_glow;
  Color member_dark, member_light, on_member, on_member_soft;  // the member card's gradient
  Color night, night_soft, on_night, on_night_soft;            // behind the camera
  Color toast, on_toast, toast_good, toast_bad;
  Color offer_light, offer_warm, sheen;  // the campaign of the day, and the light on it
  Color quiet;                           // where something could be and is not
  Color sparkle;                         // icons on brand
  Color edge;  // around cards and buttons where shadows do not tell them apart; transparent where they do
  Color shadow;
  Color camera_tint;
  Color qr_dark, qr_light;
  Color portrait, on_portrait;  // the round initial on the member card
  LanternColors lantern;
  Color wave_far, wave_near;  // on the water below them
  std::array<Color, 5> confetti;
  std::array<ToneColors, 5> tones;  // by flow::Tone
  float text_scale{1};              // what is asked for; a text still stays in its box

  [[nodiscard]] const ToneColors& tone(flow::Tone which) const { return tones[static_cast<std::size_t>(which)]; }
};

enum class Tint : unsigned char { light, dark, contrast };

// Warm red, cream and gold; the same at night; yellow and white on black, at least 7:1.
[[nodiscard]] const Theme& theme_of(Tint tint);
[[nodiscard]] inline const Theme& tea_house() { return theme_of(Tint::light); }

// The same colours with larger letters.
[[nodiscard]] Theme with_large_text(const Theme& theme);
inline constexpr float large_text_scale = 1.25F;

// A brand's own colours. Whatever is derived from them keeps 4.5:1: first by the colour of the writing, then by making
// the ground darker; `corrected` is then what the primary colour became. Of high contrast nothing is changed.
struct Branded {
  Theme theme;
  std::optional<Color> corrected{};
};
[[nodiscard]] Branded with_brand(Tint tint, Color primary);
// How far a colour may be corrected and still be the brand's; beyond it is refused. 0 to 1 of the way to black or
// white.
inline constexpr float correction_max = 0.6F;
[[nodiscard]] bool is_recognisable(Color wanted, Color corrected);

struct TextPair {
  std::string_view what;
  Color text;
  Color ground;
};
[[nodiscard]] std::vector<TextPair> text_pairs(const Theme& theme);

// Contrast ratio by WCAG 2, 1 to 21; both colours opaque.
[[nodiscard]] double contrast(Color first, Color second);

}  // namespace millpond::view
