// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/illustration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace millpond::view {
namespace {

constexpr std::int64_t breeze_period_ms = 150'000;
constexpr std::int64_t breeze_lasts_ms = 2'400;
constexpr float full_turn = std::numbers::pi_v<float> * 2;

void draw_cap(Canvas& canvas, Point center, float width, float height, const LanternColors& colors) {
  const Box box = Box::around(center, width, height);
  canvas.fill(box, Paint::across(box, colors.metal_dark, colors.metal), height * 0.35F);
  canvas.fill(box.inset(width * 0.08F, height * 0.36F).moved(0, -height * 0.12F), colors.shine, height * 0.12F);
}

// The lit paper: meridians from pole to pole, bright in the middle and red at the rim.
void draw_paper(Canvas& canvas, Point center, Point radii, const LanternColors& colors) {
  const auto at = [&](float u, float v) {
    const float latitude = (v - 0.5F) * std::numbers::pi_v<float>;
    return Point{center.x + radii.x * (2 * u - 1) * std::cos(latitude), center.y + radii.y * std::sin(latitude)};
  };
  const auto color = [&](float u, float) {
    const float out = std::fabs(2 * u - 1);
    if (out < 0.45F) return mix(colors.heart, colors.middle, out / 0.45F);
    if (out < 0.85F) return mix(colors.middle, colors.edge, (out - 0.45F) / 0.40F);
    return mix(colors.edge, colors.rim, (out - 0.85F) / 0.15F);
  };
  canvas.sheet(20, 24, at, color);
  canvas.ellipse_outline(center, radii, colors.rim, radii.x * 0.022F);  // softens the hard edge of the sheet
}

// Two tea leaves that share a stem.
void draw_leaves(Canvas& canvas, Point center, float size, Color color) {
  constexpr int steps = 18;
  for (const float side : {-1.0F, 1.0F}) {
    std::vector<Point> leaf;
    for (int i = 0; i <= 2 * steps; ++i) {
      const float along = static_cast<float>(i <= steps ? i : 2 * steps - i) / static_cast<float>(steps);
      const float belly = std::sin(along * std::numbers::pi_v<float>) * 0.24F * (i <= steps ? 1.0F : -1.0F);
      const float lean = side * 0.62F;
      const float out = along * std::sin(lean) + belly * std::cos(lean);
      const float up = along * std::cos(lean) - belly * std::sin(lean);
      leaf.push_back({center.x + out * size, center.y + size * 0.42F - up * size});
    }
    leaf.pop_back();
    // Soft edges need corners that go round clockwise; the mirrored leaf goes the other way.
    if (side > 0) std::reverse(leaf.begin(), leaf.end());
    canvas.polygon(leaf, color);
  }
  canvas.line({center.x, center.y + size * 0.74F}, {center.x, center.y + size * 0.38F}, color, size * 0.07F);
}

void draw_tassel(Canvas& canvas, Point top, float size, const LanternColors& colors) {
  canvas.line(top, {top.x, top.y + size * 0.24F}, colors.metal, size * 0.03F);
  canvas.disc({top.x, top.y + size * 0.28F}, size * 0.07F, colors.metal);
  const Box head = Box::around({top.x, top.y + size * 0.38F}, size * 0.16F, size * 0.13F);
  canvas.fill(head, colors.emblem, size * 0.04F);
  for (int i = -3; i <= 3; ++i) {
    const auto offset = static_cast<float>(i);
    const float length = size * (0.92F - 0.03F * offset * offset);
    canvas.line({top.x + offset * size * 0.022F, top.y + size * 0.42F},
                {top.x + offset * size * 0.042F, top.y + length}, i % 2 == 0 ? colors.tassel : colors.tassel_light,
                size * 0.026F);
  }
}

std::vector<Point> wave(const Box& box, float level, float height, float length, float phase) {
  constexpr int steps = 60;
  std::vector<Point> curve;
  for (int i = 0; i <= steps; ++i) {
    const float x = box.x0 + box.width() * static_cast<float>(i) / static_cast<float>(steps);
    curve.push_back({x, level + height * std::sin((x - box.x0) / length + phase)});
  }
  return curve;
}

}  // namespace

