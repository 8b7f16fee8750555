// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/desk_parts.h"

#include <algorithm>

namespace millpond::view {
namespace {

constexpr float header_height = 96;
constexpr float header_top = 24;
constexpr float side = 32;

void draw_rail_item(Kit& kit, const Box& box, const flow::Button& item, bool current) {
  const Theme& theme = kit.theme();
  const Box pressed = kit.target(item, box);
  if (current) {
    kit.canvas().fill(pressed, with_alpha(theme.on_member, 0.16F), 26);
    kit.canvas().fill({pressed.x0 - 2, pressed.y0 + 34, pressed.x0 + 5, pressed.y1 - 34}, theme.gold_light, 3);
  }
  const Color ink = current ? theme.on_member : theme.on_member_soft;
  kit.icon({pressed.center().x, pressed.y0 + 38}, 46, item.icon, ink);
  kit.text({pressed.x0 + 2, pressed.y0 + 62, pressed.x1 - 2, pressed.y0 + 100}, item.label,
           {.face = Face::bold, .size = 27, .color = ink, .across = Side::middle});
  kit.text({pressed.x0 + 2, pressed.y0 + 100, pressed.x1 - 2, pressed.y0 + 130}, item.key,
           {.size = 24, .color = theme.on_member_soft, .across = Side::middle});
  kit.focus(box, item.target, 26);
}

void draw_rail(Kit& kit, const Box& box, const flow::Rail& rail) {
  const Theme& theme = kit.theme();
  kit.canvas().fill(
      box, Paint::down(box, theme.member_dark,
                       theme.brand_dark == theme.member_dark ? theme.member_dark
                                                             : mix(theme.member_dark, theme.member_light, 0.55F)));
  if (theme.edge >> 24 != 0) kit.canvas().fill(box.right(2), theme.edge);
  kit.sign(Box::around({box.center().x, box.y0 + 74}, 60, 60), theme.gold_light);
  float top = box.y0 + 144;
  for (const flow::Button& item : rail.items) {
    draw_rail_item(kit, {box.x0 + 10, top, box.x1 - 10, top + 138}, item, item.target == rail.current);
    top += 138 + 14;
  }
}

}  // namespace

Box draw_desk_frame(Kit& kit, const Page& page, const flow::Rail& rail, std::string_view title) {
  draw_rail(kit, page.all.left(rail_width), rail);
  const Box content{page.all.x0 + rail_width + side, page.all.y0 + header_top + header_height + 12, page.all.x1 - side,
                    page.all.y1 - 24};
  if (kit.headline_taken()) return content;
  const Box head{content.x0, page.all.y0 + header_top, content.x0 + 520, page.all.y0 + header_top + header_height};
  kit.text(head, title, {.face = Face::bold, .size = 46, .color = kit.theme().ink, .lines_max = 1});
  return content;
}

void draw_desk_chrome(Kit& kit, const Page& page, const flow::ViewModel& model) {
  const flow::Chrome& chrome = model.chrome;
  Box row{page.all.x0 + rail_width + side, page.all.y0 + header_top, page.all.x1 - side,
          page.all.y0 + header_top + header_height};
  if (chrome.countdown) draw_countdown(kit, row.left(row.width() * 0.42F), *chrome.countdown);
  row = row.without_left(row.width() * 0.42F + 24);
  const TextStyle label{.face = Face::bold, .size = 30};
  const float wide = std::clamp(kit.type().width(chrome.language.label, label) + 128, 150.0F, 260.0F);
  kit.button(row.right(wide), chrome.language, ButtonLook::soft, label.size);
  row = row.without_right(wide + 18);
  if (chrome.appearance) {
    kit.round_button(row.right(row.height()), *chrome.appearance, ButtonLook::soft);
    row = row.without_right(row.height() + 18);
  }
  if (chrome.banner) kit.banner(row, *chrome.banner);
}

void draw_pad(Kit& kit, const Box& box, const flow::Pad& pad) {
  const Theme& theme = kit.theme();
  kit.card(box, 44);
  const Box inner = box.inset(36, 28);
  kit.text(inner.top(42), pad.label, {.face = Face::bold, .size = 30, .color = theme.ink_soft});
  const bool empty = pad.typed.empty();
  kit.text(inner.without_top(44).top(96), empty ? pad.placeholder : pad.typed,
           {.face = empty ? Face::regular : Face::display,
            .size = empty ? 52.0F : 76.0F,
            .color = empty ? theme.ink_soft : theme.ink,
            .across = Side::end});
  const float line = inner.y0 + 146;
  kit.canvas().fill({inner.x0, line, inner.x1, line + 4}, theme.tone(flow::Tone::brand).ink);
  const Box under{inner.x0, line + 14, inner.x1, line + 14 + 84};
  if (pad.problem) {
    kit.text(under, pad.problem->text + " " + pad.problem->detail,
             {.face = Face::bold, .size = 27, .color = theme.tone(pad.problem->tone).ink, .lines_max = 2});
  } else {
    kit.text(under, pad.note, {.size = 26, .color = theme.ink_soft, .lines_max = 2});
  }
  const Box submit = inner.without_bottom(48).bottom(116);
  float bottom = submit.y0 - 18;
  if (pad.clear) {
    const Box clear{inner.x0, bottom - 92, inner.x1, bottom};
    kit.button(clear, *pad.clear, ButtonLook::soft, 32);
    bottom = clear.y0 - 18;
  }
  const Box keys{inner.x0, under.y1 + 12, inner.x1, bottom};
  constexpr float between = 14;
  const auto count = static_cast<int>(pad.keys.size());
  const int lead = count % 3 == 0 ? 0 : 1;  // without a key at the left of the last row
  for (int i = 0; i < count; ++i) {
    const int at = i < 9 ? i : i + lead;
    kit.key(keys.row(at / 3, 4, between).column(at % 3, 3, between), pad.keys[static_cast<std::size_t>(i)]);
  }
  kit.button(submit, pad.submit, ButtonLook::primary, 38);
}

}  // namespace millpond::view
