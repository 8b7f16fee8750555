// SPDX-License-Identifier: Apache-2.0
// EscposInterpreter: reads ESC/POS byte by byte as a printer does, prints on an EmulatedPaper and answers questions.
// Written from the commands' public description, not from our encoder, so that each checks the other. A command that is
// described nowhere is kept as unknown and the rest read on. One thread.
#pragma once

#include "tests/support/emulated_paper.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace millpond::tests {

enum class PaperLeft : std::uint8_t { enough, near_end, none };

// How the printer is, and how it answers.
struct EmulatorState {
  bool answers_real_time = true;  // DLE EOT n
  bool answers_in_turn = true;    // GS r n
  bool answers_garbage = false;   // real-time answers that no printer gives
  bool tells_unasked = false;     // an automatic status before every answer
  PaperLeft paper = PaperLeft::enough;
  bool cover_open = false;
  bool cutter_jammed = false;
  bool head_hot = false;
  bool broken = false;
  bool feed_button = false;
  bool drawer_open = false;
  bool has_drawer = true;  // a pulse opens it and its sensor tells

  [[nodiscard]] bool stands_still() const {
    return paper == PaperLeft::none || cover_open || cutter_jammed || head_hot || broken || feed_button;
  }
};

class EscposInterpreter {
 public:
  explicit EscposInterpreter(int width_dots = 576) : paper_{.width_dots = width_dots}, head_{paper_} {}
  EscposInterpreter(const EscposInterpreter&) = delete;
  EscposInterpreter& operator=(const EscposInterpreter&) = delete;

  // What the printer sends back because of this byte. A printer that stands still keeps bytes for later and goes on
  // answering real-time questions. A pulse opens the drawer in `state`.
  [[nodiscard]] std::vector<std::uint8_t> take(std::uint8_t byte, EmulatorState& state);

  // A line that broke off took the rest of its command along.
  void drop_job();

  [[nodiscard]] EmulatedPaper& paper() { return paper_; }

 private:
  using Bytes = std::vector<std::uint8_t>;
  struct Command;
  static const std::map<std::pair<int, int>, Command>& commands();

  void work(std::uint8_t byte, EmulatorState& state, Bytes& answers);
  void run(EmulatorState& state, Bytes& answers);
  void control(std::uint8_t byte);
  [[nodiscard]] std::size_t expected_length() const;
  [[nodiscard]] std::size_t number(std::size_t at, std::size_t bytes = 2) const;
  [[nodiscard]] int parameter(std::size_t at) const { return at < command_.size() ? command_[at] : 0; }
  void remember_unknown();

  // Text (escpos_text.cpp).
  void text_byte(std::uint8_t byte);
  void run_encoding();

  // Formats.
  void run_escape();
  void run_group();
  void run_kanji();
  void print_modes(int n);
  void select_align(int n);
  void set_tabs();

  // Pictures and symbols (escpos_pictures.cpp).
  void bit_image();
  void raster();
  void define_download();
  void graphics(std::size_t at, std::size_t size);
  void symbol();
  void qr(const Bytes& data);
  void bar_code();
  void draw_bars(int format, const std::string& name, const std::string& content);
  void stored(int key);
  void define_stored();

  EmulatedPaper paper_;
  PrintHead head_;
  Bytes command_;
  Bytes waiting_;  // for a printer that stands still
  std::array<std::uint8_t, 3> last_{};
  bool asb_ = false;
  // What commands have set beyond the head's modes.
  int code_page_ = 0;
  bool chinese_ = false;
  bool utf8_ = false;
  Bytes character_;  // of several bytes, begun
  Picture picture_;  // in the print buffer
  Picture downloaded_;
  std::map<int, Picture> stored_;
  std::map<int, Bytes> symbol_;  // by code kind
  int qr_module_ = 3;
  int qr_level_ = 48;
  int bar_height_ = 162;
  int bar_width_ = 3;
  int bar_text_ = 0;
  bool bar_small_font_ = false;
};

}  // namespace millpond::tests
