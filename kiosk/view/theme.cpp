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
  theme.on_hero_soft = rgb(0xFFF1E6);
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
  theme.shadow = rgb(0x46230A);
  theme.camera_tint = rgb(0xFFF3E4);
  theme.qr_dark = rgb(0x1E1B18);
  theme.qr_light = rgb(0xFFFFFF);
  theme.tones = {{
      {rgb(0x3A5068), rgb(0xEAF0F6), rgb(0x2C4158), rgb(0xC9D6E3)},  // neutral
      {rgb(0xC0301C), rgb(0xFBEDE6), rgb(0xB02A17), rgb(0xF1CDBD)},  // brand
      {rgb(0x0B7A5F), rgb(0xE2F4EE), rgb(0x07604A), rgb(0xABDACB)},  // positive
      {rgb(0x8A5A00), rgb(0xFFF1CF), rgb(0x744B00), rgb(0xE9C46A)},  // warning
      {rgb(0xB3261E), rgb(0xFCE8E6), rgb(0x98160F), rgb(0xEFB4AE)},  // negative
  }};
  return theme;
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

const Theme& tea_house() {
  static const Theme theme = make_tea_house();
  return theme;
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
