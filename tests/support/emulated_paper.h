// SPDX-License-Identifier: Apache-2.0
// EmulatedPaper: what came out of an emulated printer, in dots and in words; and the head that prints it, with the
// modes that text commands set. Knows no byte of any command. One thread.
#pragma once

#include "hardware/ports/qr_modules.h"
#include "hardware/print/fonts.h"
#include "sync/base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millpond::tests {

struct Picture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> dots{};  // one byte a dot, 1 is black, row after row

  [[nodiscard]] bool get(int x, int y) const {
    return dots[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)] != 0;
  }
};
// width * height dots, all white.
[[nodiscard]] Picture blank(int width, int height);
// Every dot as a block of across by down.
[[nodiscard]] Picture enlarged(const Picture& picture, int across, int down);

struct EmulatedPaper {
  int width_dots = 576;
  std::vector<std::uint8_t> dots{};       // as of Picture
  std::vector<std::uint8_t> job_bytes{};  // everything but questions
  std::string text{};                     // UTF-8, a line for each printed one
  std::vector<std::string> qr_texts{};    // of symbols that the printer drew itself
  std::vector<std::string> barcodes{};    // "EAN-13 4006381333931"
  std::vector<std::string> refused{};     // symbols whose content is not allowed: a printer draws nothing
  std::vector<std::string> unknown{};     // commands nobody described, in hex
  int cuts = 0;
  int drawer_kicks = 0;
  int connections = 0;

  [[nodiscard]] int height() const { return static_cast<int>(dots.size()) / width_dots; }
  // With margins of unprinted paper. Throws when the picture cannot be made.
  [[nodiscard]] base::Bytes png() const;
};

enum class PrintAlign : std::uint8_t { left, center, right };

// What stays until a command changes it or a reset.
struct PrintModes {
  int across = 1;  // size of letters, 1 .. 8
  int down = 1;
  int underline = 0;  // dots
  bool small_font = false;
  bool bold = false;
  bool reverse = false;
  bool upside_down = false;
  bool sideways = false;
  PrintAlign align = PrintAlign::left;
  int left_margin = 0;
  int area_width = 576;
  int line_spacing = 30;
  int letter_spacing = 0;
  std::vector<int> tabs{};  // dots from the margin; every eight letters when empty
};

class PrintHead {
 public:
  explicit PrintHead(EmulatedPaper& paper) : paper_{paper} { reset(); }

  void reset();
  [[nodiscard]] PrintModes& modes() { return modes_; }

  void letter(char32_t character);
  void tab();
  void move_to(int x);
  void move_by(int dots);
  // Into the line, like a letter.
  void in_line(Picture picture);
  // A block of its own: raster, symbols.
  void block(const Picture& picture);
  // Prints the line and moves on by its height, but at least `feed`.
  void end_line(int feed);
  void end_line() { end_line(modes_.line_spacing); }
  // Prints the line if there is one and moves on.
  void feed(int dots);

 private:
  struct Cell {
    int x{};
    Picture picture{};
  };
  [[nodiscard]] Picture drawn(char32_t character);
  [[nodiscard]] Picture styled(Picture cell) const;
  void place(const Picture& picture, int x, int y);
  [[nodiscard]] int offset_of(int width) const;

  EmulatedPaper& paper_;
  PrintModes modes_;
  std::vector<Cell> line_;
  int pen_ = 0;
  int y_ = 0;
  std::optional<print::Fonts> fonts_;
};

}  // namespace millpond::tests
