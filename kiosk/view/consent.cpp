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
constexpr float gap = 32;

TextStyle label_style(const Theme& theme) {
  return {.face = Face::bold, .size = 42, .color = theme.ink, .lines_max = 2};
}

// A notice must be readable to its last word before anybody agrees to it, so it may take as many lines as it needs.
TextStyle detail_style(const Theme& theme) { return {.size = 31, .color = theme.ink_soft, .lines_max = 30}; }

struct Parts {
  Box check;
  Box label;
  Box detail;
};

// The words beside the check, in the middle of the row.
Parts row_parts(Kit& kit, const Box& row, const flow::ConsentChoice& choice) {
  const Box words{row.x0 + 48 + check_side + 40, row.y0 + 32, row.x1 - 40, row.y1 - 32};
  const float label = kit.type().height(words.width(), choice.label, label_style(kit.theme()));
  const float space = choice.detail.empty() ? 0 : 14;
  const float detail = choice.detail.empty()
                           ? 0
                           : std::min(kit.type().height(words.width(), choice.detail, detail_style(kit.theme())),
                                      words.height() - label - space);
  const Box block = Box::around(words.center(), words.width(), label + space + detail);
  return {Box::around({row.x0 + 48 + check_side / 2, row.center().y}, check_side, check_side), block.top(label),
          block.without_top(label + space)};
}

// The label beside the check, and the notice over the whole width below both.
Parts column_parts(const Box& column) {
  const Box inner = column.inset(40, 36);
  const Box head = inner.top(108);
  return {Box::around({head.x0 + check_side / 2, head.center().y}, check_side, check_side),
          head.without_left(check_side + 28), inner.without_top(108 + 16)};
}

float wanted_row(Kit& kit, float width, const flow::ConsentChoice& choice) {
  const float words = width - (48 + check_side + 40) - 40;
  return std::max(row_height_min, kit.type().height(words, choice.label, label_style(kit.theme())) + 14 +
                                      kit.type().height(words, choice.detail, detail_style(kit.theme())) + 64);
}

float wanted_column(Kit& kit, float width, const flow::ConsentChoice& choice) {
  return 36 + 108 + 16 + kit.type().height(width - 80, choice.detail, detail_style(kit.theme())) + 40;
}

// What lies beside each other is set alike: labels in one size, notices in one size.
struct Sizes {
  float label{};
  float detail{};
  bool whole{true};  // every word of every notice is there
};

Sizes sizes_of(Kit& kit, const std::vector<Parts>& parts, const std::vector<flow::ConsentChoice>& choices) {
  Sizes sizes{label_style(kit.theme()).size, detail_style(kit.theme()).size, true};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto label = kit.type().size_in(parts[i].label, choices[i].label, label_style(kit.theme()));
    if (label) sizes.label = std::min(sizes.label, *label);
    const auto detail = kit.type().size_in(parts[i].detail, choices[i].detail, detail_style(kit.theme()));
    if (detail) sizes.detail = std::min(sizes.detail, *detail);
    sizes.whole = sizes.whole && detail.has_value();
  }
  return sizes;
}

void draw_choice(Kit& kit, const Box& box, const Parts& parts, const flow::ConsentChoice& choice, bool one_of,
                 const Sizes& sizes) {
  const Theme& theme = kit.theme();
  const Box pressed = kit.target(choice.target, choice.label, box, sizes.whole);
  kit.card(pressed, 40, 0.8F);
  if (choice.checked) kit.canvas().outline(pressed, theme.tone(flow::Tone::brand).ink, 40, 4);
  kit.focus(box, choice.target, 40);
  (one_of ? draw_radio : draw_check)(kit, parts.check, choice.checked);
  TextStyle label = label_style(theme);
  label.size = sizes.label;
  TextStyle detail = detail_style(theme);
  detail.size = sizes.detail;
  detail.down = Side::start;
  kit.text(parts.label, choice.label, label);
  kit.text(parts.detail, choice.detail, detail);
}

