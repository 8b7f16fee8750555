// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/rasterize.h"

#include "hardware/print/text_layout.h"

#include <algorithm>
#include <string>
#include <utility>

namespace millpond::print {
namespace {

constexpr int width_min_dots = 256;
constexpr int width_max_dots = 832;
constexpr int height_max_dots = 16000;  // two metres
constexpr int narrow_below_dots = 480;
constexpr int qr_share_percent = 62;   // of the width; a larger symbol does not scan better
constexpr int module_min_dots = 3;     // 0.375 mm: what a phone camera still resolves
constexpr int paper_margin_dots = 32;  // 4 mm beside the print on 80 mm paper

// Dots. The narrow paper takes smaller headlines and the same text, because eyes stay the same.
struct Measures {
  int logo;
  int title;
  int highlight;
  int highlight_min;
  int small;
  int normal;
  int large;
  int side;  // free on the left and on the right
};
constexpr Measures wide_paper{56, 34, 72, 40, 21, 25, 34, 8};
constexpr Measures narrow_paper{42, 29, 52, 32, 20, 23, 29, 4};

class Composer {
 public:
  Composer(Fonts& fonts, int width)
      : fonts_{fonts}, measures_{width < narrow_below_dots ? narrow_paper : wide_paper}, to_{width, 0, {}} {}

  base::Result<Bitmap> compose(const ports::Receipt& receipt) {
    for (const auto& block : receipt.blocks) {
      MILLPOND_TRY_DO(std::visit(*this, block));
      if (y_ > height_max_dots) return base::Error{base::Code::too_large, "draw receipt", "longer than two metres"};
    }
    to_.grow_to(y_);
    return std::move(to_);
  }

  base::Result<> operator()(const ports::Logo& block) {
    const int size = fitting_size(block.text, measures_.logo, measures_.title);
    TextStyle style{size, Weight::bold, size * 64 / 14};
    paragraph(block.text, style, ports::Align::center);
    if (!block.tagline.empty()) {
      space(4);
      paragraph(block.tagline, {measures_.small, Weight::regular, 64}, ports::Align::center);
    }
    space(12);
    return {};
  }

  base::Result<> operator()(const ports::Title& block) {
    space(8);
    paragraph(block.text, {measures_.title, Weight::bold}, ports::Align::center);
    space(8);
    return {};
  }

  base::Result<> operator()(const ports::Highlight& block) {
    constexpr int padding = 20;
    constexpr int radius = 18;
    const TextStyle style{fitting_size(block.text, measures_.highlight, measures_.highlight_min, 2 * padding),
                          Weight::bold};
    const TextStyle caption_style{measures_.normal, Weight::bold};
    const int inner = content_width() - 2 * padding;
    const auto lines = lay_out(fonts_, style, block.text, inner);
    const auto caption =
        block.caption.empty() ? std::vector<Line>{} : lay_out(fonts_, caption_style, block.caption, inner);
    const int height = static_cast<int>(lines.size()) * line_height(style) +
                       static_cast<int>(caption.size()) * line_height(caption_style) + 2 * padding;
    space(6);
    to_.fill_rounded({measures_.side, y_, content_width(), height}, radius);
    const int bottom = y_ + height;
    y_ += padding - line_height(style) / 20;  // capitals sit low in their line; optically centred
    draw(lines, style, ports::Align::center, false);
    draw(caption, caption_style, ports::Align::center, false);
    y_ = bottom;
    space(14);
    return {};
  }

  base::Result<> operator()(const ports::Text& block) {
    paragraph(block.text, {size_of(block.size), weight_of(block.bold)}, block.align);
    return {};
  }

  base::Result<> operator()(const ports::KeyValue& block) {
    constexpr int gap = 24;
    const TextStyle name_style{size_of(block.size), weight_of(block.bold)};
    TextStyle value_style = name_style;
    value_style.tabular_digits = true;
    const int value_width = text_width(fonts_, value_style, block.right);
    const int top = y_;
    const int name_width = text_width(fonts_, name_style, block.left);
    const bool side_by_side = name_width + gap + value_width <= content_width();
    if (!side_by_side && value_width > content_width() * 6 / 10) {
      paragraph(block.left, name_style, ports::Align::left);
      paragraph(block.right, value_style, ports::Align::right);
      return {};
    }
    draw(lay_out_balanced(fonts_, name_style, block.left, content_width() - value_width - gap), name_style,
         ports::Align::left, true);
    const int after_name = y_;
    y_ = top;
    draw(lay_out(fonts_, value_style, block.right, content_width()), value_style, ports::Align::right, true);
    y_ = std::max(y_, after_name);
    return {};
  }

