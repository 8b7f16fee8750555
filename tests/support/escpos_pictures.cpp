// SPDX-License-Identifier: Apache-2.0
// Pictures and symbols of the emulated printer.
#include "tests/support/escpos_interpreter.h"

#include <ZXing/BarcodeFormat.h>
#include <ZXing/BitMatrix.h>
#include <ZXing/CharacterSet.h>
#include <ZXing/MultiFormatWriter.h>

#include <algorithm>
#include <array>
#include <exception>
#include <stdexcept>
#include <utility>

namespace millpond::tests {
namespace {

std::size_t at(int width, int x, int y) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
}

// Rows of bytes, the leftmost dot in the highest bit.
Picture from_rows(const std::vector<std::uint8_t>& bytes, std::size_t first, int row_bytes, int width, int height) {
  auto picture = blank(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto byte = bytes[first + at(row_bytes, x / 8, y)];
      picture.dots[at(width, x, y)] = static_cast<std::uint8_t>(byte >> (7 - x % 8) & 1);
    }
  }
  return picture;
}

// Columns of bytes, the uppermost dot in the highest bit.
Picture from_columns(const std::vector<std::uint8_t>& bytes, std::size_t first, int width, int column_bytes) {
  auto picture = blank(width, column_bytes * 8);
  for (int x = 0; x < width; ++x) {
    for (int y = 0; y < column_bytes * 8; ++y) {
      const auto byte = bytes[first + at(column_bytes, y / 8, x)];
      picture.dots[at(width, x, y)] = static_cast<std::uint8_t>(byte >> (7 - y % 8) & 1);
    }
  }
  return picture;
}

Picture from_matrix(const ZXing::BitMatrix& matrix) {
  auto picture = blank(matrix.width(), matrix.height());
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) picture.dots[at(picture.width, x, y)] = matrix.get(x, y) ? 1 : 0;
  }
  return picture;
}

std::wstring widened(const std::vector<std::uint8_t>& bytes, std::size_t from) {
  std::wstring text;
  for (std::size_t i = from; i < bytes.size(); ++i) text += static_cast<wchar_t>(bytes[i]);
  return text;
}

struct BarKind {
  int number;  // of GS k, its second form
  const char* name;
  ZXing::BarcodeFormat format;
};
constexpr std::array bar_kinds{
    BarKind{65, "UPC-A", ZXing::BarcodeFormat::UPCA},      BarKind{66, "UPC-E", ZXing::BarcodeFormat::UPCE},
    BarKind{67, "EAN-13", ZXing::BarcodeFormat::EAN13},    BarKind{68, "EAN-8", ZXing::BarcodeFormat::EAN8},
    BarKind{69, "CODE39", ZXing::BarcodeFormat::Code39},   BarKind{70, "ITF", ZXing::BarcodeFormat::ITF},
    BarKind{71, "CODABAR", ZXing::BarcodeFormat::Codabar}, BarKind{72, "CODE93", ZXing::BarcodeFormat::Code93},
    BarKind{73, "CODE128", ZXing::BarcodeFormat::Code128}, BarKind{74, "GS1-128", ZXing::BarcodeFormat::Code128},
    BarKind{79, "CODE128", ZXing::BarcodeFormat::Code128}};

// CODE128 chooses its sets by {A, {B and {C; in {C a byte stands for two digits, and a brace is {{.
std::string without_sets(const std::string& content) {
  std::string text;
  bool pairs = false;
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] == '{' && i + 1 < content.size()) {
      const char set = content[++i];
      if (set == '{') text += '{';
      if (set >= 'A' && set <= 'C') pairs = set == 'C';
      continue;
    }
    const int value = static_cast<unsigned char>(content[i]);
    if (!pairs) {
      text += content[i];
    } else if (value < 100) {
      text += static_cast<char>('0' + value / 10);
      text += static_cast<char>('0' + value % 10);
    }
  }
  return text;
}

