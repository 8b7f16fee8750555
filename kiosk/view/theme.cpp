// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/theme.h"

#include <algorithm>
#include <cmath>

namespace millpond::view {
namespace {

double luminance(Color color) {
  const auto linear = [](Color channel) {
    const double value = static_cast<double>(channel & 255) / 255;
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(color) + 0.7152 * linear(color >> 8) + 0.0722 * linear(color >> 16);
}

Theme make_tea_house() {
  Theme theme{};
  theme.paper = rgb(0xF6F2EC);
  theme.card = rgb(0xFFFFFF);
  theme.ink = rgb(0x1E1B18);
  theme.ink_soft = rgb(0x625B53);
  theme.line = rgb(0xE6DFD5);
  theme.disabled = rgb(0xE6DFD5);
  theme.on_disabled = rgb(0x625B53);
  theme.brand_light = rgb(0xD5432A);
  theme.brand = rgb(0xC8321E);
  theme.brand_dark = rgb(0x8E1A12);
  theme.on_brand = rgb(0xFFFFFF);
  theme.gold_light = rgb(0xFFE3A0);
  theme.gold = rgb(0xEDB54B);
  theme.on_gold = rgb(0x5A3205);
  theme.hero_top = rgb(0x8E1712);
  theme.hero_bottom = rgb(0xCB3A20);
  theme.on_hero = rgb(0xFFFFFF);
  theme.on_hero_soft = rgb(0xFFFAF5);
  theme.hero_glow = rgb(0xFFC873);
  theme.member_dark = rgb(0x3A1512);
  theme.member_light = rgb(0xA32A17);
  theme.on_member = rgb(0xFFFFFF);
  theme.on_member_soft = rgb(0xF9DDCF);
  theme.night = rgb(0x14110F);
  theme.night_soft = rgb(0x2A241F);
  theme.on_night = rgb(0xFFFFFF);
  theme.on_night_soft = rgb(0xD8CEC4);
  theme.toast = rgb(0x17332B);
  theme.on_toast = rgb(0xFFFFFF);
  theme.toast_good = rgb(0x86E0C4);
  theme.toast_bad = rgb(0xFFD98A);
  theme.offer_light = rgb(0xF9ECCB);
  theme.offer_warm = rgb(0xFDE5AA);
  theme.sheen = rgb(0xFFFFFF, 54);
  theme.quiet = rgb(0xECE6DE);
  theme.sparkle = rgb(0xFFE3A0);
  theme.edge = rgb(0x000000, 0);
  theme.portrait = rgb(0xFFE3A0);
  theme.on_portrait = rgb(0x7A2213);
  theme.shadow = rgb(0x46230A);
  theme.camera_tint = rgb(0xFFF3E4);
  theme.qr_dark = rgb(0x1E1B18);
  theme.qr_light = rgb(0xFFFFFF);
  theme.lantern = {rgb(0xE8552A), rgb(0xFF8A3D),      rgb(0xFFB25E), rgb(0xFFDDA0), rgb(0xB5391A, 110), rgb(0xF7C763),
                   rgb(0xC98A2B), rgb(0xFFF0C4, 150), rgb(0xA82312), rgb(0xD6452B), rgb(0xF0643A)};
  theme.wave_far = rgb(0x7A1710, 70);
  theme.wave_near = rgb(0x5E100B, 80);
  theme.confetti = {rgb(0xE8552A), rgb(0xF2B544), rgb(0x0B7A5F), rgb(0xF7D58A), rgb(0xC8321E)};
  theme.tones = {{
      {rgb(0x3A5068), rgb(0xEAF0F6), rgb(0x2C4158), rgb(0xC9D6E3)},  // neutral
      {rgb(0xC0301C), rgb(0xFBEDE6), rgb(0xB02A17), rgb(0xF1CDBD)},  // brand
      {rgb(0x0B7A5F), rgb(0xE2F4EE), rgb(0x07604A), rgb(0xABDACB)},  // positive
      {rgb(0x8A5A00), rgb(0xFFF1CF), rgb(0x744B00), rgb(0xE9C46A)},  // warning
      {rgb(0xB3261E), rgb(0xFCE8E6), rgb(0x98160F), rgb(0xEFB4AE)},  // negative
  }};
  return theme;
}

Theme make_night_house() {
  Theme theme = make_tea_house();
  theme.paper = rgb(0x17120F);
  theme.card = rgb(0x251D18);
  theme.ink = rgb(0xF7EFE6);
  theme.ink_soft = rgb(0xC6B9AB);
  theme.line = rgb(0x43382F);
  theme.disabled = rgb(0x3B312A);
  theme.on_disabled = rgb(0xC6B9AB);
  theme.hero_top = rgb(0x3A0F0C);
  theme.hero_bottom = rgb(0x8E2514);
  theme.member_dark = rgb(0x2A0F0D);
  theme.member_light = rgb(0x8E2414);
  theme.toast = rgb(0xEFE6DA);
  theme.on_toast = rgb(0x1E1B18);
  theme.toast_good = rgb(0x0B7A5F);
  theme.toast_bad = rgb(0x8A5A00);
  theme.shadow = rgb(0x000000);
  theme.offer_light = rgb(0x3A2C15);
  theme.offer_warm = rgb(0x4A3714);
  theme.sheen = rgb(0xFFE3A0, 10);
  theme.quiet = rgb(0x241D18);
  theme.edge = rgb(0x3A3028);
  theme.tones = {{
      {rgb(0xA9C1DA), rgb(0x1F2C3A), rgb(0xC6D9EC), rgb(0x3A5068)},  // neutral
      {rgb(0xFF9078), rgb(0x3E1E17), rgb(0xFFB9A6), rgb(0x74392B)},  // brand
      {rgb(0x63D3B3), rgb(0x12332A), rgb(0x8CE3C9), rgb(0x24604F)},  // positive
      {rgb(0xF2C062), rgb(0x3A2C0D), rgb(0xF7D48D), rgb(0x77591A)},  // warning
      {rgb(0xFF9A92), rgb(0x3F1A18), rgb(0xFFBDB8), rgb(0x7C3430)},  // negative
  }};
  return theme;
}

// Black ground, white words, yellow to press. Meaning is told by icons and words, so every tone may look the same.
Theme make_contrast_house() {
  Theme theme = make_tea_house();
  const Color black = rgb(0x000000);
  const Color white = rgb(0xFFFFFF);
  const Color yellow = rgb(0xFFD60A);
  theme.paper = theme.card = black;
  theme.ink = theme.ink_soft = white;
  theme.line = white;
  theme.disabled = rgb(0x2B2B2B);
  theme.on_disabled = white;
  theme.brand_light = theme.brand = yellow;
  theme.brand_dark = rgb(0x8A7300);
  theme.on_brand = black;
  theme.gold_light = theme.gold = yellow;
  theme.on_gold = black;
  theme.hero_top = theme.hero_bottom = black;
  theme.on_hero = theme.on_hero_soft = white;
  theme.hero_glow = rgb(0x6A5A10);
  theme.member_dark = theme.member_light = rgb(0x141414);
  theme.on_member = theme.on_member_soft = white;
  theme.night = theme.night_soft = black;
  theme.on_night = theme.on_night_soft = white;
  theme.toast = white;
  theme.on_toast = theme.toast_good = theme.toast_bad = black;
  theme.shadow = black;
  theme.offer_light = theme.offer_warm = theme.quiet = rgb(0x141414);
  theme.sheen = rgb(0x000000, 0);
  theme.sparkle = black;
  theme.edge = white;
  theme.lantern = {rgb(0x8A7300), rgb(0xC2A208), yellow, rgb(0xFFF3B0), rgb(0x000000, 110), white,
                   rgb(0x9A9A9A), white,         black,  yellow,        rgb(0xFFE766)};
  theme.wave_far = theme.wave_near = rgb(0x000000, 0);
  theme.confetti = {yellow, white, rgb(0x7CF5C8), rgb(0xFFE766), rgb(0xC2A208)};
  theme.portrait = yellow;
  theme.on_portrait = black;
  theme.tones = {{
      {white, rgb(0x141414), white, white},                          // neutral
      {yellow, rgb(0x141414), yellow, yellow},                       // brand
      {rgb(0x7CF5C8), rgb(0x002A1C), rgb(0xA8FFE0), rgb(0x7CF5C8)},  // positive
      {rgb(0xFFC94D), rgb(0x2B1F00), rgb(0xFFDD8A), rgb(0xFFC94D)},  // warning
      {rgb(0xFFA39B), rgb(0x330A07), rgb(0xFFC6C1), rgb(0xFFA39B)},  // negative
  }};
  return theme;
}

constexpr double contrast_min = 4.5;

// The nearest colour on the way to `end` that the words can be read on.
Color toward(Color from, Color end, const auto& holds) {
  constexpr int steps = 40;
  for (int step = 0; step < steps; ++step) {
    const Color tried = mix(from, end, static_cast<float>(step) / steps);
    if (holds(tried)) return tried;
  }
  return end;
}

}  // namespace

Color mix(Color first, Color second, float amount) {
  Color mixed = 0;
  for (int shift = 0; shift < 32; shift += 8) {
    const auto a = static_cast<float>(first >> shift & 255U);
    const auto b = static_cast<float>(second >> shift & 255U);
    mixed |= static_cast<Color>(a + (b - a) * amount + 0.5F) << shift;
  }
  return mixed;
}

const Theme& theme_of(Tint tint) {
  static const std::array<Theme, 3> themes{make_tea_house(), make_night_house(), make_contrast_house()};
  return themes[static_cast<std::size_t>(tint)];
}

Theme with_large_text(const Theme& theme) {
  Theme large = theme;
  large.text_scale = large_text_scale;
  return large;
}

Branded with_brand(Tint tint, Color primary) {
  Branded branded{theme_of(tint), {}};
  if (tint == Tint::contrast) return branded;
  Theme& theme = branded.theme;
  const Color white = rgb(0xFFFFFF);
  const Color black = rgb(0x000000);
  const Color dark_ink = rgb(0x1E1B18);
  const auto lighter = [&](Color color) { return mix(color, white, 0.08F); };
  // A light brand is written on in dark letters rather than darkened.
  const bool is_light = contrast(dark_ink, primary) > contrast(white, primary) * 1.6;
  theme.on_brand = is_light ? dark_ink : white;
  const auto carries = [&](Color color) {
    return contrast(theme.on_brand, color) >= contrast_min && contrast(theme.on_brand, lighter(color)) >= contrast_min;
  };
  const Color brand = toward(primary, is_light ? white : black, carries);
  if (brand != primary) branded.corrected = brand;
  theme.brand = brand;
  theme.brand_light = lighter(brand);
  theme.brand_dark = mix(brand, black, 0.35F);
  const auto under_white = [&](Color color) { return contrast(white, color) >= contrast_min * 1.15; };
  const Color deep = toward(mix(primary, black, 0.12F), black, under_white);
  theme.hero_bottom = tint == Tint::dark ? mix(deep, black, 0.3F) : deep;
  theme.hero_top = mix(deep, black, tint == Tint::dark ? 0.72F : 0.38F);
  theme.hero_glow = mix(primary, rgb(0xFFF0D0), 0.6F);
  theme.member_light = mix(deep, black, 0.2F);
  theme.member_dark = mix(deep, black, 0.7F);
  theme.on_hero_soft = mix(white, deep, 0.04F);
  theme.on_member_soft = mix(white, deep, 0.12F);
  theme.on_portrait = mix(deep, black, 0.3F);
  ToneColors& tone = theme.tones[static_cast<std::size_t>(flow::Tone::brand)];
  const Color end = tint == Tint::dark ? white : black;
  tone.soft = mix(theme.paper, primary, 0.10F);
  tone.line = mix(theme.paper, primary, 0.32F);
  tone.ink = toward(primary, end, [&](Color color) {
    return contrast(color, theme.card) >= contrast_min && contrast(color, theme.paper) >= contrast_min;
  });
  tone.on_soft = toward(tone.ink, end, [&](Color color) { return contrast(color, tone.soft) >= contrast_min; });
  // Lit from within, the brand's paper is nearer to the light than its own colour.
  auto& lantern = theme.lantern;
  lantern.rim = mix(theme.brand, white, 0.12F);
  lantern.edge = mix(theme.brand, theme.gold_light, 0.45F);
  lantern.middle = mix(theme.brand, theme.gold_light, 0.70F);
  lantern.heart = mix(theme.gold_light, white, 0.25F);
  lantern.rib = with_alpha(theme.brand_dark, 0.43F);
  lantern.emblem = theme.brand_dark;
  lantern.tassel = theme.brand;
  lantern.tassel_light = lantern.rim;
  theme.wave_far = with_alpha(mix(theme.hero_bottom, black, 0.45F), 0.27F);
  theme.wave_near = with_alpha(mix(theme.hero_bottom, black, 0.60F), 0.31F);
  theme.confetti = {lantern.rim, theme.gold, theme.tone(flow::Tone::positive).ink, theme.gold_light, theme.brand};
  return branded;
}

bool is_recognisable(Color wanted, Color corrected) {
  const auto distance = [](Color first, Color second) {
    float sum = 0;
    for (int shift = 0; shift < 24; shift += 8) {
      const float step =
          static_cast<float>(first >> shift & 255U) / 255 - static_cast<float>(second >> shift & 255U) / 255;
      sum += step * step;
    }
    return std::sqrt(sum / 3);
  };
  return distance(wanted, corrected) <= correction_max;
}

std::vector<TextPair> text_pairs(const Theme& theme) {
  std::vector<TextPair> pairs{
      {"ink on paper", theme.ink, theme.paper},
      {"ink on card", theme.ink, theme.card},
      {"soft ink on paper", theme.ink_soft, theme.paper},
      {"soft ink on card", theme.ink_soft, theme.card},
      {"disabled", theme.on_disabled, theme.disabled},
      {"brand button, light end", theme.on_brand, theme.brand_light},
      {"brand button, dark end", theme.on_brand, theme.brand},
      {"gold button, light end", theme.on_gold, theme.gold_light},
      {"gold button, dark end", theme.on_gold, theme.gold},
      {"hero, top", theme.on_hero, theme.hero_top},
      {"hero, bottom", theme.on_hero, theme.hero_bottom},
      {"hero lines, bottom", theme.on_hero_soft, theme.hero_bottom},
      {"member card, dark end", theme.on_member, theme.member_dark},
      {"member card, light end", theme.on_member, theme.member_light},
      {"member card lines, light end", theme.on_member_soft, theme.member_light},
      {"night", theme.on_night, theme.night_soft},
      {"night lines", theme.on_night_soft, theme.night_soft},
      {"toast", theme.on_toast, theme.toast},
      {"initial", theme.on_portrait, theme.portrait},
  };
  for (const ToneColors& tone : theme.tones) {
    pairs.push_back({"tone on card", tone.ink, theme.card});
    pairs.push_back({"tone on paper", tone.ink, theme.paper});
    pairs.push_back({"tone on its soft ground", tone.on_soft, tone.soft});
  }
  return pairs;
}

double contrast(Color first, Color second) {
  const double a = luminance(first);
  const double b = luminance(second);
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

}  // namespace millpond::view