  base::Result<> operator()(const ports::Rule& block) {
    constexpr int dot = 2;
    constexpr int pitch = 6;
    space(block.solid ? 14 : 10);
    const int right = measures_.side + content_width();
    if (block.solid) {
      to_.fill({measures_.side, y_, content_width(), 3}, true);
    } else {
      for (int x = measures_.side; x + dot <= right; x += pitch) to_.fill({x, y_, dot, dot}, true);
    }
    y_ += block.solid ? 3 : dot;
    space(block.solid ? 14 : 10);
    return {};
  }

  base::Result<> operator()(const ports::Qr& block) {
    if (!block.modules.is_sound()) return base::Error{base::Code::bad_input, "draw receipt", "QR symbol not sound"};
    const int modules = block.modules.size + 2 * ports::qr_quiet_zone_modules;
    const int wanted = std::max(module_min_dots, to_.width * qr_share_percent / 100 / modules);
    // A narrow paper gives a dense symbol more of its width before it gives up.
    const int comfortable = 6;
    const int module = std::max(wanted, std::min(comfortable, to_.width / modules));
    if (module * modules > to_.width) return base::Error{base::Code::bad_input, "draw receipt", "QR symbol too wide"};
    const int left = (to_.width - module * block.modules.size) / 2;
    y_ += module * ports::qr_quiet_zone_modules;
    for (int row = 0; row < block.modules.size; ++row) {
      for (int column = 0; column < block.modules.size; ++column) {
        if (!block.modules.get(column, row)) continue;
        to_.fill({left + column * module, y_ + row * module, module, module}, true);
      }
    }
    y_ += module * (block.modules.size + ports::qr_quiet_zone_modules);
    to_.grow_to(y_);
    if (!block.caption.empty()) paragraph(block.caption, {measures_.small, Weight::regular}, ports::Align::center);
    space(16);
    return {};
  }

  base::Result<> operator()(const ports::Feed& block) {
    space(std::clamp(block.lines, 0, 40) * line_height({measures_.normal}));
    return {};
  }

 private:
  [[nodiscard]] int content_width() const { return to_.width - 2 * measures_.side; }

  [[nodiscard]] int size_of(ports::TextSize size) const {
    switch (size) {
      case ports::TextSize::small:
        return measures_.small;
      case ports::TextSize::large:
        return measures_.large;
      case ports::TextSize::normal:
        break;
    }
    return measures_.normal;
  }

  static Weight weight_of(bool bold) { return bold ? Weight::bold : Weight::regular; }

  // The largest size up to `wanted` at which the text stays on one line; `least` when it never does.
  [[nodiscard]] int fitting_size(const std::string& text, int wanted, int least, int padding = 0) {
    for (int size = wanted; size > least; size -= 2) {
      if (text_width(fonts_, {size, Weight::bold, size * 64 / 14}, text) <= content_width() - padding) return size;
    }
    return least;
  }

  void space(int dots) { y_ += dots; }

  void paragraph(const std::string& text, const TextStyle& style, ports::Align align) {
    const auto set = align == ports::Align::center ? lay_out_balanced : lay_out;
    draw(set(fonts_, style, text, content_width()), style, align, true);
  }

  void draw(const std::vector<Line>& lines, const TextStyle& style, ports::Align align, bool black) {
    for (const auto& line : lines) {
      int x = measures_.side;
      if (align == ports::Align::center) x = (to_.width - line.width) / 2;
      if (align == ports::Align::right) x = to_.width - measures_.side - line.width;
      draw_line(to_, line, style, x, y_, black);
      y_ += line_height(style);
    }
  }

  Fonts& fonts_;
  const Measures measures_;
  Bitmap to_;
  int y_ = 0;
};

}  // namespace

base::Result<Bitmap> rasterize(const ports::Receipt& receipt, const RasterOptions& options) {
  if (options.width_dots < width_min_dots || options.width_dots > width_max_dots) {
    return base::Error{base::Code::bad_input, "draw receipt", "paper width " + std::to_string(options.width_dots)};
  }
  if (receipt.blocks.size() > ports::receipt_blocks_max) {
    return base::Error{base::Code::too_large, "draw receipt", std::to_string(receipt.blocks.size()) + " blocks"};
  }
  auto paths = options.fonts ? base::Result<FontPaths>{*options.fonts} : find_fonts();
  if (!paths) return paths.error();
  MILLPOND_TRY(auto fonts, Fonts::open(*paths));
  return Composer{fonts, options.width_dots}.compose(receipt);
}

base::Result<base::Bytes> to_png(const Bitmap& bitmap) {
  return image::encode_png(to_image(bitmap, paper_margin_dots));
}

}  // namespace millpond::print