bool of_digits(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What a printer makes of the content before it draws: check digits are its own business.
std::string as_drawn(int number, std::string content) {
  if (number == 65 && content.size() == 12) content.pop_back();
  if (number == 67 && content.size() == 13) content.pop_back();
  if (number == 68 && content.size() == 8) content.pop_back();
  if (number == 69 && content.size() > 1 && content.front() == '*' && content.back() == '*') {
    content = content.substr(1, content.size() - 2);
  }
  if (number == 66 && of_digits(content)) {
    if (content.size() == 6) content = "0" + content;
    if (content.size() == 8) content.pop_back();
  }
  return number == 73 ? without_sets(content) : content;
}

}  // namespace

void EscposInterpreter::bit_image() {
  const int mode = parameter(2);
  const int columns = static_cast<int>(number(3));
  const int column_bytes = mode >= 32 ? 3 : 1;
  const bool double_density = (mode & 1) != 0;
  head_.in_line(
      enlarged(from_columns(command_, 5, columns, column_bytes), double_density ? 1 : 2, column_bytes == 3 ? 1 : 3));
}

void EscposInterpreter::raster() {
  const int row_bytes = static_cast<int>(number(4));
  const int rows = static_cast<int>(number(6));
  const int mode = parameter(3) % 48;
  head_.block(enlarged(from_rows(command_, 8, row_bytes, row_bytes * 8, rows), (mode & 1) + 1, (mode >> 1 & 1) + 1));
}

void EscposInterpreter::define_download() { downloaded_ = from_columns(command_, 4, parameter(2) * 8, parameter(3)); }

// GS ( L and GS 8 L: m fn [a] ..., of which raster and column pictures are drawn, at once or from a named place.
void EscposInterpreter::graphics(std::size_t first, std::size_t size) {
  if (size < 2) return remember_unknown();
  const int function = parameter(first + 1);
  const auto width_of = [&](std::size_t from) { return static_cast<int>(number(from)); };
  if ((function == 112 || function == 113) && size > 10) {
    const int width = width_of(first + 6);
    const int height = width_of(first + 8);
    auto picture = function == 112 ? from_rows(command_, first + 10, (width + 7) / 8, width, height)
                                   : from_columns(command_, first + 10, width, (height + 7) / 8);
    picture_ = enlarged(picture, std::max(1, parameter(first + 3)), std::max(1, parameter(first + 4)));
  } else if (function == 50 || function == 2) {
    head_.block(picture_);
    picture_ = {};
  } else if ((function == 67 || function == 83) && size > 11) {
    const int width = width_of(first + 6);
    const int key = static_cast<int>(number(first + 3)) + function * 0x10000;
    stored_[key] = from_rows(command_, first + 11, (width + 7) / 8, width, width_of(first + 8));
  } else if ((function == 69 || function == 85) && size >= 6) {
    const int key = static_cast<int>(number(first + 2)) + (function - 2) * 0x10000;
    head_.block(enlarged(stored_[key], std::max(1, parameter(first + 4)), std::max(1, parameter(first + 5))));
  }
}

void EscposInterpreter::define_stored() {
  std::size_t from = 3;
  for (int key = 1; key <= parameter(2); ++key) {
    const int columns = static_cast<int>(number(from)) * 8;
    const int column_bytes = static_cast<int>(number(from + 2));
    stored_[key] = from_columns(command_, from + 4, columns, column_bytes);
    from += 4 + static_cast<std::size_t>(columns) * static_cast<std::size_t>(column_bytes);
  }
}

void EscposInterpreter::stored(int key) {
  const int mode = parameter(3) % 48;
  head_.block(enlarged(stored_[key], (mode & 1) + 1, (mode >> 1 & 1) + 1));
}

