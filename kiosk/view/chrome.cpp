// SPDX-License-Identifier: Apache-2.0
// What every screen has: brand, language, exit, the offline banner and its queue, the countdown, the toast.
#include "kiosk/view/screens.h"

#include <algorithm>

namespace millpond::view {
namespace {

constexpr float header_top = 24;
constexpr float header_height = 96;
constexpr float banner_height = 108;
constexpr float gap = 24;
constexpr float strip_portrait = 144;
constexpr float strip_wide = 132;

Box header_of(const Page& page) {
  return Box{page.content.x0, page.all.y0 + header_top, page.content.x1, page.all.y0 + header_top + header_height};
}

float header_bottom(const Box& all) { return all.y0 + header_top + header_height; }

// A pill of a button at the right end of the row; returns the row without it.
Box corner_button(Kit& kit, const Box& row, const flow::Button& button, Ground ground) {
  const TextStyle style{.face = Face::bold, .size = 32};
  const float icon_room = button.icon == flow::Icon::none ? 0 : 52;
  const float width = std::clamp(kit.type().width(button.label, style) + icon_room + 76, 136.0F, 330.0F);
  kit.button(row.right(width), button, ground == Ground::paper ? ButtonLook::soft : ButtonLook::glass, style.size);
  return row.without_right(width + 20);
}

}  // namespace

void draw_countdown(Kit& kit, const Box& box, const flow::Banner& countdown) {
  const Box pressed =
      kit.target(flow::Target::more_time, countdown.detail.empty() ? countdown.text : countdown.detail, box);
  const ToneColors& tone = kit.theme().tone(countdown.tone);
  kit.canvas().shadow(pressed, 30, 26, with_alpha(kit.theme().shadow, 0.25F), 8);
  kit.canvas().fill(pressed, tone.soft, 30);
  kit.canvas().outline(pressed, tone.line, 30, 3);
  kit.icon({pressed.x0 + 64, pressed.center().y}, 52, countdown.icon, tone.on_soft);
  Box words = Box{pressed.x0 + 116, pressed.y0, pressed.x1 - 16, pressed.y1};
  if (!countdown.detail.empty()) {
    const TextStyle style{.face = Face::bold, .size = 36, .color = kit.theme().on_brand, .across = Side::middle};
    const Box action =
        words.right(std::min(kit.type().width(countdown.detail, style) + 72, words.width() * 0.5F)).inset(0, 14);
    kit.canvas().fill(action, Paint::down(action, kit.theme().brand_light, kit.theme().brand), 26);
    kit.text(action.inset(24, 0), countdown.detail, style);
    words = words.without_right(action.width() + 24);
  }
  kit.text(words, countdown.text, {.face = Face::bold, .size = 38, .color = tone.on_soft});
}

Page make_page(float width, float height, bool wide, const flow::ViewModel& model) {
  Page page;
  page.all = {0, 0, width, height};
  page.wide = wide;
  const float column = wide ? width : portrait_width;  // a tall narrow window keeps the portrait column in its middle
  const float side = (width - column) / 2 + page_margin;
  const float strip = wide ? strip_wide : strip_portrait;
  page.strip = Box{side, height - strip, width - side, height};
  const float banner = model.chrome.banner ? banner_height + gap : 0;
  page.content = Box{side, header_bottom(page.all) + gap + banner, width - side, height - strip};
  return page;
}

void draw_chrome(Kit& kit, const Page& page, const flow::ViewModel& model, Ground ground) {
  if (is_desk(model.screen)) return draw_desk_chrome(kit, page, model);
  const flow::Chrome& chrome = model.chrome;
  Box row = header_of(page);
  const Color ink = ground == Ground::paper ? kit.theme().ink : kit.theme().on_night;
  row = corner_button(kit, row, chrome.language, ground);
  if (chrome.appearance) {
    kit.round_button(row.right(row.height()), *chrome.appearance,
                     ground == Ground::paper ? ButtonLook::soft : ButtonLook::glass);
    row = row.without_right(row.height() + 20);
  }
  if (chrome.rules) {
    kit.round_button(row.right(row.height()), *chrome.rules,
                     ground == Ground::paper ? ButtonLook::soft : ButtonLook::glass);
    row = row.without_right(row.height() + 20);
  }
  if (chrome.exit) row = corner_button(kit, row, *chrome.exit, ground);
  const float sign = kit.sign(row.inset(0, 22).left(row.width() * 0.5F), ink);
  kit.text(row.without_left(sign + 18), chrome.brand, {.face = Face::bold, .size = 36, .color = ink});
  if (chrome.banner) {
    const float top = header_bottom(page.all) + gap * 0.75F;
    kit.banner(Box{page.content.x0, top, page.content.x1, top + banner_height}, *chrome.banner);
  }
  if (chrome.countdown) draw_countdown(kit, page.strip.inset(0, 18), *chrome.countdown);
}

void draw_toast(Kit& kit, const Page& page, const flow::Toast& toast, bool strip_taken) {
  if (!strip_taken) {
    kit.toast(page.strip.inset(0, 16), toast);
    return;
  }
  // The countdown is a button; above the content is only the banner, which can wait.
  const float top = header_bottom(page.all) + gap * 0.75F;
  kit.toast(Box{page.content.x0, top, page.content.x1, top + banner_height}, toast);
}

Box draw_title(Kit& kit, const Box& content, std::string_view title, const flow::Button* back, Ground ground) {
  const Box row = content.top(104);
  float left = 0;
  if (back != nullptr) {
    kit.round_button(row.left(104), *back, ground == Ground::paper ? ButtonLook::plain : ButtonLook::glass);
    left = 136;
  }
  const Color ink = ground == Ground::paper ? kit.theme().ink : kit.theme().on_night;
  kit.text(row.without_left(left), title, {.face = Face::bold, .size = 56, .color = ink, .size_min = 36});
  return content.without_top(104 + 32);
}

void draw_note(Kit& kit, const Page& page, std::string_view note, Ground ground) {
  const Color ink = ground == Ground::paper ? kit.theme().ink_soft : kit.theme().on_night_soft;
  kit.text(page.strip.inset(24, 26), note, {.size = 30, .color = ink, .across = Side::middle, .lines_max = 2});
}

bool is_desk(const flow::Screen& screen) {
  return std::holds_alternative<flow::DeskView>(screen) || std::holds_alternative<flow::ReportView>(screen);
}

Ground ground_of(const flow::Screen& screen) {
  if (std::holds_alternative<flow::AttractView>(screen)) return Ground::hero;
  if (std::holds_alternative<flow::ScanView>(screen)) return Ground::night;
  return Ground::paper;
}

}  // namespace millpond::view
