// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/native.h"

#include "hardware/pages/code_page.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <utility>

namespace millpond::print {
namespace {

using base::Result;
using ports::Align;
using ports::TextSize;

constexpr std::uint8_t esc = 0x1B;
constexpr std::uint8_t fs = 0x1C;
constexpr std::uint8_t gs = 0x1D;
constexpr int column_dots = 12;  // of font A
constexpr std::uint8_t double_size = 0x11;
constexpr std::uint8_t double_height = 0x01;
constexpr int feed_lines_max = 40;
constexpr std::size_t qr_bytes_max = 700;  // more is denser than a receipt printer's dots
constexpr std::uint8_t qr_module_dots = 6;

class Writer {
 public:
  explicit Writer(const NativeOptions& options)
      : options_{options}, columns_{static_cast<std::size_t>(std::max(options.raster.width_dots, 1) / column_dots)} {}

  Result<base::Bytes> write(const ports::Receipt& receipt) {
    begin_job(to_);
    put({fs, '&'});  // Chinese characters
    for (const auto& block : receipt.blocks) {
      const auto before = to_.size();
      if (std::visit(*this, block)) continue;
      to_.resize(before);
      MILLPOND_TRY(const auto dots, rasterize({{block}}, options_.raster));
      append_raster(to_, dots);
    }
    end_job(to_, options_.escpos);
    return std::move(to_);
  }

  // Each says whether the printer can do it.
  bool operator()(const ports::Logo& block) {
    return text(block.text, Align::center, double_size, true) && text(block.tagline, Align::center, 0, false);
  }
  bool operator()(const ports::Title& block) { return text(block.text, Align::center, double_height, true); }
  bool operator()(const ports::Highlight& block) {
    put({gs, 'B', 1});
    const bool can = text(" " + block.text + " ", Align::center, double_size, true) &&
                     (block.caption.empty() || text(" " + block.caption + " ", Align::center, 0, false));
    put({gs, 'B', 0});
    return can;
  }
  bool operator()(const ports::Text& block) {
    return text(block.text, block.align, block.size == TextSize::large ? double_size : 0, block.bold);
  }
  bool operator()(const ports::KeyValue& block) {
    const auto left = pages::to_printer_gb18030(block.left);
    const auto right = pages::to_printer_gb18030(block.right);
    if (!left || !right) return false;
    const auto size = block.size == TextSize::large ? double_height : std::uint8_t{0};
    style(Align::left, size, block.bold);
    if (left->size() + 1 + right->size() <= columns_) {
      line(*left + std::string(columns_ - left->size() - right->size(), ' ') + *right);
      return true;
    }
    for (const auto& part : native_lines(*left, columns_)) line(part);
    style(Align::right, size, block.bold);
    for (const auto& part : native_lines(*right, columns_)) line(part);
    return true;
  }
  bool operator()(const ports::Rule& block) {
    style(Align::left, 0, false);
    std::string dashes(columns_, '-');
    for (std::size_t i = 1; !block.solid && i < dashes.size(); i += 2) dashes[i] = ' ';
    line(dashes);
    return true;
  }
  bool operator()(const ports::Qr& block) {
    if (!options_.codes || block.text.empty() || block.text.size() > qr_bytes_max) return false;
    style(Align::center, 0, false);
    symbol({0x31, 0x41, 0x32, 0x00});        // model 2
    symbol({0x31, 0x43, qr_module_dots});    // size
    symbol({0x31, 0x45, 0x31});              // level M
    symbol({0x31, 0x50, 0x30}, block.text);  // store
    symbol({0x31, 0x51, 0x30});              // print
    return block.caption.empty() || text(block.caption, Align::center, 0, false);
  }
  bool operator()(const ports::Feed& block) {
    put({esc, 'd', static_cast<std::uint8_t>(std::clamp(block.lines, 0, feed_lines_max))});
    return true;
  }

 private:
  void put(std::initializer_list<std::uint8_t> bytes) { to_.insert(to_.end(), bytes); }
  void line(const std::string& bytes) {
    to_.insert(to_.end(), bytes.begin(), bytes.end());
    put({'\n'});
  }
  void style(Align align, std::uint8_t size, bool bold) {
    const std::uint8_t where = align == Align::left ? 0 : align == Align::center ? 1 : 2;
    put({esc, 'a', where, gs, '!', size, esc, 'E', static_cast<std::uint8_t>(bold ? 1 : 0)});
  }
  void symbol(std::initializer_list<std::uint8_t> head, const std::string& content = {}) {
    const auto size = head.size() + content.size();
    put({gs, '(', 'k', static_cast<std::uint8_t>(size & 0xFF), static_cast<std::uint8_t>(size >> 8)});
    put(head);
    to_.insert(to_.end(), content.begin(), content.end());
  }
  bool text(const std::string& utf8, Align align, std::uint8_t size, bool bold) {
    if (utf8.empty()) return true;
    const auto bytes = pages::to_printer_gb18030(utf8);
    if (!bytes) return false;
    style(align, size, bold);
    for (const auto& part : native_lines(*bytes, size == double_size ? columns_ / 2 : columns_)) line(part);
    return true;
  }

  const NativeOptions& options_;
  const std::size_t columns_;
  base::Bytes to_;
};

}  // namespace

std::vector<std::string> native_lines(std::string_view gb18030, std::size_t columns) {
  columns = std::max<std::size_t>(columns, 2);
  std::vector<std::string> lines(1);
  std::size_t word = 0;  // of the last line: where its last word began
  for (std::size_t at = 0; at < gb18030.size();) {
    const bool wide = static_cast<std::uint8_t>(gb18030[at]) >= 0x80;
    const auto letter = gb18030.substr(at, wide ? 2 : 1);
    at += letter.size();
    auto* last = &lines.back();
    if (last->size() + letter.size() > columns) {
      std::string rest;
      // A word that fits on a line of its own goes there whole; Chinese breaks anywhere.
      if (!wide && letter != " " && word > 0) {
        rest = last->substr(word);
        last->resize(word);
      }
      while (!last->empty() && last->back() == ' ') last->pop_back();
      lines.push_back(std::move(rest));
      word = 0;
      last = &lines.back();
      if (letter == " ") continue;
    }
    *last += letter;
    if (wide || letter == " ") word = last->size();
  }
  return lines;
}

Result<base::Bytes> to_native(const ports::Receipt& receipt, const NativeOptions& options) {
  // Width and number of blocks are refused as those of dots are.
  MILLPOND_TRY_DO(rasterize({}, options.raster));
  if (receipt.blocks.size() > ports::receipt_blocks_max) {
    return base::Error{base::Code::too_large, "write receipt", std::to_string(receipt.blocks.size()) + " blocks"};
  }
  return Writer{options}.write(receipt);
}

}  // namespace millpond::print
