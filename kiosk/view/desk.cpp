// SPDX-License-Identifier: Apache-2.0
// The cashier's screen: rail at the left, whom and what in the middle, the pad at the right.
#include "kiosk/view/desk_parts.h"
#include "kiosk/view/screens.h"

#include <algorithm>

namespace millpond::view {
namespace {

constexpr float gap = 20;
constexpr float right_width = 624;

void draw_figures(Kit& kit, const Box& box, const std::vector<flow::Figure>& figures) {
  const Theme& theme = kit.theme();
  const auto count = static_cast<int>(figures.size());
  for (int i = 0; i < count; ++i) {
    const flow::Figure& figure = figures[static_cast<std::size_t>(i)];
    const Box column = box.column(i, count, 20);
    kit.text(column.top(40), figure.label, {.size = 27, .color = theme.on_member_soft});
    kit.text(column.without_top(44), figure.value, {.face = Face::bold, .size = 44, .color = theme.on_member});
  }
}

void draw_member(Kit& kit, const Box& box, const flow::DeskMember& member) {
  const Theme& theme = kit.theme();
  kit.canvas().shadow(box, 40, 36, with_alpha(theme.brand_dark, 0.36F), 14);
  kit.canvas().fill(box, Paint::diagonal(box, theme.member_dark, theme.member_light), 40);
  if (theme.edge >> 24 != 0) kit.canvas().outline(box, theme.edge, 40, 2);
  // Clear of the round corners, so that the card's own straight edge ends it.
  kit.canvas().clipped(box, [&] { kit.canvas().disc({box.x1 - 270, box.y0 - 10}, 205, rgb(0xFFFFFF, 11)); });
  const Box inner = box.inset(40, 30);
  const Point portrait{inner.x0 + 52, inner.y0 + 52};
  kit.canvas().disc(portrait, 52, theme.portrait);
  if (member.initial.empty()) kit.icon(portrait, 60, flow::Icon::person, theme.on_portrait);
  kit.text(Box::around(portrait, 92, 84), member.initial,
           {.face = Face::bold, .size = 48, .color = theme.on_portrait, .across = Side::middle});
  const Box head = inner.top(104).without_left(132);
  const float tier = member.tier.empty() ? 0
                                         : kit.pill(head.without_left(head.width() * 0.5F).top(60), member.tier,
                                                    flow::Icon::star, theme.gold_light, theme.on_gold, 28);
  const Box names = head.without_right(tier > 0 ? tier + 20 : 0);
  kit.text(names.top(58), member.name, {.face = Face::bold, .size = 46, .color = theme.on_member});
  kit.text(head.without_top(62).top(40), member.number, {.size = 28, .color = theme.on_member_soft});
  if (member.figures.empty()) {
    const Box rest = inner.without_top(124);
    const float way = member.look_up ? 400 : 0;
    kit.text(rest.without_right(way > 0 ? way + 28 : 0), member.note,
             {.size = 28, .color = theme.on_member_soft, .down = Side::start, .lines_max = way > 0 ? 3 : 2});
    if (member.look_up) kit.button(rest.right(way).top(110), *member.look_up, ButtonLook::soft, 30);
    return;
  }
  draw_figures(kit, inner.without_top(120).top(90), member.figures);
  kit.text(inner.bottom(36).moved(0, 8), member.note, {.size = 25, .color = theme.on_member_soft});
}

void draw_hints(Kit& kit, const Box& box, const std::vector<flow::Hint>& hints) {
  const ToneColors& tone = kit.theme().tone(flow::Tone::neutral);
  float top = box.y0;
  for (const flow::Hint& hint : hints) {
    const Box row{box.x0, top, box.x1, top + 54};
    if (row.y1 > box.y1 + 1) return;
    kit.canvas().fill(row, tone.soft, 18);
    kit.icon({row.x0 + 34, row.center().y}, 32, hint.icon, tone.on_soft);
    kit.text({row.x0 + 64, row.y0, row.x1 - 24, row.y1}, hint.text, {.size = 27, .color = tone.on_soft});
    top = row.y1 + 10;
  }
}

void draw_coupon(Kit& kit, const Box& box, const flow::DeskCoupon& coupon) {
  const Theme& theme = kit.theme();
  const ToneColors& brand = theme.tone(flow::Tone::brand);
  kit.canvas().shadow(box, 26, 12, with_alpha(theme.shadow, 0.10F), 4);
  kit.canvas().fill(box, coupon.taken ? brand.soft : theme.card, 26);
  kit.canvas().outline(box, coupon.taken ? brand.ink : theme.line, 26, coupon.taken ? 3.0F : 2.0F);
  kit.icon({box.x0 + 50, box.center().y}, 46, flow::Icon::ticket, coupon.taken ? brand.on_soft : theme.ink_soft);
  Box words{box.x0 + 92, box.y0 + 12, box.x1 - 22, box.y1 - 12};
  if (coupon.taken) {
    kit.icon({box.x1 - 42, box.center().y}, 42, flow::Icon::check, brand.on_soft);
    words = words.without_right(52);
  }
  const Color ink = coupon.taken ? brand.on_soft : theme.ink;
  const TextStyle says{.size = 26, .color = coupon.taken ? ink : theme.ink_soft, .lines_max = 2};
  const float below = std::min(kit.type().height(words.width(), coupon.says, says), words.height() - 46);
  const Box block = Box::around(words.center(), words.width(), 46 + below);
  kit.text(block.top(40), coupon.coupon.value + "  " + coupon.coupon.condition,
           {.face = Face::bold, .size = 31, .color = ink});
  kit.text(block.without_top(44), coupon.says, says);
}

void draw_coupons(Kit& kit, const Box& box, const flow::DeskView& view) {
  const Theme& theme = kit.theme();
  if (view.coupons_title.empty() || box.height() < 110) return;
  const Box head = box.top(view.coupons_off ? 92.0F : 52.0F);
  kit.text(head.left(head.width() * 0.5F), view.coupons_title, {.face = Face::bold, .size = 34, .color = theme.ink});
  if (view.coupons_off) { kit.button(head.right(400), *view.coupons_off, ButtonLook::soft, 28); }
  Box list = box.without_top(head.height() + 12);
  if (view.approve) {
    kit.button(list.top(92), *view.approve, ButtonLook::soft, 30);
    list = list.without_top(92 + 12);
  }
  if (view.coupons.empty()) {
    kit.text(list.top(52), view.no_coupons, {.size = 28, .color = theme.ink_soft});
    return;
  }
  constexpr float cell_least = 124;
  constexpr float between = 16;
  const int rows = std::max(1, static_cast<int>((list.height() + between) / (cell_least + between)));
  const float cell =
      std::min(150.0F, (list.height() - between * static_cast<float>(rows - 1)) / static_cast<float>(rows));
  const auto count = static_cast<int>(view.coupons.size());
  const int shown = std::min(count, rows * 2);
  for (int i = 0; i < shown; ++i) {
    const Box row = list.top(cell).moved(0, static_cast<float>(i / 2) * (cell + between));
    draw_coupon(kit, row.column(i % 2, 2, between), view.coupons[static_cast<std::size_t>(i)]);
  }
  if (shown < count) {
    kit.pill(head.left(head.width() * 0.5F).right(110).inset(0, (head.height() - 48) / 2),
             "+" + std::to_string(count - shown), flow::Icon::none, theme.tone(flow::Tone::brand).soft,
             theme.tone(flow::Tone::brand).on_soft, 26);
  }
}

void draw_prompt(Kit& kit, const Box& box, const flow::DeskPrompt& prompt) {
  const Theme& theme = kit.theme();
  kit.card(box, 44, 0.8F);
  const float ways = prompt.ways.empty() ? 0 : 120;
  const float problem = prompt.problem ? 116 : 0;
  const float block = 190 + 84 + 96 + (problem > 0 ? problem + 24 : 0) + (ways > 0 ? ways + 32 : 0);
  float top = box.center().y - block / 2;
  const ToneColors& tone = theme.tone(flow::Tone::brand);
  const Point center{box.center().x, top + 84};
  if (block < box.height()) {
    kit.canvas().glow(center, 190, with_alpha(tone.line, 0.45F));
    kit.canvas().disc(center, 80, tone.soft);
    kit.icon(center, 88, prompt.icon, tone.ink);
  }
  top += 190;
  const Box column = box.inset(64, 0);
  kit.text({column.x0, top, column.x1, top + 76}, prompt.title,
           {.face = Face::bold, .size = 46, .color = theme.ink, .across = Side::middle});
  kit.text({column.x0, top + 84, column.x1, top + 172}, prompt.text,
           {.size = 30, .color = theme.ink_soft, .across = Side::middle, .down = Side::start, .lines_max = 2});
  top += 84 + 96;
  if (prompt.problem) {
    kit.banner({column.x0, top, column.x1, top + problem}, *prompt.problem);
    top += problem + 24;
  }
  const auto count = static_cast<int>(prompt.ways.size());
  if (count == 0) return;
  const Box row = Box{column.x0, top + 8, column.x1, top + ways}.inset(count == 1 ? column.width() * 0.2F : 0, 0);
  for (int i = 0; i < count; ++i) {
    kit.button(row.column(i, count, 24), prompt.ways[static_cast<std::size_t>(i)], ButtonLook::primary, 36);
  }
}

void draw_row(Kit& kit, const Box& row, std::string_view label, std::string_view value, const TextStyle& style) {
  const Box words = row.left(row.width() * 0.62F);
  kit.text(words, label, style);
  auto right = style;
  right.across = Side::end;
  right.face = Face::bold;
  kit.text(row.without_left(words.width() + 16), value, right);
}

constexpr float bill_row = 44;

float bill_height(const flow::Bill& bill) {
  const auto rows = static_cast<float>(bill.lines.size() + bill.sums.size() + (bill.more.empty() ? 0U : 1U));
  return 28 + 46 + rows * bill_row + 14 + 64 + 22;
}

void draw_bill(Kit& kit, const Box& box, const flow::Bill& bill) {
  const Theme& theme = kit.theme();
  kit.card(box, 36, 0.7F);
  const Box inner = box.inset(36, 0);
  float top = box.y0 + 26;
  const auto row = [&] {
    const Box at{inner.x0, top, inner.x1, top + bill_row};
    top += bill_row;
    return at;
  };
  kit.text({inner.x0, top, inner.x1, top + 44}, bill.title,
           {.face = Face::bold, .size = 30, .color = theme.tone(flow::Tone::brand).ink});
  top += 48;
  for (const flow::BillLine& line : bill.lines) {
    const Box at = row();
    kit.text(at.left(at.width() * 0.52F), line.what, {.size = 29, .color = theme.ink});
    kit.text(at.without_left(at.width() * 0.54F).left(at.width() * 0.16F), line.quantity,
             {.size = 27, .color = theme.ink_soft, .across = Side::end});
    kit.text(at.right(at.width() * 0.28F), line.amount, {.size = 29, .color = theme.ink, .across = Side::end});
  }
  if (!bill.more.empty()) kit.text(row(), bill.more, {.size = 27, .color = theme.ink_soft});
  for (const flow::Figure& sum : bill.sums) {
    draw_row(kit, row(), sum.label, sum.value, {.size = 29, .color = theme.tone(sum.tone).ink});
  }
  kit.canvas().fill({inner.x0, top + 4, inner.x1, top + 7}, theme.line);
  top += 14;
  draw_row(kit, {inner.x0, top, inner.x1, top + 64}, bill.total.label, bill.total.value,
           {.face = Face::bold, .size = 44, .color = theme.tone(flow::Tone::brand).ink});
}

void draw_outcome(Kit& kit, const Box& box, const flow::Outcome& outcome) {
  const Theme& theme = kit.theme();
  const ToneColors& tone = theme.tone(outcome.tone);
  kit.card(box, 44);
  const Box inner = box.inset(40, 36);
  const Point center{inner.center().x, inner.y0 + 120};
  kit.canvas().glow(center, 230, with_alpha(tone.line, 0.5F));
  kit.canvas().disc(center, 92, tone.soft);
  kit.icon(center, 112, outcome.icon, tone.ink);
  kit.text(inner.without_top(244).top(66), outcome.title,
           {.face = Face::bold, .size = 46, .color = theme.ink, .across = Side::middle});
  float top = inner.y0 + 320;
  if (!outcome.points.empty()) {
    kit.text({inner.x0, top, inner.x1, top + 130}, outcome.points,
             {.face = Face::display, .size = 116, .color = theme.tone(flow::Tone::brand).ink, .across = Side::middle});
    top += 150;
  }
  const float last = inner.y1 - 140 - 20;
  for (const std::string& line : outcome.lines) {
    const TextStyle style{
        .size = 30, .color = theme.ink_soft, .across = Side::middle, .down = Side::start, .lines_max = 2};
    const float height = std::min(kit.type().height(inner.width(), line, style), last - top);
    if (height < style.size_min) break;
    kit.text({inner.x0, top, inner.x1, top + height}, line, style);
    top += height + 16;
  }
  kit.button(inner.bottom(140), outcome.done, ButtonLook::primary, 42);
}

}  // namespace

void draw_screen(Kit& kit, const Page& page, const flow::DeskView& view) {
  const Box content = draw_desk_frame(kit, page, view.rail, view.title);
  const Box right = content.right(right_width);
  Box left = content.without_right(right_width + 32);
  if (view.outcome) draw_outcome(kit, right, *view.outcome);
  if (view.pad) draw_pad(kit, right, *view.pad);
  if (view.bill) {
    const float height = std::min(bill_height(*view.bill), left.height() * 0.5F);
    draw_bill(kit, left.bottom(height), *view.bill);
    left = left.without_bottom(height + gap);
  }
  if (view.prompt) return draw_prompt(kit, left, *view.prompt);
  if (!view.member) return;
  constexpr float member_height = 312;
  draw_member(kit, left.top(member_height), *view.member);
  left = left.without_top(member_height + gap);
  const std::size_t room = view.bill ? 0 : 3;  // while money is taken, coupons matter more
  auto hints = view.member->hints;
  if (hints.size() > room) hints.resize(room);
  if (!hints.empty()) {
    const float height = static_cast<float>(hints.size()) * 64;
    draw_hints(kit, left.top(height), hints);
    left = left.without_top(height + 8);
  }
  draw_coupons(kit, left, view);
}

}  // namespace millpond::view
