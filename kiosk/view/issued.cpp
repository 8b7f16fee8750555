// SPDX-License-Identifier: Apache-2.0
// What a payment earned: points, and a coupon as a ticket with its code. Also the welcome of a new member.
#include "kiosk/view/illustration.h"
#include "kiosk/view/screens.h"

#include <algorithm>
#include <cmath>

namespace millpond::view {
namespace {

constexpr std::int64_t celebrate_ms = 1400;
constexpr std::int64_t celebrate_frame_ms = 33;

void draw_celebration(Kit& kit, Point center, float radius, flow::Icon icon) {
  const Theme& theme = kit.theme();
  const float share =
      std::clamp(static_cast<float>(kit.screen_age_ms()) / static_cast<float>(celebrate_ms), 0.0F, 1.0F);
  if (share < 1) kit.again_in(celebrate_frame_ms);
  // The disc grows a little too far and comes back.
  const float rest = 1 - std::min(1.0F, share * 2.2F);
  const float size =
      radius * (1 - rest * rest * rest) * (1 + 0.10F * std::sin(std::min(1.0F, share * 2.2F) * 3.14159F));
  kit.canvas().glow(center, radius * 3.0F, with_alpha(theme.hero_glow, 0.55F));
  draw_confetti(kit, center, radius * 3.4F, share);
  kit.canvas().shadow(Box::around(center, size * 2, size * 2), size, 30, with_alpha(theme.brand, 0.40F), 12);
  const Box disc = Box::around(center, size * 2, size * 2);
  kit.canvas().fill(disc, Paint::down(disc, theme.brand_light, theme.brand_dark), size);
  kit.icon(center, size * 1.16F, icon, theme.sparkle);
}

void draw_words(Kit& kit, const Box& box, const flow::IssuedView& view) {
  const Theme& theme = kit.theme();
  kit.text(box.top(92), view.title,
           {.face = Face::display, .size = 68, .color = theme.ink, .across = Side::middle, .size_min = 40});
  kit.text(box.without_top(98).top(100), view.subtitle,
           {.size = 36, .color = theme.ink_soft, .across = Side::middle, .lines_max = 2});
}

void draw_points(Kit& kit, const Box& box, const flow::IssuedView& view) {
  if (view.points.empty()) return;
  const Theme& theme = kit.theme();
  kit.card(box, 40, 0.8F);
  const Box inner = box.inset(52, 14);
  const Box number = inner.left(inner.width() * 0.42F);
  kit.text(number, view.points, {.face = Face::display, .size = 104, .color = theme.tone(flow::Tone::brand).ink});
  const Box words = inner.without_left(number.width() + 24);
  if (view.balance.empty()) {
    kit.text(words, view.points_label, {.face = Face::bold, .size = 38, .color = theme.ink, .across = Side::end});
    return;
  }
  kit.text(words.row(0, 2, 0).inset(0, 6), view.points_label,
           {.face = Face::bold, .size = 38, .color = theme.ink, .across = Side::end, .down = Side::end});
  kit.text(words.row(1, 2, 0).inset(0, 6), view.balance,
           {.size = 32, .color = theme.ink_soft, .across = Side::end, .down = Side::start});
}

// A warm evening sky, from paper to gold.
Paint ground(const Theme& theme, const Page& page) {
  return Paint::down(page.all, theme.paper, mix(theme.paper, theme.offer_warm, 0.35F));
}

// Where a ticket is torn: a notch above and below, through which the ground shows.
void draw_perforation(Kit& kit, const Box& box, float x, const Paint& below) {
  constexpr float notch = 24;
  for (float y = box.y0 + 46; y < box.y1 - 36; y += 26)
    kit.canvas().fill(Box::at(x - 2, y, 4, 12), kit.theme().line, 2);
  kit.canvas().clipped(box, [&] {
    for (const float y : {box.y0, box.y1}) kit.canvas().disc({x, y}, notch, below.at({x, y}));
  });
}

void draw_ticket(Kit& kit, const Box& box, const flow::IssuedView& view, const Paint& below) {
  const Theme& theme = kit.theme();
  kit.card(box, 44);
  if (!view.coupon) {
    const float side = std::min(box.height() - 40, box.width() * 0.5F);
    kit.qr(Box::around({box.x0 + 24 + side / 2, box.center().y}, side, side), view.code);
    kit.text({box.x0 + side + 56, box.y0 + 40, box.x1 - 48, box.y1 - 40}, view.code_hint,
             {.face = Face::bold, .size = 38, .color = theme.ink, .lines_max = 5});
    return;
  }
  const flow::CouponItem& coupon = *view.coupon;
  const ToneColors& tone = theme.tone(coupon.tone);
  const float cut = box.x0 + box.width() * 0.47F;
  draw_perforation(kit, box, cut, below);
  const Box left{box.x0 + 52, box.y0 + 40, cut - 36, box.y1 - 40};
  const float line = left.height() / 8.4F;
  kit.text(left.top(line), coupon.campaign, {.face = Face::bold, .size = 34, .color = theme.ink, .lines_max = 1});
  kit.text(left.without_top(line * 1.2F).top(line * 3), coupon.value,
           {.face = Face::display, .size = 132, .color = tone.ink, .size_min = 44});
  kit.text(left.without_top(line * 4.3F).top(line * 1.75F), coupon.condition,
           {.size = 36, .color = theme.ink, .lines_max = 3});
  kit.text(left.without_top(line * 6.05F).top(line * 1.35F), coupon.terms,
           {.size = 26, .color = theme.ink_soft, .lines_max = 2});
  kit.text(left.without_top(line * 7.4F).top(line), coupon.validity, {.size = 30, .color = theme.ink_soft});
  const Box right{cut + 28, box.y0 + 24, box.x1 - 28, box.y1 - 22};
  kit.qr(right.without_bottom(76), view.code);
  kit.text(right.bottom(76), view.code_hint,
           {.size = 28, .color = theme.ink_soft, .across = Side::middle, .lines_max = 2});
}

void draw_print_hint(Kit& kit, const Box& box, const flow::IssuedView& view) {
  if (view.print_hint.empty()) return;
  const ToneColors& tone = kit.theme().tone(view.print_tone);
  const TextStyle style{.face = Face::bold, .size = 32, .color = tone.on_soft, .lines_max = 2};
  const float width = std::min(box.width(), kit.type().width(view.print_hint, style) + 150);
  const Box shape = Box::around(box.center(), width, box.height());
  kit.canvas().fill(shape, tone.soft, std::min(30.0F, shape.height() / 2));
  kit.icon({shape.x0 + 60, shape.center().y}, 44, flow::Icon::print, tone.on_soft);
  kit.text({shape.x0 + 100, shape.y0, shape.x1 - 40, shape.y1}, view.print_hint, style);
}

}  // namespace

void draw_screen(Kit& kit, const Page& page, const flow::IssuedView& view) {
  const Paint below = ground(kit.theme(), page);
  kit.canvas().fill(page.all, below);
  const Box& content = page.content;
  const bool ticket = view.code.is_sound() || view.coupon.has_value();
  if (page.wide) {
    const Box left = content.column(0, 2, 56);
    const Box right = content.column(1, 2, 56);
    draw_celebration(kit, {left.center().x, left.y0 + 190}, 92, view.icon);
    draw_words(kit, left.without_top(350), view);
    draw_points(kit, left.without_top(590).top(170), view);
    if (ticket) draw_ticket(kit, right.top(std::min(500.0F, right.height() - 280)), view, below);
    draw_print_hint(kit, right.without_bottom(128 + 24).bottom(92), view);
    kit.button(right.bottom(128), view.done, ButtonLook::primary, 46);
    return;
  }
  const Box done = content.bottom(132);
  // Under a banner there is less room, and the code needs it more than the gift.
  const float gift = content.height() > 1550 ? 104.0F : 78.0F;
  draw_celebration(kit, {content.center().x, content.y0 + gift * 1.75F}, gift, view.icon);
  draw_words(kit, content.without_top(gift * 3.3F), view);
  Box rest{content.x0, content.y0 + gift * 3.3F + 222, content.x1, done.y0 - 32};
  if (!view.points.empty()) {
    draw_points(kit, rest.top(176), view);
    rest = rest.without_top(176 + 32);
  }
  const float hint = view.print_hint.empty() ? 0 : 92;
  if (ticket) draw_ticket(kit, rest.top(std::min(600.0F, rest.height() - (hint > 0 ? hint + 32 : 0))), view, below);
  draw_print_hint(kit, rest.bottom(hint), view);
  kit.button(done, view.done, ButtonLook::primary, 48);
}

}  // namespace millpond::view