// Two share the width by how much there is to read in each.
std::vector<Box> columns_of(const Box& space, const std::vector<flow::ConsentChoice>& choices) {
  std::vector<Box> columns;
  const auto count = static_cast<int>(choices.size());
  if (count != 2) {
    for (int i = 0; i < count; ++i) columns.push_back(space.column(i, count, gap));
    return columns;
  }
  const auto first = static_cast<float>(choices[0].detail.size());
  const auto both = first + static_cast<float>(choices[1].detail.size());
  const float share = both > 0 ? std::clamp(first / both, 0.34F, 0.66F) : 0.5F;
  const float left = (space.width() - gap) * share;
  return {space.left(left), space.without_left(left + gap)};
}

// In a window that lies, choices with notices stand beside each other.
bool draw_columns(Kit& kit, const Box& space, const flow::ConsentView& view) {
  auto boxes = columns_of(space, view.choices);
  float tallest = row_height_min;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    tallest = std::max(tallest, wanted_column(kit, boxes[i].width(), view.choices[i]));
  }
  std::vector<Parts> parts;
  for (auto& box : boxes) {
    box = box.top(std::min(space.height(), tallest));
    parts.push_back(column_parts(box));
  }
  const Sizes sizes = sizes_of(kit, parts, view.choices);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    draw_choice(kit, boxes[i], parts[i], view.choices[i], view.one_of, sizes);
  }
  return sizes.whole;
}

bool draw_rows(Kit& kit, const Box& space, const flow::ConsentView& view) {
  float wanted = 0;
  for (const auto& choice : view.choices) wanted += wanted_row(kit, space.width(), choice) + gap;
  const float squeeze = std::min(1.0F, (space.height() + gap) / std::max(wanted, 1.0F));
  std::vector<Box> rows;
  std::vector<Parts> parts;
  float top = space.y0;
  for (const auto& choice : view.choices) {
    const float height = (wanted_row(kit, space.width(), choice) + gap) * squeeze - gap;
    rows.push_back({space.x0, top, space.x1, top + height});
    parts.push_back(row_parts(kit, rows.back(), choice));
    top += height + gap;
  }
  const Sizes sizes = sizes_of(kit, parts, view.choices);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    draw_choice(kit, rows[i], parts[i], view.choices[i], view.one_of, sizes);
  }
  return sizes.whole;
}

void draw_hint(Kit& kit, const Box& box, std::string_view hint) {
  const Box badge = Box::around({box.x0 + 52, box.center().y}, 104, 104);
  kit.icon_badge(badge, flow::Icon::shield, kit.theme().tone(flow::Tone::positive));
  kit.text(Box{badge.x1 + 36, box.y0, box.x1, box.y1}, hint,
           {.size = 36, .color = kit.theme().ink_soft, .lines_max = 2});
}

}  // namespace

void draw_screen(Kit& kit, const Page& page, const flow::ConsentView& view) {
  const Box content = draw_title(kit, page.content, view.title, &view.back, Ground::paper);
  const float way_on = !view.submit ? 0.0F : page.wide ? 120.0F : 140.0F;
  const Box foot = content.without_bottom(52).bottom(way_on);
  Box submit = foot;
  Box space{content.x0, content.y0, content.x1, foot.y0 - (page.wide ? 28.0F : 40.0F)};
  if (page.wide && view.submit) {
    submit = foot.right(640);
    draw_hint(kit, foot.without_right(submit.width() + 48), view.hint);
  } else {
    draw_hint(kit, space.top(120), view.hint);
    space = space.without_top(160);
  }
  const bool beside = page.wide && (view.submit || view.choices.size() > 2);
  const bool whole = beside ? draw_columns(kit, space, view) : draw_rows(kit, space, view);
  if (!view.submit) return;
  auto button = *view.submit;
  button.enabled = button.enabled && whole;
  kit.button(submit, button, ButtonLook::primary, 50);
}

}  // namespace millpond::view
