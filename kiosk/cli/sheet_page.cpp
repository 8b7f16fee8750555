// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/sheet_page.h"

#include "hardware/print/text_layout.h"
#include "hardware/scan/encode.h"
#include "sync/text/text.h"

#include <algorithm>
#include <utility>

namespace millpond::cli {
namespace {

using text::Key;
using text::Language;

constexpr int margin = 200;
constexpr int content_width = page_width_dots - 2 * margin;
constexpr int module_dots = 14;  // 1.2 mm
constexpr int gap = 44;

// Dots of Chinese and of English text, which looks larger.
struct Sizes {
  int chinese;
  int english;
};
constexpr Sizes title{100, 64};
constexpr Sizes cash{104, 72};
constexpr Sizes body{50, 44};
constexpr Sizes value{56, 50};

class Page {
 public:
  explicit Page(print::Fonts& fonts) : fonts_{fonts}, to_{page_width_dots, 0, {}} { to_.grow_to(page_height_dots); }

  print::Bitmap draw(const SheetPage& page, const ports::QrModules& code) {
    both(Key::sheet_title, title, print::Weight::bold);
    band();
    both(Key::sheet_cash_detail, body, print::Weight::regular);
    space(gap);
    row(Key::sheet_store, std::to_string(page.store.value), std::to_string(page.store.value));
    row(Key::sheet_terminal, std::to_string(page.terminal.value), std::to_string(page.terminal.value));
    row(Key::sheet_last_day, text::full_date(page.last_day, Language::zh_cn),
        text::full_date(page.last_day, Language::en));
    symbol(code);
    both(Key::sheet_how, body, print::Weight::regular);
    space(gap);
    both(Key::sheet_digits, body, print::Weight::regular);
    boxes();
    return std::move(to_);
  }

 private:
  void space(int dots) { y_ += dots; }

  void paragraph(std::string_view words, const print::TextStyle& style, int width, bool black = true) {
    for (const auto& line : print::lay_out_balanced(fonts_, style, words, width)) {
      print::draw_line(to_, line, style, (page_width_dots - line.width) / 2, y_, black);
      y_ += print::line_height(style);
    }
  }

  void both(Key key, const Sizes& sizes, print::Weight weight, bool black = true) {
    paragraph(text::get(key, Language::zh_cn), {sizes.chinese, weight}, content_width, black);
    paragraph(text::get(key, Language::en), {sizes.english, weight}, content_width, black);
  }

  // White on black: it must be seen from the door.
  void band() {
    constexpr int padding = 36;
    const int height = print::line_height({cash.chinese}) + print::line_height({cash.english}) + 2 * padding;
    space(gap);
    to_.fill_rounded({margin, y_, content_width, height}, 40);
    const int bottom = y_ + height;
    space(padding);
    both(Key::sheet_cash, cash, print::Weight::bold, /*black=*/false);
    y_ = bottom;
    space(gap / 2);
  }

  void row(Key name, const std::string& chinese, const std::string& english) {
    const print::TextStyle style{value.chinese, print::Weight::bold};
    const auto names =
        std::string{text::get(name, Language::zh_cn)} + "  " + std::string{text::get(name, Language::en)};
    const auto words = chinese == english ? chinese : chinese + "  " + english;
    const auto at = [&](std::string_view line, const print::TextStyle& of, bool right) {
      const auto set = print::lay_out(fonts_, of, line, content_width).front();
      print::draw_line(to_, set, of, right ? page_width_dots - margin - set.width : margin, y_, true);
    };
    at(names, {value.english, print::Weight::regular}, false);
    at(words, style, true);
    y_ += print::line_height(style);
  }

  void symbol(const ports::QrModules& code) {
    const int left = (page_width_dots - module_dots * code.size) / 2;
    y_ += module_dots * ports::qr_quiet_zone_modules;
    for (int down = 0; down < code.size; ++down) {
      for (int across = 0; across < code.size; ++across) {
        if (!code.get(across, down)) continue;
        to_.fill({left + across * module_dots, y_ + down * module_dots, module_dots, module_dots}, true);
      }
    }
    y_ += module_dots * (code.size + ports::qr_quiet_zone_modules);
  }

  // Empty, for a pen.
  void boxes() {
    constexpr int count = 6;
    constexpr int side = 150;
    constexpr int between = 40;
    constexpr int line = 5;
    space(gap / 2);
    int x = (page_width_dots - count * side - (count - 1) * between) / 2;
    for (int i = 0; i < count; ++i, x += side + between) {
      to_.fill({x, y_, side, side}, true);
      to_.fill({x + line, y_ + line, side - 2 * line, side - 2 * line}, false);
    }
    y_ += side;
  }

  print::Fonts& fonts_;
  print::Bitmap to_;
  int y_ = 140;
};

}  // namespace

base::Result<print::Bitmap> draw_page(const SheetPage& page, const std::optional<print::FontPaths>& fonts) {
  MILLPOND_TRY(const auto code, scan::encode_qr(page.code, scan::qr_page_text_max));
  auto paths = fonts ? base::Result<print::FontPaths>{*fonts} : print::find_fonts();
  if (!paths) return paths.error();
  MILLPOND_TRY(auto opened, print::Fonts::open(*paths));
  auto drawn = Page{opened}.draw(page, code);
  if (drawn.height > page_height_dots) return base::Error{base::Code::too_large, "draw sheet", "longer than its page"};
  return drawn;
}

}  // namespace millpond::cli
