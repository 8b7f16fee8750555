// SPDX-License-Identifier: Apache-2.0
// The attract screen: what a passer-by sees. Nothing personal is ever on it.
#include "kiosk/view/illustration.h"
#include "kiosk/view/screens.h"

#include <algorithm>

namespace millpond::view {
namespace {

constexpr float shore_height = 96;
constexpr std::int64_t swing_frame_ms = 100;  // 10 frames a second are enough for something that sways

void draw_lanterns(Kit& kit, const Box& hero, float top) {
  const std::int64_t age_ms = kit.screen_age_ms();
  const bool blows = !kit.still() && breeze_blows(age_ms);
  const auto swing = [&](float phase) { return blows ? breeze(age_ms, phase) : 0.0F; };
  const float size = std::min((hero.y1 - top) * 0.185F, hero.width() * 0.135F);
  draw_lantern(kit, {hero.x1 - size * 0.78F, top}, size * 0.4F, size * 0.48F, swing(1.1F));
  draw_lantern(kit, {hero.x1 - size * 2.06F, top}, size * 1.2F, size, breeze_is_first(age_ms) ? swing(0) : 0.0F);
  kit.again_in(blows ? swing_frame_ms : breeze_returns_in_ms(age_ms));
}

void draw_words(Kit& kit, const Box& box, const flow::AttractView& view) {
  const Theme& theme = kit.theme();
  kit.text(box.top(132), view.headline, {.face = Face::display, .size = 104, .color = theme.on_hero, .size_min = 56});
  Box lines = box.without_top(152);
  for (const std::string& line : view.lines) {
    const TextStyle style{.size = 40, .color = theme.on_hero_soft, .lines_max = 2, .size_min = 30};
    const float height = std::min(kit.type().height(lines.width(), line, style), 108.0F);
    kit.text(lines.top(height + 6), line, style);
    lines = lines.without_top(height + 18);
  }
}

void draw_offer(Kit& kit, const Box& box, const flow::AttractView& view) {
  const Theme& theme = kit.theme();
  kit.canvas().fill(box, Paint::diagonal(box, theme.offer_light, theme.offer_warm), 40);
  kit.canvas().clipped(box, [&] {
    kit.canvas().disc({box.x1 - 250, box.y0 - 10}, 190, theme.sheen);
    kit.canvas().disc({box.x1 - 340, box.y1 + 60}, 160, theme.sheen);
  });
  kit.canvas().outline(box, mix(theme.gold_light, theme.gold, 0.4F), 40, 2);
  const float badge = std::min(124.0F, box.height() - 48);
  const Box icon_box = Box::around({box.x0 + 48 + badge / 2, box.center().y}, badge, badge);
  kit.canvas().shadow(icon_box, badge / 2, 16, with_alpha(theme.shadow, 0.18F), 6);
  kit.canvas().fill(icon_box, Paint::down(icon_box, theme.brand_light, theme.brand), badge / 2);
  kit.icon(icon_box.center(), badge * 0.54F, flow::Icon::star, theme.sparkle);
  const Box words{icon_box.x1 + 36, box.y0 + 20, box.x1 - 36, box.y1 - 20};
  const TextStyle title{.face = Face::bold, .size = 44, .color = theme.ink, .lines_max = 2};
  const TextStyle detail{.size = 32, .color = mix(theme.ink, theme.ink_soft, 0.7F), .lines_max = 2};
  const float title_height = kit.type().height(words.width(), view.offer_title, title);
  const float detail_height =
      view.offer_detail.empty() ? 0 : kit.type().height(words.width(), view.offer_detail, detail);
  const float gap = view.offer_detail.empty() ? 0 : 16;
  const Box block =
      Box::around(words.center(), words.width(), std::min(title_height + detail_height + gap, words.height()));
  kit.text(block.top(title_height), view.offer_title, title);
  kit.text(block.bottom(detail_height), view.offer_detail, detail);
}

void draw_body(Kit& kit, const Box& body, const flow::AttractView& view) {
  const bool offer = !view.offer_title.empty();
  const float offer_height = offer ? std::min(body.height() * 0.40F, 330.0F) : 0;
  const Box above = body.without_bottom(offer ? offer_height + 32 : 0);
  const Box tiles = above.top(std::min(above.height(), 520.0F));
  const auto count = static_cast<int>(view.tiles.size());
  for (int i = 0; i < count; ++i) kit.tile(tiles.column(i, count, 32), view.tiles[static_cast<std::size_t>(i)]);
  if (offer) draw_offer(kit, Box{body.x0, tiles.y1 + 32, body.x1, tiles.y1 + 32 + offer_height}, view);
}

}  // namespace

void draw_screen(Kit& kit, const Page& page, const flow::AttractView& view) {
  const Box& content = page.content;
  const float hero_height = page.wide ? page.all.height() : content.y0 + content.height() * 0.5F;
  const Box hero = page.wide ? page.all.left(page.all.width() * 0.56F) : page.all.top(hero_height);
  if (page.wide) {
    // The chrome lies across the page, so the evening does too.
    draw_evening(kit, page.all, false);
    const Box sheet{hero.x1, content.y0 - 12, page.all.x1 + 60, page.all.y1 + 60};
    kit.canvas().fill(sheet, kit.theme().paper, 56);
  } else {
    draw_evening(kit, hero, true);
  }
  draw_lanterns(kit, hero, content.y0 - 18);

  const float words_left = content.x0 + 28;
  const float start_bottom = page.wide ? content.y1 - 24 : hero.y1 - shore_height - 36;
  const Box start =
      Box{words_left, start_bottom - 132, words_left + std::min(560.0F, hero.width() * 0.55F), start_bottom};
  draw_words(kit, Box{words_left, content.y0 + 36, words_left + std::min(530.0F, hero.width() * 0.5F), start.y0 - 24},
             view);
  kit.button(start, view.start, ButtonLook::gold, 46);
  if (view.start.enabled) kit.scratch().elsewhere = view.start.target;

  const Box body = page.wide ? Box{hero.x1 + 48, content.y0 + 36, content.x1, content.y1}
                             : Box{content.x0, hero.y1 + 20, content.x1, content.y1};
  draw_body(kit, body, view);
  if (page.wide) {
    kit.text(Box{hero.x1 + 48, page.strip.y0 + 26, content.x1, page.strip.y1 - 26}, view.footer,
             {.size = 30, .color = kit.theme().ink_soft, .across = Side::middle, .lines_max = 2});
  } else {
    draw_note(kit, page, view.footer, Ground::paper);
  }
}

}  // namespace millpond::view
