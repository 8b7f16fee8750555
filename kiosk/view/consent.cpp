// SPDX-License-Identifier: Apache-2.0
// The consent screen: what a new member agrees to, each by a touch of their own, and what a member has agreed to.
#include "kiosk/view/screens.h"

#include <algorithm>

namespace millpond::view {
namespace {

// One of several: round, so that it does not look like something that is ticked beside others.
void draw_radio(Kit& kit, const Box& box, bool chosen) {
  const Theme& theme = kit.theme();
  const float radius = box.width() / 2;
  if (!chosen) {
    kit.canvas().fill(box, theme.card, radius);
    kit.canvas().outline(box, theme.ink_soft, radius, 4);
    return;
  }
  kit.canvas().fill(box, Paint::down(box, theme.brand_light, theme.brand), radius);
  kit.canvas().disc(box.center(), radius * 0.4F, theme.on_brand);
}

void draw_check(Kit& kit, const Box& box, bool checked) {
  const Theme& theme = kit.theme();
  if (!checked) {
    kit.canvas().fill(box, theme.card, 20);
    kit.canvas().outline(box, theme.ink_soft, 20, 4);
    return;
  }
  kit.canvas().fill(box, Paint::down(box, theme.brand_light, theme.brand), 20);
  const Point middle = box.center();
  const float unit = box.width() / 10;
  const Point stroke[3] = {{middle.x - 2.6F * unit, middle.y + 0.1F * unit},
                           {middle.x - 0.7F * unit, middle.y + 2.0F * unit},
                           {middle.x + 2.8F * unit, middle.y - 2.0F * unit}};
  kit.canvas().path(stroke, theme.on_brand, 8);
}

constexpr float check_side = 84;
constexpr float row_height_min = 220;

TextStyle label_style(const Theme& theme) {
  return {.face = Face::bold, .size = 42, .color = theme.ink, .lines_max = 2};
}

// A notice must be readable to its last word before anybody agrees to it, so it may take as many lines as it needs.
TextStyle detail_style(const Theme& theme) { return {.size = 31, .color = theme.ink_soft, .lines_max = 24}; }

constexpr float narrow = 700;  // beside the check a column this wide has no room for the longest word of a label

bool is_column(const Box& row) { return row.width() < narrow; }

Box check_of(const Box& row) {
  if (is_column(row)) return Box::at(row.x0 + 40, row.y0 + 40, check_side, check_side);
  return Box::around({row.x0 + 48 + check_side / 2, row.center().y}, check_side, check_side);
}

// Beside the check, and below it in a column.
Box words_of(const Box& row) {
  if (is_column(row)) return {row.x0 + 40, row.y0 + 40 + check_side + 28, row.x1 - 40, row.y1 - 32};
  return {row.x0 + 48 + check_side + 40, row.y0 + 32, row.x1 - 40, row.y1 - 32};
}

float wanted_height(Kit& kit, float row_width, const flow::ConsentChoice& choice) {
  const Box row{0, 0, row_width, row_height_min};
  const float width = words_of(row).width();
  const float words = kit.type().height(width, choice.label, label_style(kit.theme())) + 14 +
                      kit.type().height(width, choice.detail, detail_style(kit.theme()));
  return std::max(row_height_min, words + row.height() - words_of(row).height());
}

void draw_choice(Kit& kit, const Box& box, const flow::ConsentChoice& choice, bool one_of) {
  const Theme& theme = kit.theme();
  const Box pressed = kit.target(choice.target, choice.label, box);
  kit.card(pressed, 40, 0.8F);
  if (choice.checked) kit.canvas().outline(pressed, theme.tone(flow::Tone::brand).ink, 40, 4);
  (one_of ? draw_radio : draw_check)(kit, check_of(pressed), choice.checked);
  const Box words = words_of(pressed);
  const TextStyle label = label_style(theme);
  const TextStyle detail = detail_style(theme);
  const float label_height = kit.type().height(words.width(), choice.label, label);
  const float detail_height = choice.detail.empty() ? 0
                                                    : std::min(kit.type().height(words.width(), choice.detail, detail),
                                                               words.height() - label_height);
  const float gap = choice.detail.empty() ? 0 : 14;
  const float height = std::min(words.height(), label_height + gap + detail_height);
  const Box block = is_column(pressed) ? words.top(height) : Box::around(words.center(), words.width(), height);
  kit.text(block.top(label_height), choice.label, label);
  kit.text(block.without_top(label_height + gap), choice.detail, detail);
}

}  // namespace

void draw_screen(Kit& kit, const Page& page, const flow::ConsentView& view) {
  const Theme& theme = kit.theme();
  Box content = draw_title(kit, page.content, view.title, &view.back, Ground::paper);
  if (page.wide) content = content.inset(160, 0);
  const Box submit = content.without_bottom(52).bottom(view.submit ? 140.0F : 0.0F);
  const Box badge = Box::at(content.x0, content.y0 + 8, 104, 104);
  kit.icon_badge(badge, flow::Icon::shield, theme.tone(flow::Tone::positive));
  kit.text(Box{badge.x1 + 36, content.y0, content.x1, content.y0 + 120}, view.hint,
           {.size = 36, .color = theme.ink_soft, .lines_max = 2});
  const Box space{content.x0, content.y0 + 160, content.x1, submit.y0 - 40};
  const float gap = 32;
  float wanted = 0;
  for (const auto& choice : view.choices) wanted += wanted_height(kit, space.width(), choice) + gap;
  const float squeeze = std::min(1.0F, (space.height() + gap) / std::max(wanted, 1.0F));
  if (page.wide && view.choices.size() > 2) {
    // Landscape has no height for three of them.
    const auto columns = static_cast<int>(view.choices.size());
    float tallest = 0;
    for (const auto& choice : view.choices) {
      tallest = std::max(tallest, wanted_height(kit, space.column(0, columns, gap).width(), choice));
    }
    const Box row = space.top(std::min(space.height(), tallest));
    for (int i = 0; i < columns; ++i) {
      draw_choice(kit, row.column(i, columns, gap), view.choices[static_cast<std::size_t>(i)], view.one_of);
    }
    if (view.submit) kit.button(submit, *view.submit, ButtonLook::primary, 50);
    return;
  }
  float top = space.y0;
  for (const auto& choice : view.choices) {
    const float height = (wanted_height(kit, space.width(), choice) + gap) * squeeze - gap;
    draw_choice(kit, {space.x0, top, space.x1, top + height}, choice, view.one_of);
    top += height + gap;
  }
  if (view.submit) kit.button(submit, *view.submit, ButtonLook::primary, 50);
}

}  // namespace millpond::view
