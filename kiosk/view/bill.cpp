// SPDX-License-Identifier: Apache-2.0
// The bill on the customer's side of the till: what is rung up, which coupons take what, and what there is to pay.
#include "kiosk/view/screens.h"

#include <algorithm>

namespace millpond::view {
namespace {

constexpr float gap = 28;
constexpr float row_most = 76;
constexpr float total_height = 236;
constexpr float coupon_height = 128;

void draw_line(Kit& kit, const Box& at, const flow::BillLine& line) {
  const Theme& theme = kit.theme();
  kit.text(at.left(at.width() * 0.56F), line.what, {.size = 36, .color = theme.ink});
  kit.text(at.without_left(at.width() * 0.57F).left(at.width() * 0.14F), line.quantity,
           {.size = 34, .color = theme.ink_soft, .across = Side::end});
  kit.text(at.right(at.width() * 0.27F), line.amount, {.size = 36, .color = theme.ink, .across = Side::end});
}

void draw_sum(Kit& kit, const Box& at, const flow::Figure& sum) {
  const Color ink = kit.theme().tone(sum.tone).ink;
  kit.text(at.left(at.width() * 0.6F), sum.label, {.size = 36, .color = ink});
  kit.text(at.right(at.width() * 0.38F), sum.value,
           {.face = Face::bold, .size = 38, .color = ink, .across = Side::end});
}

std::size_t rows_of(const flow::BillView& view) {
  return view.lines.size() + (view.more.empty() ? 0U : 1U) + view.sums.size();
}

float lines_height(const flow::BillView& view) {
  return 40 + static_cast<float>(rows_of(view)) * row_most + (view.lines.empty() ? 0 : 28);
}

void draw_lines(Kit& kit, const Box& box, const flow::BillView& view) {
  kit.card(box, 40, 0.8F);
  const Box inner = box.inset(44, 20);
  const float between = view.lines.empty() ? 0 : 28;
  const float row = std::min(row_most, (inner.height() - between) / static_cast<float>(rows_of(view)));
  float top = inner.y0;
  const auto next = [&] {
    const Box at{inner.x0, top, inner.x1, top + row};
    top += row;
    return at;
  };
  for (const flow::BillLine& line : view.lines) draw_line(kit, next(), line);
  if (!view.more.empty()) kit.text(next(), view.more, {.size = 34, .color = kit.theme().ink_soft});
  if (between > 0) {
    kit.canvas().fill({inner.x0, top + 12, inner.x1, top + 15}, kit.theme().line);
    top += between;
  }
  for (const flow::Figure& sum : view.sums) draw_sum(kit, next(), sum);
}

void draw_total(Kit& kit, const Box& box, const flow::BillView& view) {
  const Theme& theme = kit.theme();
  kit.canvas().shadow(box, 44, 36, with_alpha(theme.brand_dark, 0.36F), 14);
  kit.canvas().fill(box, Paint::diagonal(box, theme.member_dark, theme.member_light), 44);
  if (theme.edge >> 24 != 0) kit.canvas().outline(box, theme.edge, 44, 2);
  const Box inner = box.inset(48, 34);
  const Box sums = inner.top(104);
  kit.text(sums.left(sums.width() * 0.34F), view.total.label, {.size = 42, .color = theme.on_member_soft});
  kit.text(sums.without_left(sums.width() * 0.36F), view.total.value,
           {.face = Face::display, .size = 104, .color = theme.on_member, .across = Side::end, .size_min = 44});
  const Box please = inner.without_top(112);
  kit.icon({please.x0 + 24, please.center().y}, 44, flow::Icon::cart, theme.gold_light);
  kit.text(please.without_left(64), view.please, {.face = Face::bold, .size = 38, .color = theme.on_member});
}

void draw_coupon(Kit& kit, const Box& box, const flow::DeskCoupon& coupon) {
  const Theme& theme = kit.theme();
  const ToneColors& brand = theme.tone(flow::Tone::brand);
  kit.canvas().fill(box, coupon.taken ? brand.soft : theme.card, 30);
  kit.canvas().outline(box, coupon.taken ? brand.ink : theme.line, 30, coupon.taken ? 3.0F : 2.0F);
  kit.icon({box.x0 + 62, box.center().y}, 54, coupon.taken ? flow::Icon::check : flow::Icon::ticket,
           coupon.taken ? brand.on_soft : theme.ink_soft);
  const Box words = Box{box.x0 + 116, box.y0 + 14, box.x1 - 32, box.y1 - 14};
  const Color ink = coupon.taken ? brand.on_soft : theme.ink;
  kit.text(words.top(48), coupon.coupon.value + "  " + coupon.coupon.condition,
           {.face = Face::bold, .size = 36, .color = ink});
  kit.text(words.without_top(50), coupon.says, {.size = 32, .color = coupon.taken ? ink : theme.ink_soft});
}

// As many as there is room for; the first are the ones that count.
void draw_coupons(Kit& kit, const Box& box, const flow::BillView& view) {
  constexpr float step = coupon_height + 18;
  float used = 0;
  for (const flow::DeskCoupon& coupon : view.coupons) {
    if (used + coupon_height > box.height()) return;
    draw_coupon(kit, Box{box.x0, box.y0 + used, box.x1, box.y0 + used + coupon_height}, coupon);
    used += step;
  }
}

float way_height(const flow::BillView& view) { return view.start ? 64 + 20 + 132 : 104; }

void draw_way(Kit& kit, const Box& box, const flow::BillView& view) {
  const Theme& theme = kit.theme();
  const TextStyle note{.size = 34, .color = theme.ink_soft, .across = Side::middle, .lines_max = 2};
  if (view.start) {
    kit.text(box.top(64), view.note, note);
    kit.button(box.bottom(132), *view.start, ButtonLook::primary, 44);
    return;
  }
  const ToneColors& tone = theme.tone(flow::Tone::positive);
  kit.canvas().fill(box, tone.soft, 30);
  kit.icon({box.x0 + 62, box.center().y}, 50, flow::Icon::star, tone.on_soft);
  kit.text({box.x0 + 116, box.y0, box.x1 - 32, box.y1}, view.note, {.size = 34, .color = tone.on_soft, .lines_max = 2});
}

}  // namespace

void draw_screen(Kit& kit, const Page& page, const flow::BillView& view) {
  const Box content = draw_title(kit, page.content, view.title, nullptr, Ground::paper);
  const float way = way_height(view);
  if (page.wide) {
    const Box left = content.column(0, 2, 48);
    const Box right = content.column(1, 2, 48);
    draw_lines(kit, left.top(std::min(lines_height(view), left.height())), view);
    draw_total(kit, right.top(total_height), view);
    draw_coupons(kit, right.without_top(total_height + gap).without_bottom(way + gap), view);
    return draw_way(kit, right.bottom(way), view);
  }
  const Box lines = content.top(std::min(lines_height(view), content.height() * 0.48F));
  draw_lines(kit, lines, view);
  const Box rest = content.without_top(lines.height() + gap);
  draw_total(kit, rest.top(total_height), view);
  draw_coupons(kit, rest.without_top(total_height + gap).without_bottom(way + gap), view);
  draw_way(kit, rest.bottom(way), view);
}

}  // namespace millpond::view
