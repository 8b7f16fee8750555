// SPDX-License-Identifier: Apache-2.0
// The screens: one function each, from a part of the ViewModel to drawing. Every screen has the same chrome (brand,
// language, exit, offline banner), a content area that is its own, and a strip at the bottom where only words may be:
// a toast appears there and never covers a button. Internal to view.
#pragma once

#include "kiosk/view/kit.h"

namespace millpond::view {

// The parts of a page, in design units.
struct Page {
  Box all;
  Box content;  // below chrome, above the strip, inside the margins
  Box strip;    // no target here
  bool wide{};  // landscape: two columns instead of two halves
};

inline constexpr float page_margin = 48;
inline constexpr float portrait_width = 1080;
inline constexpr float portrait_height = 1920;
inline constexpr float wide_width = 1920;
inline constexpr float wide_height = 1200;

enum class Ground : unsigned char { paper, hero, night };  // what the chrome lies on

[[nodiscard]] Page make_page(float width, float height, bool wide, const flow::ViewModel& model);
void draw_chrome(Kit& kit, const Page& page, const flow::ViewModel& model, Ground ground);
void draw_toast(Kit& kit, const Page& page, const flow::Toast& toast, bool strip_taken);
// Round back button and headline; returns what is left of the content.
Box draw_title(Kit& kit, const Box& content, std::string_view title, const flow::Button* back, Ground ground);
// "20 秒后退出" with a button for more time; the whole box is the target.
void draw_countdown(Kit& kit, const Box& box, const flow::Banner& countdown);
void draw_note(Kit& kit, const Page& page, std::string_view note, Ground ground);  // centred in the strip

void draw_screen(Kit& kit, const Page& page, const flow::AttractView& view);
void draw_screen(Kit& kit, const Page& page, const flow::ScanView& view);
void draw_screen(Kit& kit, const Page& page, const flow::PhoneView& view);
void draw_screen(Kit& kit, const Page& page, const flow::ConsentView& view);
void draw_screen(Kit& kit, const Page& page, const flow::CardView& view);
void draw_screen(Kit& kit, const Page& page, const flow::IssuedView& view);
void draw_screen(Kit& kit, const Page& page, const flow::NoticeView& view);
void draw_screen(Kit& kit, const Page& page, const flow::DeskView& view);
void draw_screen(Kit& kit, const Page& page, const flow::ReportView& view);
void draw_screen(Kit& kit, const Page& page, const flow::TextView& view);
void draw_screen(Kit& kit, const Page& page, const flow::BillView& view);

// A cashier's screen: it lies, has a rail at its left and chrome of its own.
[[nodiscard]] bool is_desk(const flow::Screen& screen);
void draw_desk_chrome(Kit& kit, const Page& page, const flow::ViewModel& model);

// What lies under the chrome of each screen: drawn first, over the whole page.
[[nodiscard]] Ground ground_of(const flow::Screen& screen);

}  // namespace millpond::view