// GS ( k pL pH cn fn ...
void EscposInterpreter::symbol() {
  const int kind = parameter(5);
  const int function = parameter(6);
  const bool is_qr = kind == 49;
  if (is_qr && function == 67) qr_module_ = std::clamp(parameter(7), 1, 16);
  if (is_qr && function == 69) qr_level_ = parameter(7);
  if (function == 80)
    symbol_[kind] = {command_.begin() + std::min<std::ptrdiff_t>(8, std::ssize(command_)), command_.end()};
  if (function != 81) return;
  if (is_qr) return qr(symbol_[kind]);
  constexpr int pdf417 = 48;
  const auto format = kind == pdf417 ? ZXing::BarcodeFormat::PDF417 : ZXing::BarcodeFormat::DataMatrix;
  constexpr int data_matrix = 54;
  if (kind != pdf417 && kind != data_matrix) {
    paper_.refused.push_back("symbol " + std::to_string(kind));
    return;
  }
  try {
    const auto matrix = ZXing::MultiFormatWriter{format}.setMargin(0).encode(widened(symbol_[kind], 0), 0, 0);
    head_.block(enlarged(from_matrix(matrix), kind == pdf417 ? 2 : 4, kind == pdf417 ? 2 : 4));
    paper_.barcodes.push_back((kind == pdf417 ? "PDF417 " : "DATAMATRIX ") +
                              std::string{symbol_[kind].begin(), symbol_[kind].end()});
  } catch (const std::exception&) { paper_.refused.push_back("symbol " + std::to_string(kind)); }
}

void EscposInterpreter::qr(const Bytes& data) {
  const std::string text{data.begin(), data.end()};
  try {
    ZXing::MultiFormatWriter writer{ZXing::BarcodeFormat::QRCode};
    writer.setMargin(0).setEccLevel((qr_level_ % 48) * 2 + 2).setEncoding(ZXing::CharacterSet::BINARY);
    head_.block(enlarged(from_matrix(writer.encode(widened(data, 0), 0, 0)), qr_module_, qr_module_));
    paper_.qr_texts.push_back(text);
  } catch (const std::exception&) { paper_.refused.push_back("QR " + text); }
}

void EscposInterpreter::bar_code() {
  const int kind = parameter(2) < 65 ? parameter(2) + 65 : parameter(2);
  const bool counted = parameter(2) >= 65;
  const auto begin = command_.begin() + (counted ? 4 : 3);
  const auto end = counted ? command_.end() : command_.end() - 1;
  const std::string content{begin, end};
  const auto* const found =
      std::find_if(bar_kinds.begin(), bar_kinds.end(), [&](const BarKind& one) { return one.number == kind; });
  if (found == bar_kinds.end()) {
    paper_.refused.push_back("bar code " + std::to_string(kind));
    return;
  }
  draw_bars(static_cast<int>(found - bar_kinds.begin()), found->name, as_drawn(kind, content));
}

void EscposInterpreter::draw_bars(int kind, const std::string& name, const std::string& content) {
  try {
    const auto format = bar_kinds[static_cast<std::size_t>(kind)].format;
    const auto matrix = ZXing::MultiFormatWriter{format}.setMargin(0).encode(content, 0, 1);
    const auto bars = enlarged(from_matrix(matrix), bar_width_, bar_height_ / std::max(1, matrix.height()));
    if (bars.width > head_.modes().area_width) throw std::length_error{"wider than the paper"};
    const auto words = [&] {
      const bool small = std::exchange(head_.modes().small_font, bar_small_font_);
      for (const char c : content) head_.letter(static_cast<unsigned char>(c));
      head_.end_line(0);
      head_.modes().small_font = small;
    };
    if ((bar_text_ & 1) != 0) words();
    head_.block(bars);
    if ((bar_text_ & 2) != 0) words();
    paper_.barcodes.push_back(name + ' ' + content);
  } catch (const std::exception&) { paper_.refused.push_back(name + ' ' + content); }
}

}  // namespace millpond::tests
