// SPDX-License-Identifier: Apache-2.0
// A page of words to read. Whatever cannot be shown whole cannot be gone on from: whoever agrees to words has had them
// before their eyes.
#include "kiosk/view/screens.h"

#include <algorithm>

namespace millpond::view {
namespace {

constexpr float heading_gap = 14;
constexpr float block_gap = 36;
constexpr int lines_max = 60;

// Headings and texts of one page in one size each, as large as all of them have room for.
struct Styles {
  TextStyle heading;
  TextStyle text;
};

Styles styles_of(const Theme& theme, float size) {
  return {{.face = Face::bold, .size = size * 1.12F, .color = theme.ink, .down = Side::start, .lines_max = 2},
          {.size = size, .color = theme.ink, .down = Side::start, .lines_max = lines_max}};
}

float height_of(Kit& kit, float width, const flow::TextBlock& block, const Styles& styles) {
  const float heading =
      block.heading.empty() ? 0 : kit.type().height(width, block.heading, styles.heading) + heading_gap;
  return heading + kit.type().height(width, block.text, styles.text);
}

float height_of(Kit& kit, float width, const std::vector<flow::TextBlock>& blocks, const Styles& styles) {
  float height = -block_gap;
  for (const auto& block : blocks) height += height_of(kit, width, block, styles) + block_gap;
  return height;
}

}  // namespace

void draw_screen(Kit& kit, const Page& page, const flow::TextView& view) {
  const Theme& theme = kit.theme();
  Box content = page.content;
  if (page.wide) content = content.inset(120, 0);
  const TextStyle small{.size = 32, .color = theme.ink_soft, .across = Side::end};
  const float number = view.page.empty() ? 0 : kit.type().width(view.page, small) + 24;
  kit.text(content.top(104).right(number), view.page, small);
  const Box below = draw_title(kit, content.without_right(number), view.title, &view.back, Ground::paper);
  const Box row = content.bottom(page.wide ? 120.0F : 140.0F);
  const Box card{content.x0, below.y0, content.x1, row.y0 - 28};
  const Box words = card.inset(48, 40);
  kit.card(card, 40, 0.8F);
  float size = 44;
  while (size > 20 && height_of(kit, words.width(), view.blocks, styles_of(theme, size)) > words.height()) size -= 1;
  const Styles styles = styles_of(theme, size);
  Box rest = words;
  bool whole = true;
  for (const flow::TextBlock& block : view.blocks) {
    const float height = std::min(height_of(kit, words.width(), block, styles), std::max(0.0F, rest.height()));
    const float heading =
        block.heading.empty() ? 0 : kit.type().height(words.width(), block.heading, styles.heading) + heading_gap;
    kit.text(rest.top(std::min(heading, height)), block.heading, styles.heading);
    const Box place = rest.top(height).without_top(std::min(heading, height));
    whole = whole && kit.type().size_in(place, block.text, styles.text).has_value();
    kit.text(place, block.text, styles.text);
    rest = rest.without_top(height + block_gap);
  }
  auto onward = view.onward;
  onward.enabled = onward.enabled && whole;
  if (!view.earlier) {
    kit.button(row, onward, ButtonLook::primary, 46);
    return;
  }
  kit.button(row.left(row.width() * 0.36F), *view.earlier, ButtonLook::soft, 42);
  kit.button(row.without_left(row.width() * 0.36F + 28), onward, ButtonLook::primary, 46);
}

}  // namespace millpond::view
