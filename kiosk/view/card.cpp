// SPDX-License-Identifier: Apache-2.0
// The member's card: points, tier, the code to show at the till, and coupons by nearest expiry.
#include "kiosk/view/screens.h"

#include <algorithm>

namespace millpond::view {
namespace {

constexpr std::int64_t fill_bar_ms = 700;
constexpr std::int64_t bar_frame_ms = 33;

float settled_share(Kit& kit, std::int64_t lasts_ms) {
  const float share = std::clamp(static_cast<float>(kit.screen_age_ms()) / static_cast<float>(lasts_ms), 0.0F, 1.0F);
  if (share < 1) kit.again_in(bar_frame_ms);
  const float rest = 1 - share;
  return 1 - rest * rest * rest;
}

void draw_tier(Kit& kit, const Box& box, const flow::CardView& view) {
  const Theme& theme = kit.theme();
  if (view.progress_label.empty()) return;
  kit.text(box.top(46), view.progress_label, {.size = 30, .color = theme.on_member_soft});
  const Box bar = box.without_top(58).top(22);
  kit.progress(bar, view.progress * static_cast<double>(settled_share(kit, fill_bar_ms)),
               Paint::across(bar, theme.gold_light, theme.gold), with_alpha(theme.on_member, 0.22F));
  kit.text(box.without_top(90).top(44), view.progress_detail,
           {.size = 28, .color = theme.on_member_soft, .across = Side::end});
}

void draw_member(Kit& kit, const Box& box, const flow::CardView& view) {
  const Theme& theme = kit.theme();
  kit.canvas().shadow(box, 48, 44, with_alpha(theme.brand_dark, 0.42F), 20);
  kit.canvas().fill(box, Paint::diagonal(box, theme.member_dark, theme.member_light), 48);
  if (theme.edge >> 24 != 0) kit.canvas().outline(box, theme.edge, 48, 2);
  // Clear of the round corners, so that the card's own straight edges end them.
  kit.canvas().clipped(box, [&] {
    kit.canvas().disc({box.x1 - 320, box.y0 - 20}, 250, rgb(0xFFFFFF, 11));
    kit.canvas().disc({box.x1 - 240, box.y1 + 20}, 180, rgb(0xFFFFFF, 10));
  });
  const Box inner = box.inset(48, 40);
  const Point portrait{inner.x0 + 58, inner.y0 + 58};
  kit.canvas().disc(portrait, 58, theme.portrait);
  kit.text(Box::around(portrait, 100, 90), view.initial,
           {.face = Face::bold, .size = 54, .color = theme.on_portrait, .across = Side::middle});
  const Box head = inner.top(116).without_left(148);
  const float tier_width = view.tier.empty()
                               ? 0
                               : kit.pill(head.without_left(head.width() * 0.45F).top(92).inset(0, 17), view.tier,
                                          flow::Icon::star, theme.gold_light, theme.on_gold, 30);
  const Box names = head.without_right(tier_width > 0 ? tier_width + 24 : 0);
  kit.text(names.top(64), view.name, {.face = Face::bold, .size = 50, .color = theme.on_member});
  kit.text(names.without_top(66).top(44), view.number, {.size = 30, .color = theme.on_member_soft});

  const Box lower = inner.without_top(146);
  const Box points = lower.left(lower.width() * 0.47F);
  kit.text(points.top(44), view.points_label, {.size = 32, .color = theme.on_member_soft});
  kit.text(points.without_top(48).top(116), view.points,
           {.face = Face::display, .size = 108, .color = theme.on_member});
  kit.text(points.without_top(168).top(42), view.as_of, {.size = 28, .color = theme.on_member_soft});
  draw_tier(kit, lower.right(lower.width() * 0.48F).without_top(44), view);
}

void draw_code(Kit& kit, const Box& box, const flow::CardView& view) {
  const Theme& theme = kit.theme();
  kit.card(box, 48);
  const float side = std::min(box.height() - 32, box.width() * 0.52F);
  kit.qr(Box::around({box.x0 + 24 + side / 2, box.center().y}, side, side), view.code);
  const Box words{box.x0 + side + 52, box.y0 + 44, box.x1 - 44, box.y1 - 40};
  kit.text(words.top(60), view.code_title, {.face = Face::bold, .size = 42, .color = theme.ink, .lines_max = 1});
  const Box print = words.bottom(108);
  Box lines{words.x0, words.y0 + 76, words.x1, print.y0 - 20};
  for (const std::string& line : view.code_lines) {
    const TextStyle style{.size = 31, .color = theme.ink_soft, .lines_max = 3};
    const float height = std::min(kit.type().height(lines.width(), line, style), lines.height());
    if (height < style.size_min) break;
    kit.text(lines.top(height), line, style);
    lines = lines.without_top(height + 16);
  }
  kit.button(print, view.print, ButtonLook::soft, 36);
}

// As many as fit, nearest expiry first; a button leads to all of them.
void draw_coupons(Kit& kit, const Box& box, const flow::CardView& view, int columns) {
  const Theme& theme = kit.theme();
  const float head = view.all_coupons ? 92 : 56;
  const TextStyle label{.face = Face::bold, .size = 34};
  const float all = view.all_coupons ? kit.type().width(view.all_coupons->label, label) + 124 : 0;
  kit.text(box.top(head).without_right(all), view.coupons_title, {.face = Face::bold, .size = 40, .color = theme.ink});
  if (view.all_coupons) kit.button(box.top(head).right(all), *view.all_coupons, ButtonLook::soft, label.size);
  const Box list = box.without_top(head + 12);
  if (view.coupons.empty()) {
    const Box empty = list.top(std::min(list.height(), 150.0F));
    kit.canvas().fill(empty, theme.quiet, 30);
    kit.icon({empty.x0 + 72, empty.center().y}, 54, flow::Icon::ticket, theme.ink_soft);
    kit.text({empty.x0 + 128, empty.y0, empty.x1 - 32, empty.y1}, view.no_coupons,
             {.size = 32, .color = theme.ink_soft, .lines_max = 2});
    return;
  }
  constexpr float gap = 18;
  constexpr float row_height_least = 206;
  const int rows = std::max(1, static_cast<int>((list.height() + gap) / (row_height_least + gap)));
  const float row_height =
      std::min(list.height() / static_cast<float>(rows) - gap * static_cast<float>(rows - 1), 248.0F);
  const auto count = static_cast<int>(view.coupons.size());
  const int shown = std::min(count, rows * columns);
  for (int i = 0; i < shown; ++i) {
    const Box row = list.top(row_height).moved(0, static_cast<float>(i / columns) * (row_height + gap));
    kit.coupon(row.column(i % columns, columns, gap), view.coupons[static_cast<std::size_t>(i)]);
  }
}

// Taking a consent back is as near as being done.
void draw_way_on(Kit& kit, const Box& row, const flow::CardView& view) {
  constexpr float gap = 24;
  const float width = view.consents ? row.width() * 0.4F : 0;
  if (view.consents) kit.button(row.left(width), *view.consents, ButtonLook::soft, 36);
  kit.button(view.consents ? row.without_left(width + gap) : row, view.done, ButtonLook::primary, 44);
}

}  // namespace

void draw_screen(Kit& kit, const Page& page, const flow::CardView& view) {
  if (page.wide) {
    // Without the headline, which the card itself repeats: landscape has no height for it.
    const Box content = page.content.without_top(12);
    const Box left = content.column(0, 2, 56);
    const Box right = content.column(1, 2, 56);
    draw_member(kit, left.top(440), view);
    draw_coupons(kit, left.without_top(472), view, 2);
    draw_code(kit, right.top(490), view);
    draw_way_on(kit, right.bottom(128), view);
    return;
  }
  const Box content = draw_title(kit, page.content, view.title, nullptr, Ground::paper);
  const Box done = content.bottom(120);
  const Box above = content.without_bottom(120 + 24);
  const Box member = above.top(430);
  draw_member(kit, member, view);
  const Box code = above.without_top(430 + 28).top(std::min(500.0F, above.height() - 430 - 28 - 28 - 300));
  draw_code(kit, code, view);
  draw_coupons(kit, Box{above.x0, code.y1 + 28, above.x1, above.y1}, view, 2);
  draw_way_on(kit, done, view);
}

}  // namespace millpond::view
