// SPDX-License-Identifier: Apache-2.0
// Kit: the drawing vocabulary of every screen: cards, buttons, pills, banners, tickets, QR codes. Each widget draws
// itself and, where it can be pressed, puts itself on the list of targets. Wording comes from the ViewModel only.
// Lives for one frame.
#pragma once

#include "kiosk/view/canvas.h"
#include "kiosk/view/scratch.h"
#include "kiosk/view/theme.h"
#include "kiosk/view/typesetter.h"

#include <string>
#include <string_view>
#include <vector>

namespace millpond::view {

enum class ButtonLook : unsigned char { primary, gold, soft, plain, glass };  // glass: on dark and on red

[[nodiscard]] unsigned icon_code(flow::Icon icon);  // in the icon font; 0 for none

class Kit {
 public:
  Kit(Canvas& canvas, Typesetter& type, const Theme& theme, Scratch& scratch, std::int64_t now_ms)
      : canvas_{canvas}, type_{type}, theme_{theme}, scratch_{scratch}, now_ms_{now_ms} {}

  [[nodiscard]] Canvas& canvas() { return canvas_; }
  [[nodiscard]] Typesetter& type() { return type_; }
  [[nodiscard]] const Theme& theme() const { return theme_; }
  [[nodiscard]] Scratch& scratch() { return scratch_; }

  // Milliseconds since this screen appeared; the end of every animation when all is still.
  [[nodiscard]] std::int64_t screen_age_ms() const;
  [[nodiscard]] bool still() const { return scratch_.still; }
  // Asks for another frame after this long.
  void again_in(std::int64_t ms);

  // The shop's own sign instead of the cup; 0: the cup.
  void logo(std::uint64_t texture, float ratio) { logo_ = texture, logo_ratio_ = ratio; }
  // A cashier's headline gives way to a countdown.
  void take_headline() { headline_taken_ = true; }
  [[nodiscard]] bool headline_taken() const { return headline_taken_; }
  // Draws the sign from the left edge of the box, as high as the box; returns its width.
  float sign(const Box& box, Color ink);

  // Makes the box a target and returns it slightly smaller while it is pressed.
  Box target(const flow::Button& button, const Box& box);
  Box target(flow::Target target, std::string_view label, const Box& box, bool enabled = true);

  void text(const Box& box, std::string_view text, const TextStyle& style) { type_.set(box, text, style); }
  void icon(Point center, float size, flow::Icon icon, Color color) {
    type_.icon(center, size, icon_code(icon), color);
  }
  void icon_badge(const Box& box, flow::Icon icon, const ToneColors& tone);
  void card(const Box& box, float radius, float elevation = 1);

  // A disabled button says why below itself, in the 52 units under its box.
  void button(const Box& box, const flow::Button& button, ButtonLook look, float size = 42);
  void round_button(const Box& box, const flow::Button& button, ButtonLook look);
  void key(const Box& box, const flow::Button& button);
  // A small cap with the name of a key, ending at the right edge of the box; returns its width.
  float keycap(const Box& box, std::string_view key, Color ink);
  void tile(const Box& box, const flow::Tile& tile);
  // Right-aligned in the box; returns its width.
  float pill(const Box& box, std::string_view text, flow::Icon icon, Color ground, Color ink, float size);
  void banner(const Box& box, const flow::Banner& banner);
  void toast(const Box& box, const flow::Toast& toast);
  // Around what the keyboard is on.
  void focus(const Box& box, flow::Target target, float radius) { focus_ring(box, target, radius); }
  void progress(const Box& box, double share, const Paint& done, Color ground);
  // The largest whole number of pixels per module that fits, with its quiet zone.
  void qr(const Box& box, const ports::QrModules& code);
  void coupon(const Box& box, const flow::CouponItem& coupon);

 private:
  void focus_ring(const Box& box, flow::Target target, float radius);
  [[nodiscard]] float press_of(flow::Target target) const { return scratch_.press[static_cast<std::size_t>(target)]; }

  Canvas& canvas_;
  Typesetter& type_;
  const Theme& theme_;
  Scratch& scratch_;
  std::int64_t now_ms_;
  std::uint64_t logo_{};
  float logo_ratio_{1};
  bool headline_taken_{};
};

}  // namespace millpond::view