void draw_lantern(Kit& kit, Point hung_at, float string_length, float size, float swing) {
  Canvas& canvas = kit.canvas();
  const LanternColors& colors = kit.theme().lantern;
  const Point radii{size, size * 0.80F};
  const float cap_height = size * 0.17F;
  const Point center{hung_at.x, hung_at.y + string_length + cap_height + radii.y};
  // The light stays where it is: a glow that swings would redraw half the screen.
  canvas.glow(center, size * 2.3F, with_alpha(kit.theme().hero_glow, 0.50F));
  canvas.rotated(swing, hung_at, [&] {
    canvas.line(hung_at, {center.x, center.y - radii.y}, with_alpha(colors.metal, 0.85F), size * 0.03F);
    draw_tassel(canvas, {center.x, center.y + radii.y + cap_height * 0.5F}, size * 0.72F, colors);
    draw_paper(canvas, center, radii, colors);
    for (const float share : {0.88F, 0.66F, 0.36F}) {
      canvas.ellipse_outline(center, {radii.x * share, radii.y * 0.985F}, colors.rib, size * 0.014F);
    }
    draw_leaves(canvas, {center.x, center.y - size * 0.02F}, size * 0.50F, colors.emblem);
    draw_cap(canvas, {center.x, center.y - radii.y}, size * 0.74F, cap_height, colors);
    draw_cap(canvas, {center.x, center.y + radii.y}, size * 0.66F, cap_height * 0.85F, colors);
  });
}

void draw_evening(Kit& kit, const Box& box, bool shore) {
  Canvas& canvas = kit.canvas();
  const Theme& theme = kit.theme();
  canvas.fill(box, Paint::down(box, theme.hero_top, theme.hero_bottom));
  canvas.clipped(box, [&] {
    canvas.disc({box.x1 - 110, box.y0 + 150}, 350, rgb(0xFFFFFF, 13));
    canvas.disc({box.x0 + 60, box.y1 - 60}, 300, rgb(0xFFFFFF, 11));
    canvas.glow({box.x1 - box.width() * 0.24F, box.y0 + box.height() * 0.52F}, box.width() * 0.52F,
                with_alpha(theme.hero_glow, 0.22F));
    if (!shore) return;
    canvas.below(wave(box, box.y1 - 92, 20, 210, 0.4F), box.y1, theme.wave_far);
    canvas.below(wave(box, box.y1 - 58, 18, 170, 2.6F), box.y1, theme.wave_near);
    canvas.below(wave(box, box.y1 - 24, 14, 230, 4.6F), box.y1, theme.paper);
  });
}

void draw_confetti(Kit& kit, Point center, float radius, float progress) {
  constexpr int pieces = 44;
  const std::array<Color, 5>& colors = kit.theme().confetti;
  for (int i = 0; i < pieces; ++i) {
    // The golden angle spreads any number of pieces evenly; three primes make sizes and colours look unordered.
    const float angle = static_cast<float>(i) * 2.39996F;
    const float far = 0.50F + 0.50F * static_cast<float>(i * 37 % 101) / 101;
    const float reach = radius * far * (1 - std::pow(1 - progress, 3.0F));
    // Wide rather than high, and least of all below, where the words are.
    const float down = std::sin(angle);
    const Point at{center.x + std::cos(angle) * reach * 1.30F, center.y + down * reach * (down > 0 ? 0.34F : 0.56F)};
    const float size = 9 + static_cast<float>(i * 53 % 13);
    const Color color = with_alpha(colors[static_cast<std::size_t>(i) % colors.size()], std::min(1.0F, progress * 3));
    if (i % 4 == 0) {
      kit.canvas().disc(at, size * 0.5F, color);
      continue;
    }
    const float turn = angle * 3 + progress * 4;
    const Point along{std::cos(turn) * size, std::sin(turn) * size};
    const Point beside{-along.y * 0.42F, along.x * 0.42F};
    const std::array<Point, 4> corners{{{at.x - along.x - beside.x, at.y - along.y - beside.y},
                                        {at.x + along.x - beside.x, at.y + along.y - beside.y},
                                        {at.x + along.x + beside.x, at.y + along.y + beside.y},
                                        {at.x - along.x + beside.x, at.y - along.y + beside.y}}};
    kit.canvas().polygon(corners, color);
  }
}

bool breeze_is_first(std::int64_t age_ms) { return age_ms < breeze_lasts_ms; }

bool breeze_blows(std::int64_t age_ms) { return age_ms % breeze_period_ms < breeze_lasts_ms; }

std::int64_t breeze_returns_in_ms(std::int64_t age_ms) { return breeze_period_ms - age_ms % breeze_period_ms; }

float breeze(std::int64_t age_ms, float phase) {
  if (!breeze_blows(age_ms)) return 0;
  const float share = static_cast<float>(age_ms % breeze_period_ms) / static_cast<float>(breeze_lasts_ms);
  const float strength = std::sin(share * std::numbers::pi_v<float>);  // begins and ends at rest
  return 0.075F * strength * std::sin(share * full_turn * 1.5F + phase);
}

}  // namespace millpond::view
