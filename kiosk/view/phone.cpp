// SPDX-License-Identifier: Apache-2.0
// The phone screen: a number typed on the customer's side.
#include "kiosk/view/screens.h"

#include <algorithm>

namespace millpond::view {
namespace {

void draw_field(Kit& kit, const Box& box, const flow::PhoneView& view) {
  const Theme& theme = kit.theme();
  kit.card(box, 40, 0.8F);
  const bool empty = view.typed.empty();
  kit.canvas().outline(box, empty ? theme.line : theme.tone(flow::Tone::brand).ink, 40, 4);
  const Box inner = box.inset(36, 10);
  kit.text(inner, empty ? view.placeholder : view.typed,
           {.face = empty ? Face::regular : Face::bold,
            .size = empty ? 66.0F : 86.0F,
            .color = empty ? theme.ink_soft : theme.ink,
            .across = Side::middle});
}

// Three by four, as on every telephone: the digits in order, erase at the right end of the last row.
void draw_keypad(Kit& kit, const Box& box, const flow::PhoneView& view) {
  constexpr float gap = 22;
  for (const flow::Button& key : view.keys) {
    int row = 3;
    int column = 1;
    if (key.target == flow::Target::backspace) {
      column = 2;
    } else if (key.target != flow::Target::digit_0) {
      const int index = static_cast<int>(key.target) - static_cast<int>(flow::Target::digit_1);
      row = index / 3;
      column = index % 3;
    }
    kit.key(box.row(row, 4, gap).column(column, 3, gap), key);
  }
}

void draw_problem(Kit& kit, const Box& box, const flow::PhoneView& view) {
  if (view.problem) {
    kit.banner(box.top(112), *view.problem);
  } else {
    kit.text(box.top(84), view.note,
             {.size = 30, .color = kit.theme().ink_soft, .across = Side::middle, .lines_max = 2});
  }
}

void draw_hint(Kit& kit, const Box& box, const flow::PhoneView& view) {
  kit.text(box, view.hint, {.size = 38, .color = kit.theme().ink_soft, .across = Side::middle, .lines_max = 2});
}

}  // namespace

void draw_screen(Kit& kit, const Page& page, const flow::PhoneView& view) {
  const Box content = draw_title(kit, page.content, view.title, &view.back, Ground::paper);
  if (page.wide) {
    const Box left = content.column(0, 2, 72);
    const Box right = content.column(1, 2, 72);
    draw_hint(kit, left.top(100), view);
    draw_field(kit, left.without_top(116).top(150), view);
    draw_problem(kit, left.without_top(294), view);
    kit.button(left.without_bottom(52).bottom(128), view.submit, ButtonLook::primary, 46);
    draw_keypad(kit, right, view);
    return;
  }
  const Box column = content.inset(42, 0);
  draw_hint(kit, column.top(72), view);
  draw_field(kit, column.without_top(84).top(164), view);
  draw_problem(kit, column.without_top(272), view);
  const Box submit = column.without_bottom(52).bottom(140);
  const Box keys{column.x0, column.y0 + 404, column.x1, submit.y0 - 44};
  draw_keypad(kit, keys.top(std::min(keys.height(), 860.0F)), view);
  kit.button(submit, view.submit, ButtonLook::primary, 50);
}

}  // namespace millpond::view
