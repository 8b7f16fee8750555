// SPDX-License-Identifier: Apache-2.0
// The consent screen: what a new member agrees to, each by a touch of their own.
#include "kiosk/view/screens.h"

#include <algorithm>

namespace millpond::view {
namespace {

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

void draw_choice(Kit& kit, const Box& box, const flow::ConsentChoice& choice) {
  const Theme& theme = kit.theme();
  const Box pressed = kit.target(choice.target, choice.label, box);
  kit.card(pressed, 40, 0.8F);
  if (choice.checked) kit.canvas().outline(pressed, theme.tone(flow::Tone::brand).ink, 40, 4);
  const float check = 84;
  draw_check(kit, Box::around({pressed.x0 + 48 + check / 2, pressed.center().y}, check, check), choice.checked);
  const Box words = Box{pressed.x0 + 48 + check + 40, pressed.y0 + 24, pressed.x1 - 40, pressed.y1 - 24};
  const TextStyle label{.face = Face::bold, .size = 42, .color = theme.ink, .lines_max = 2};
  const TextStyle detail{.size = 31, .color = theme.ink_soft, .lines_max = 3};
  const float label_height = kit.type().height(words.width(), choice.label, label);
  const float detail_height =
      choice.detail.empty() ? 0 : std::min(kit.type().height(words.width(), choice.detail, detail), words.height() - label_height);
  const float gap = choice.detail.empty() ? 0 : 14;
  const Box block = Box::around(words.center(), words.width(), std::min(words.height(), label_height + gap + detail_height));
  kit.text(block.top(label_height), choice.label, label);
  kit.text(block.without_top(label_height + gap), choice.detail, detail);
}

}  // namespace

void draw_screen(Kit& kit, const Page& page, const flow::ConsentView& view) {
  const Theme& theme = kit.theme();
  Box content = draw_title(kit, page.content, view.title, &view.back, Ground::paper);
  if (page.wide) content = content.inset(160, 0);
  const Box submit = content.without_bottom(52).bottom(140);
  const Box badge = Box::at(content.x0, content.y0 + 8, 104, 104);
  kit.icon_badge(badge, flow::Icon::shield, theme.tone(flow::Tone::positive));
  kit.text(Box{badge.x1 + 36, content.y0, content.x1, content.y0 + 120}, view.hint,
           {.size = 36, .color = theme.ink_soft, .lines_max = 2});
  const auto count = static_cast<int>(view.choices.size());
  if (count > 0) {
    const Box space{content.x0, content.y0 + 160, content.x1, submit.y0 - 40};
    const float each = std::min(280.0F, (space.height() - 32 * static_cast<float>(count - 1)) / static_cast<float>(count));
    const Box rows = space.top(each * static_cast<float>(count) + 32 * static_cast<float>(count - 1));
    for (int i = 0; i < count; ++i) draw_choice(kit, rows.row(i, count, 32), view.choices[static_cast<std::size_t>(i)]);
  }
  kit.button(submit, view.submit, ButtonLook::primary, 50);
}

}  // namespace millpond::view
