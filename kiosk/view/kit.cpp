// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/kit.h"

#include <algorithm>
#include <cmath>
#include <imgui.h>

namespace millpond::view {
namespace {

constexpr float button_radius = 30;
constexpr float low_button_height = 100;

struct ButtonColors {
  Paint ground;
  Color ink;
};

ButtonColors button_colors(const Theme& theme, ButtonLook look, const Box& box, float press) {
  switch (look) {
    case ButtonLook::primary:
      return {Paint::down(box, theme.brand_light, theme.brand), theme.on_brand};
    case ButtonLook::gold:
      return {Paint::down(box, theme.gold_light, theme.gold), theme.on_gold};
    case ButtonLook::soft: {
      const ToneColors& tone = theme.tone(flow::Tone::brand);
      return {mix(tone.soft, tone.line, press), tone.on_soft};
    }
    case ButtonLook::plain:
      return {mix(theme.card, theme.line, press), theme.ink};
    case ButtonLook::glass:
      break;
  }
  return {with_alpha(theme.on_night, 0.14F + 0.14F * press), theme.on_night};
}

}  // namespace

unsigned icon_code(flow::Icon icon) {
  switch (icon) {
    case flow::Icon::none:
      return 0;
    case flow::Icon::cup:
      return 0xE541;  // local_cafe
    case flow::Icon::scan:
      return 0xF206;  // qr_code_scanner
    case flow::Icon::phone:
      return 0xE0BC;  // dialpad
    case flow::Icon::person_add:
      return 0xE7FE;  // person_add
    case flow::Icon::ticket:
      return 0xE638;  // confirmation_number
    case flow::Icon::star:
      return 0xE8D0;  // stars
    case flow::Icon::print:
      return 0xE8AD;  // print
    case flow::Icon::check:
      return 0xE86C;  // check_circle
    case flow::Icon::cloud_off:
      return 0xE2C1;  // cloud_off
    case flow::Icon::cloud_done:
      return 0xE2BF;  // cloud_done
    case flow::Icon::warning:
      return 0xE002;  // warning
    case flow::Icon::error:
      return 0xE000;  // error
    case flow::Icon::back:
      return 0xE5C4;  // arrow_back
    case flow::Icon::close:
      return 0xE5CD;  // close
    case flow::Icon::language:
      return 0xE894;  // language
    case flow::Icon::backspace:
      return 0xE14A;  // backspace
    case flow::Icon::clock:
      return 0xE8B5;  // schedule
    case flow::Icon::lock:
      return 0xE897;  // lock
    case flow::Icon::gift:
      return 0xE8F6;  // card_giftcard
    case flow::Icon::receipt:
      return 0xE8B0;  // receipt
    case flow::Icon::shield:
      return 0xE8E8;  // verified_user
    case flow::Icon::hourglass:
      return 0xE88B;  // hourglass_empty
    case flow::Icon::appearance:
      return 0xE427;  // tonality
    case flow::Icon::cart:
      return 0xE54C;  // local_mall
    case flow::Icon::people:
      return 0xE7FB;  // people
    case flow::Icon::build:
      return 0xE8B8;  // settings
    case flow::Icon::report:
      return 0xE85D;  // assignment
    case flow::Icon::keyboard:
      return 0xE312;  // keyboard
    case flow::Icon::bulb:
      return 0xE90F;  // lightbulb_outline
    case flow::Icon::display:
      return 0xE333;  // desktop_windows
    case flow::Icon::wifi:
      return 0xE627;  // sync
    case flow::Icon::text_size:
      return 0xE245;  // format_size
    case flow::Icon::person:
      return 0xE7FD;  // person
    case flow::Icon::info:
      return 0xE88E;  // info
  }
  return 0;
}

std::int64_t Kit::screen_age_ms() const {
  constexpr std::int64_t long_ago_ms = 3'600'000;
  return scratch_.still ? long_ago_ms : now_ms_ - scratch_.screen_since_ms;
}

void Kit::again_in(std::int64_t ms) {
  if (scratch_.still) return;
  const std::int64_t at = now_ms_ + ms;
  scratch_.next_frame_ms = std::min(scratch_.next_frame_ms.value_or(at), at);
}

Box Kit::target(flow::Target target, std::string_view label, const Box& box, bool enabled) {
  const ImVec2 from = canvas_.to_px({box.x0, box.y0});
  const ImVec2 to = canvas_.to_px({box.x1, box.y1});
  scratch_.targets.push_back({target, std::string{label}, box, {from.x, from.y, to.x, to.y}, enabled});
  return box.inset(4 * press_of(target));
}

Box Kit::target(const flow::Button& button, const Box& box) {
  const Box pressed = target(button.target, button.label, box, button.enabled);
  scratch_.targets.back().key = button.key;
  return pressed;
}

float Kit::sign(const Box& box, Color ink) {
  if (logo_ == 0) {
    icon({box.x0 + box.height() / 2, box.center().y}, box.height(), flow::Icon::cup, ink);
    return box.height();
  }
  const Box place = box.left(std::min(box.width(), box.height() * logo_ratio_));
  canvas_.picture(logo_, place, {0, 0}, {1, 1}, rgb(0xFFFFFF));
  return place.width();
}

float Kit::keycap(const Box& box, std::string_view key, Color ink) {
  if (key.empty()) return 0;
  const TextStyle style{.face = Face::bold, .size = 24, .color = ink, .across = Side::middle, .size_min = 22};
  const float width = std::max(48.0F, type_.width(key, style) + 22);
  const Box cap = Box::around({box.x1 - width / 2, box.center().y}, width, 42);
  canvas_.outline(cap, with_alpha(ink, 0.55F), 10, 2);
  text(cap, key, style);
  return width;
}

void Kit::focus_ring(const Box& box, flow::Target target, float radius) {
  if (scratch_.focused != target) return;
  canvas_.outline(box.inset(-6), theme_.tone(flow::Tone::neutral).ink, radius + 6, 6);
}

void Kit::card(const Box& box, float radius, float elevation) {
  canvas_.shadow(box, radius, 34 * elevation, with_alpha(theme_.shadow, 0.13F), 14 * elevation);
  canvas_.shadow(box, radius, 6, with_alpha(theme_.shadow, 0.10F), 2);
  canvas_.fill(box, theme_.card, radius);
  if (theme_.edge >> 24 != 0) canvas_.outline(box, theme_.edge, radius, 2);
}

void Kit::icon_badge(const Box& box, flow::Icon icon, const ToneColors& tone) {
  canvas_.fill(box, tone.soft, box.width() * 0.29F);
  this->icon(box.center(), box.width() * 0.56F, icon, tone.ink);
}

void Kit::button(const Box& box, const flow::Button& button, ButtonLook look, float size) {
  const Box pressed = target(button, box);
  // Low buttons are pills.
  const float radius = box.height() <= low_button_height ? box.height() / 2 : button_radius;
  const float press = press_of(button.target);
  ButtonColors colors = button_colors(theme_, look, pressed, press);
  const bool at_night = look == ButtonLook::gold || look == ButtonLook::glass;
  if (!button.enabled && at_night) colors = {with_alpha(theme_.on_night, 0.14F), theme_.on_night_soft};
  if (!button.enabled && !at_night) colors = {theme_.disabled, theme_.on_disabled};
  const bool raised = look == ButtonLook::primary || look == ButtonLook::gold;
  if (raised && button.enabled) {
    const Color glow = look == ButtonLook::primary ? with_alpha(theme_.brand, 0.36F) : with_alpha(theme_.shadow, 0.35F);
    canvas_.shadow(pressed, radius, 24 * (1 - 0.6F * press), glow, 10 * (1 - press));
  }
  canvas_.fill(pressed, colors.ground, radius);
  if (look == ButtonLook::plain) canvas_.outline(pressed, theme_.line, radius, 2);
  if (look == ButtonLook::glass && theme_.edge >> 24 != 0) canvas_.outline(pressed, theme_.edge, radius, 2);
  if (look == ButtonLook::soft && theme_.edge >> 24 != 0) {
    canvas_.outline(pressed, theme_.tone(flow::Tone::brand).line, radius, 2);
  }
  focus_ring(box, button.target, radius);

  const TextStyle style{.face = Face::bold, .size = size, .color = colors.ink};
  Box inner = pressed.inset(28, 0);
  if (!button.key.empty()) inner = inner.without_right(keycap(inner, button.key, colors.ink) + 16);
  const float icon_size = button.icon == flow::Icon::none ? 0 : size * 1.2F;
  const float gap = icon_size > 0 && !button.label.empty() ? size * 0.38F : 0;
  const float label_width = std::min(type_.width(button.label, style), inner.width() - icon_size - gap);
  const float start = inner.center().x - (icon_size + gap + label_width) / 2;
  if (icon_size > 0) icon({start + icon_size / 2, inner.center().y}, icon_size, button.icon, colors.ink);
  text(Box::at(start + icon_size + gap, inner.y0, label_width, inner.height()), button.label, style);
  if (!button.enabled && !button.why_not.empty()) {
    const Color ink = look == ButtonLook::glass || look == ButtonLook::gold ? theme_.on_night_soft : theme_.ink_soft;
    text(Box{box.x0, box.y1 + 8, box.x1, box.y1 + 52}, button.why_not,
         {.size = 30, .color = ink, .across = Side::middle});
  }
}

void Kit::round_button(const Box& box, const flow::Button& button, ButtonLook look) {
  const Box pressed = target(button, box);
  const ButtonColors colors = button_colors(theme_, look, pressed, press_of(button.target));
  if (look == ButtonLook::plain) {
    canvas_.shadow(pressed, pressed.height() / 2, 14, with_alpha(theme_.shadow, 0.12F), 4);
  }
  canvas_.fill(pressed, colors.ground, pressed.height() / 2);
  if (theme_.edge >> 24 != 0) canvas_.outline(pressed, theme_.edge, pressed.height() / 2, 2);
  focus_ring(box, button.target, box.height() / 2);
  icon(pressed.center(), box.height() * 0.46F, button.icon, colors.ink);
}

void Kit::key(const Box& box, const flow::Button& button) {
  const Box pressed = target(button, box);
  const float press = press_of(button.target);
  canvas_.shadow(pressed, 32, 14, with_alpha(theme_.shadow, 0.14F * (1 - 0.5F * press)), 5 * (1 - press));
  canvas_.fill(pressed, mix(theme_.card, theme_.tone(flow::Tone::brand).line, press * 0.7F), 32);
  if (theme_.edge >> 24 != 0) canvas_.outline(pressed, theme_.edge, 32, 2);
  focus_ring(box, button.target, 32);
  const Color ink = button.enabled ? theme_.ink : theme_.on_disabled;
  if (button.icon != flow::Icon::none) {
    icon(pressed.center(), 64, button.icon, theme_.tone(flow::Tone::brand).ink);
  } else {
    text(pressed.inset(12), button.label, {.face = Face::bold, .size = 72, .color = ink, .across = Side::middle});
  }
}

void Kit::tile(const Box& box, const flow::Tile& tile) {
  const Box pressed = target(tile.button, box);
  const ToneColors& tone = theme_.tone(tile.tone);
  card(pressed, 40, 1 - 0.5F * press_of(tile.button.target));
  focus_ring(box, tile.button.target, 40);
  const bool low = pressed.height() < 260;
  const float badge = low ? 96 : 116;
  const Box inner = pressed.inset(44, low ? 28 : 40);
  icon_badge(Box::at(inner.x0, inner.y0, badge, badge), tile.button.icon, tone);
  const std::string_view line =
      tile.button.enabled || tile.button.why_not.empty() ? tile.subtitle : tile.button.why_not;
  const TextStyle small{.size = 30, .color = theme_.ink_soft, .down = Side::end, .lines_max = 2};
  const float height = std::clamp(type_.height(inner.width(), line, small), 40.0F, 76.0F);
  text(inner.without_bottom(height + 8).bottom(56), tile.button.label,
       {.face = Face::bold, .size = 44, .color = theme_.ink});
  text(inner.bottom(height), line, small);
}

float Kit::pill(const Box& box, std::string_view words, flow::Icon icon_name, Color ground, Color ink, float size) {
  const TextStyle style{.face = Face::bold, .size = size, .color = ink};
  const float icon_room = icon_name == flow::Icon::none ? 0 : size * 1.45F;
  const float padding = size * 0.8F;
  const float label_width = std::min(type_.width(words, style), box.width() - icon_room - 2 * padding);
  const Box shape = box.right(label_width + icon_room + 2 * padding);
  canvas_.fill(shape, ground, shape.height() / 2);
  if (icon_room > 0) icon({shape.x0 + padding + size * 0.5F, shape.center().y}, size * 1.2F, icon_name, ink);
  text(Box{shape.x0 + padding + icon_room, shape.y0, shape.x1 - padding, shape.y1}, words, style);
  return shape.width();
}

void Kit::banner(const Box& box, const flow::Banner& banner) {
  const ToneColors& tone = theme_.tone(banner.tone);
  canvas_.fill(box, tone.soft, 26);
  canvas_.outline(box, tone.line, 26, 2);
  icon({box.x0 + 58, box.center().y}, 46, banner.icon, tone.on_soft);
  const Box words = {box.x0 + 104, box.y0 + 8, box.x1 - 28, box.y1 - 8};
  if (banner.detail.empty()) {
    text(words, banner.text, {.face = Face::bold, .size = 32, .color = tone.on_soft, .lines_max = 2});
    return;
  }
  const int lines_max = words.height() >= 160 ? 2 : 1;
  text(words.row(0, 2, 0), banner.text,
       {.face = Face::bold, .size = 32, .color = tone.on_soft, .lines_max = lines_max});
  text(words.row(1, 2, 0), banner.detail, {.size = 28, .color = tone.on_soft, .lines_max = lines_max});
}

void Kit::toast(const Box& box, const flow::Toast& toast) {
  const TextStyle style{.face = Face::bold, .size = 36, .color = theme_.on_toast, .lines_max = 2};
  const float width = std::min(box.width(), type_.width(toast.text, style) + 124 + 56);
  const Box shape = Box::around(box.center(), width, std::min(box.height(), 112.0F));
  const float radius = shape.height() / 2;
  canvas_.shadow(shape, radius, 28, with_alpha(rgb(0), 0.35F), 10);
  canvas_.fill(shape, theme_.toast, radius);
  icon({shape.x0 + 68, shape.center().y}, 52, toast.icon,
       toast.tone == flow::Tone::positive || toast.tone == flow::Tone::neutral ? theme_.toast_good : theme_.toast_bad);
  text({shape.x0 + 116, shape.y0 + 6, shape.x1 - 44, shape.y1 - 6}, toast.text, style);
}

void Kit::progress(const Box& box, double share, const Paint& done, Color ground) {
  canvas_.fill(box, ground, box.height() / 2);
  const float length = box.width() * static_cast<float>(std::clamp(share, 0.0, 1.0));
  if (length > 0) canvas_.fill(box.left(std::max(length, box.height())), done, box.height() / 2);
}

void Kit::qr(const Box& box, const ports::QrModules& code) {
  if (!code.is_sound()) return;
  const int modules = code.size + 2 * ports::qr_quiet_zone_modules;
  const ImVec2 middle = canvas_.to_px(box.center());
  const float side_px = std::min(box.width(), box.height()) * canvas_.scale();
  const int module_px = std::max(1, static_cast<int>(side_px) / modules);
  const int whole_px = module_px * modules;
  const auto x0 = static_cast<int>(std::lround(middle.x)) - whole_px / 2;
  const auto y0 = static_cast<int>(std::lround(middle.y)) - whole_px / 2;
  const auto rectangle = [&](int x, int y, int wide, int high, Color color) {
    const auto px = [module_px](int origin, int module) { return static_cast<float>(origin + module * module_px); };
    canvas_.list().AddRectFilled({px(x0, x), px(y0, y)}, {px(x0, x + wide), px(y0, y + high)}, color);
  };
  rectangle(0, 0, modules, modules, theme_.qr_light);
  for (int y = 0; y < code.size; ++y) {
    for (int x = 0; x < code.size;) {
      int end = x;
      while (code.get(end, y)) ++end;
      if (end > x) {
        rectangle(x + ports::qr_quiet_zone_modules, y + ports::qr_quiet_zone_modules, end - x, 1, theme_.qr_dark);
      }
      x = end + 1;
    }
  }
}

void Kit::coupon(const Box& box, const flow::CouponItem& coupon) {
  const ToneColors& tone = theme_.tone(coupon.tone);
  const Color value_ink = coupon.usable ? tone.ink : theme_.ink_soft;
  card(box, 30, 0.6F);
  canvas_.clipped(box.left(16),
                  [&] { canvas_.fill(box, coupon.usable ? tone.ink : mix(theme_.card, theme_.ink_soft, 0.5F), 30); });
  const Box inner = Box{box.x0 + 40, box.y0 + 14, box.x1 - 20, box.y1 - 14};
  const float value = inner.height() * 0.27F;
  text(inner.top(value), coupon.value, {.face = Face::display, .size = 62, .color = value_ink});
  // What keeps it from being used says enough about when and where.
  const bool why_not = !coupon.usable && !coupon.state.empty();
  struct Words {
    std::string_view text;
    TextStyle style;
    float height{};
  };
  Words all[] = {
      {coupon.condition, {.size = 28, .color = theme_.ink, .down = Side::start, .lines_max = 3, .size_min = 21}},
      {why_not ? std::string_view{} : coupon.terms,
       {.size = 24, .color = theme_.ink_soft, .down = Side::start, .lines_max = 4, .size_min = 21}},
      {why_not ? coupon.state : coupon.validity,
       {.size = 26, .color = theme_.ink_soft, .down = Side::end, .lines_max = 3, .size_min = 21}}};
  const Box below = inner.without_top(value + 4);
  // All of them smaller together until they have room.
  constexpr int steps = 9;
  for (int step = 0; step <= steps; ++step) {
    const float shrunk = 1 - 0.04F * static_cast<float>(step);
    float wanted = 0;
    for (Words& words : all) {
      TextStyle style = words.style;
      style.size *= shrunk;
      words.height = words.text.empty() ? 0 : type_.height(below.width(), words.text, style) + 2;
      wanted += words.height;
    }
    if (wanted > below.height() && step < steps) continue;
    for (Words& words : all) words.style.size *= shrunk;
    break;
  }
  text(below.top(all[0].height), all[0].text, all[0].style);
  text(below.without_top(all[0].height).without_bottom(all[2].height), all[1].text, all[1].style);
  text(below.bottom(all[2].height), all[2].text, all[2].style);
}

}  // namespace millpond::view
