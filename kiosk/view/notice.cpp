// SPDX-License-Identifier: Apache-2.0
// A notice: something is the matter with this machine, and what to do.
#include "kiosk/view/screens.h"

namespace millpond::view {

void draw_screen(Kit& kit, const Page& page, const flow::NoticeView& view) {
  const Theme& theme = kit.theme();
  const ToneColors& tone = theme.tone(view.tone);
  const float width = page.wide ? 1100.0F : page.content.width() - 60;
  const Box column = Box::around(page.content.center(), width, page.content.height());
  const float top = column.y0 + (page.wide ? 20.0F : column.height() * 0.16F);
  const float step = page.wide ? 0.84F : 1;  // landscape has less height for the same words
  const Point center{column.center().x, top + 120};
  kit.canvas().glow(center, 300, with_alpha(tone.line, 0.55F));
  kit.canvas().disc(center, 116, tone.soft);
  kit.icon(center, 124, view.icon, tone.ink);
  const Box words{column.x0, top + 290 * step, column.x1, column.y1};
  kit.text(words.top(150 * step), view.title,
           {.face = Face::display, .size = 60, .color = theme.ink, .across = Side::middle, .lines_max = 2});
  kit.text(words.without_top(166 * step).top(150 * step), view.text,
           {.size = 38, .color = theme.ink_soft, .across = Side::middle, .down = Side::start, .lines_max = 3});
  if (!view.next.empty()) {
    const Box next = words.without_top(340 * step).top(150 * step);
    kit.canvas().fill(next, tone.soft, 36);
    kit.text(next.inset(48, 12), view.next,
             {.face = Face::bold, .size = 36, .color = tone.on_soft, .across = Side::middle, .lines_max = 2});
  }
  if (view.action) kit.button(column.bottom(132), *view.action, ButtonLook::primary, 46);
}

}  // namespace millpond::view
