// SPDX-License-Identifier: Apache-2.0
// Reports of a cashier's screen: sections of figures, two beside each other.
#include "kiosk/view/desk_parts.h"
#include "kiosk/view/screens.h"

#include <algorithm>

namespace millpond::view {
namespace {

constexpr float row_height = 92;

float height_of(const flow::ReportSection& section) {
  return 104 + row_height * std::max<float>(1, static_cast<float>(section.rows.size())) + 20;
}

void draw_figure(Kit& kit, const Box& row, const flow::Figure& figure, bool first) {
  const Theme& theme = kit.theme();
  if (!first) kit.canvas().fill({row.x0, row.y0, row.x1, row.y0 + 2}, theme.line);
  const Box words = row.left(row.width() * 0.56F);
  if (figure.detail.empty()) {
    kit.text(words, figure.label, {.size = 32, .color = theme.ink});
  } else {
    kit.text(words.top(row.height() * 0.56F), figure.label, {.size = 32, .color = theme.ink, .down = Side::end});
    kit.text(words.bottom(row.height() * 0.42F), figure.detail,
             {.size = 25, .color = theme.ink_soft, .down = Side::start});
  }
  kit.text(row.without_left(words.width() + 16), figure.value,
           {.face = Face::bold,
            .size = 36,
            .color = figure.tone == flow::Tone::neutral ? theme.ink : theme.tone(figure.tone).ink,
            .across = Side::end,
            .lines_max = 2});
}

void draw_section(Kit& kit, const Box& box, const flow::ReportSection& section) {
  const Theme& theme = kit.theme();
  kit.card(box, 40, 0.8F);
  const Box inner = box.inset(40, 24);
  const Box head = inner.top(64);
  kit.icon_badge(Box::at(head.x0, head.y0, 64, 64), section.icon, theme.tone(flow::Tone::brand));
  kit.text(head.without_left(88), section.title, {.face = Face::bold, .size = 38, .color = theme.ink});
  Box rows = inner.without_top(76);
  if (section.rows.empty()) {
    kit.text(rows.top(std::min(rows.height(), row_height)), section.empty, {.size = 30, .color = theme.ink_soft});
    return;
  }
  bool first = true;
  for (const flow::Figure& figure : section.rows) {
    if (rows.height() < row_height - 1) return;
    draw_figure(kit, rows.top(row_height), figure, first);
    rows = rows.without_top(row_height);
    first = false;
  }
}

}  // namespace

void draw_screen(Kit& kit, const Page& page, const flow::ReportView& view) {
  const Theme& theme = kit.theme();
  const Box content = draw_desk_frame(kit, page, view.rail, view.title);
  kit.text(content.top(48), view.subtitle, {.size = 30, .color = theme.ink_soft});
  kit.text(content.bottom(48), view.note, {.size = 28, .color = theme.ink_soft});
  const Box list = content.without_top(64).without_bottom(60);
  float bottoms[2] = {list.y0, list.y0};
  for (const flow::ReportSection& section : view.sections) {
    const int column = bottoms[0] <= bottoms[1] ? 0 : 1;
    const Box place = list.column(column, 2, 28);
    const float height = std::min(height_of(section), list.y1 - bottoms[column]);
    if (height < 200) return;
    draw_section(kit, Box::at(place.x0, bottoms[column], place.width(), height), section);
    bottoms[column] += height + 24;
  }
}

}  // namespace millpond::view
