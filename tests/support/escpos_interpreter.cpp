// SPDX-License-Identifier: Apache-2.0
#include "tests/support/escpos_interpreter.h"

#include <algorithm>

namespace millpond::tests {
namespace {

constexpr int dle = 0x10;
constexpr int esc = 0x1B;
constexpr int fs = 0x1C;
constexpr int gs = 0x1D;

constexpr std::size_t later = 0;  // the length cannot be told yet

std::uint8_t flag(bool is, int bit) { return static_cast<std::uint8_t>(is ? bit : 0); }
std::uint8_t sum(std::initializer_list<int> parts) {
  int all = 0;
  for (const int part : parts) all |= part;
  return static_cast<std::uint8_t>(all);
}

std::uint8_t real_time_answer(int question, const EmulatorState& state) {
  const bool error = state.cutter_jammed || state.head_hot || state.broken;
  const bool none = state.paper == PaperLeft::none;
  switch (question) {
    case 1:
      return sum(
          {0x12, flag(state.drawer_open, 0x04), flag(state.stands_still(), 0x08), flag(state.feed_button, 0x40)});
    case 2:
      return sum(
          {0x12, flag(state.cover_open, 0x04), flag(state.feed_button, 0x08), flag(none, 0x20), flag(error, 0x40)});
    case 3:
      return sum({0x12, flag(state.cutter_jammed, 0x08), flag(state.broken, 0x20), flag(state.head_hot, 0x40)});
    default:
      return sum({0x12, flag(state.paper != PaperLeft::enough, 0x0C), flag(none, 0x60)});
  }
}

std::uint8_t in_turn_answer(int question, const EmulatorState& state) {
  if (question == 2 || question == 50) return flag(state.drawer_open, 0x01);
  return sum({flag(state.paper != PaperLeft::enough, 0x03), flag(state.paper == PaperLeft::none, 0x0C)});
}

void append_automatic(std::vector<std::uint8_t>& to, const EmulatorState& state) {
  to.push_back(sum({0x10, flag(state.drawer_open, 0x04), flag(state.stands_still(), 0x08), flag(state.cover_open, 0x20),
                    flag(state.feed_button, 0x40)}));
  to.push_back(sum({flag(state.cutter_jammed, 0x08), flag(state.broken, 0x20), flag(state.head_hot, 0x40)}));
  to.push_back(in_turn_answer(1, state));
  to.push_back(0);
}

}  // namespace

// What follows a lead and a letter: so many bytes in all, or a rule that tells them from those that came.
struct EscposInterpreter::Command {
  using Rule = std::size_t (*)(const EscposInterpreter&);
  std::size_t length = 0;
  Rule rule = nullptr;
};

const std::map<std::pair<int, int>, EscposInterpreter::Command>& EscposInterpreter::commands() {
  using I = const EscposInterpreter&;
  // Two bytes behind the letter X and a number of bytes that they name: ESC/GS/FS ( X.
  static constexpr auto block = [](I of) { return of.command_.size() < 5 ? later : 5 + of.number(3); };
  static constexpr auto block_long = [](I of) { return of.command_.size() < 7 ? later : 7 + of.number(3, 4); };
  static constexpr auto bit_image = [](I of) {
    if (of.command_.size() < 5) return later;
    return 5 + of.number(3) * (of.parameter(2) >= 32 ? 3U : 1U);
  };
  static constexpr auto raster = [](I of) { return of.command_.size() < 8 ? later : 8 + of.number(4) * of.number(6); };
  static constexpr auto download = [](I of) {
    if (of.command_.size() < 4) return later;
    return 4 + static_cast<std::size_t>(of.parameter(2)) * static_cast<std::size_t>(of.parameter(3)) * 8;
  };
  static constexpr auto until_nul = [](I of) {
    return of.command_.size() > 2 && of.command_.back() == 0 ? of.command_.size() : later;
  };
  static constexpr auto bar_code = [](I of) {
    if (of.command_.size() < 4) return later;
    if (of.parameter(2) >= 65) return 4 + static_cast<std::size_t>(of.parameter(3));
    return of.command_.back() == 0 ? of.command_.size() : later;
  };
  static constexpr auto cut = [](I of) {
    if (of.command_.size() < 3) return later;
    return of.parameter(2) >= 65 ? std::size_t{4} : std::size_t{3};
  };
  static constexpr auto user_letters = [](I of) {
    if (of.command_.size() < 5) return later;
    std::size_t at = 5;
    for (int code = of.parameter(3); code <= of.parameter(4); ++code) {
      if (of.command_.size() <= at) return later;
      at += 1 + static_cast<std::size_t>(of.parameter(2)) * of.command_[at];
    }
    return at;
  };
  static constexpr auto stored = [](I of) {  // FS q n [xL xH yL yH d...]...
    if (of.command_.size() < 3) return later;
    std::size_t at = 3;
    for (int left = of.parameter(2); left > 0; --left) {
      if (of.command_.size() < at + 4) return later;
      at += 4 + of.number(at) * of.number(at + 2) * 8;
    }
    return at;
  };
  static constexpr auto real_time_request = [](I of) {  // DLE DC4 fn
    if (of.command_.size() < 3) return later;
    const int function = of.parameter(2);
    return std::size_t{function == 8 ? 10U : function == 7 ? 4U : 5U};
  };
  static const auto table = [] {
    std::map<std::pair<int, int>, Command> all{{{dle, 0x04}, {3}},
                                               {{dle, 0x05}, {3}},
                                               {{dle, 0x14}, {0, real_time_request}},
                                               {{esc, '$'}, {4}},
                                               {{esc, '&'}, {0, user_letters}},
                                               {{esc, '*'}, {0, bit_image}},
                                               {{esc, 'D'}, {0, until_nul}},
                                               {{esc, 'W'}, {10}},
                                               {{esc, '\\'}, {4}},
                                               {{esc, 'c'}, {4}},
                                               {{esc, 'f'}, {4}},
                                               {{esc, 'p'}, {5}},
                                               {{esc, '('}, {0, block}},
                                               {{gs, '('}, {0, block}},
                                               {{gs, '8'}, {0, block_long}},
                                               {{gs, '$'}, {4}},
                                               {{gs, '*'}, {0, download}},
                                               {{gs, 'L'}, {4}},
                                               {{gs, 'P'}, {4}},
                                               {{gs, 'V'}, {0, cut}},
                                               {{gs, 'W'}, {4}},
                                               {{gs, '\\'}, {4}},
                                               {{gs, '^'}, {5}},
                                               {{gs, 'g'}, {6}},
                                               {{gs, 'k'}, {0, bar_code}},
                                               {{gs, 'v'}, {0, raster}},
                                               {{gs, 'z'}, {5}},
                                               {{fs, '('}, {0, block}},
                                               {{fs, '2'}, {76}},
                                               {{fs, '?'}, {4}},
                                               {{fs, 'S'}, {4}},
                                               {{fs, 'p'}, {4}},
                                               {{fs, 'q'}, {0, stored}}};
    for (const char letter : std::string{"\f2<@LSimv"}) all[{esc, letter}] = {2};
    for (const char letter : std::string{" !%-3=?EGJKMRTUVadertu{"}) all[{esc, letter}] = {3};
    for (const char letter : std::string{":c"}) all[{gs, letter}] = {2};
    for (const char letter : std::string{"!/BHITabfhrw"}) all[{gs, letter}] = {3};
    for (const char letter : std::string{"&."}) all[{fs, letter}] = {2};
    for (const char letter : std::string{"!-CW"}) all[{fs, letter}] = {3};
    return all;
  }();
  return table;
}

std::size_t EscposInterpreter::number(std::size_t at, std::size_t bytes) const {
  std::size_t value = 0;
  for (std::size_t i = bytes; i > 0; --i) value = value * 256 + command_[at + i - 1];
  return value;
}

std::size_t EscposInterpreter::expected_length() const {
  const int lead = command_[0];
  if (lead != esc && lead != gs && lead != fs && lead != dle) return 1;
  if (command_.size() < 2) return later;
  const auto found = commands().find({lead, command_[1]});
  if (found == commands().end()) return 2;
  return found->second.rule == nullptr ? found->second.length : found->second.rule(*this);
}

std::vector<std::uint8_t> EscposInterpreter::take(std::uint8_t byte, EmulatorState& state) {
  Bytes answers;
  last_ = {last_[1], last_[2], byte};
  // Real-time questions are heard wherever they stand, in the middle of a picture too.
  if (last_[0] == dle && last_[1] == 0x04 && byte >= 1 && byte <= 4 && state.answers_real_time) {
    if (state.tells_unasked || asb_) append_automatic(answers, state);
    answers.push_back(state.answers_garbage ? std::uint8_t{0xC1} : real_time_answer(byte, state));
  }
  waiting_.push_back(byte);
  std::size_t done = 0;
  while (done < waiting_.size() && !state.stands_still()) work(waiting_[done++], state, answers);
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(done));
  return answers;
}

void EscposInterpreter::drop_job() {
  command_.clear();
  waiting_.clear();
  character_.clear();
}

void EscposInterpreter::work(std::uint8_t byte, EmulatorState& state, Bytes& answers) {
  command_.push_back(byte);
  const auto length = expected_length();
  if (length == later || command_.size() < length) return;
  run(state, answers);
  command_.clear();
}

void EscposInterpreter::run(EmulatorState& state, Bytes& answers) {
  const int lead = command_[0];
  const int letter = parameter(1);
  if (lead == dle && letter == 0x04) return;
  if (lead == gs && letter == 'r') {
    if (!state.answers_in_turn) return;
    if (state.tells_unasked || asb_) append_automatic(answers, state);
    answers.push_back(in_turn_answer(parameter(2), state));
    return;
  }
  paper_.job_bytes.insert(paper_.job_bytes.end(), command_.begin(), command_.end());
  if (lead < 0x20 && command_.size() > 1 && !commands().contains({lead, letter})) return remember_unknown();
  const bool pulse = (lead == esc && letter == 'p') || (lead == dle && letter == 0x14 && parameter(2) == 1);
  if (pulse) {
    ++paper_.drawer_kicks;
    state.drawer_open = state.drawer_open || state.has_drawer;
  } else if (lead == gs && letter == 'a') {
    asb_ = parameter(2) != 0;
    if (asb_) append_automatic(answers, state);
  } else if (lead == gs && letter == 'I') {
    if (parameter(2) < 65)
      answers.push_back(0x20);
    else
      for (const char c : std::string{"_MILLPOND\0", 10}) answers.push_back(static_cast<std::uint8_t>(c));
  } else if (lead == esc) {
    run_escape();
  } else if (lead == gs) {
    run_group();
  } else if (lead == fs) {
    run_kanji();
  } else if (lead != dle) {
    control(command_[0]);
  }
}

void EscposInterpreter::remember_unknown() {
  paper_.unknown.push_back(base::to_hex(command_));
  command_.clear();
}

void EscposInterpreter::control(std::uint8_t byte) {
  if (byte >= 0x20 || !character_.empty()) return text_byte(byte);
  if (byte == '\n' || byte == '\f') return head_.end_line();
  if (byte == '\t') return head_.tab();
  constexpr std::array<std::uint8_t, 3> silent{0x00, '\r', 0x18};  // NUL, CR beside LF, CAN
  if (std::find(silent.begin(), silent.end(), byte) == silent.end()) remember_unknown();
}

void EscposInterpreter::print_modes(int n) {
  auto& modes = head_.modes();
  modes.small_font = (n & 0x01) != 0;
  modes.bold = (n & 0x08) != 0;
  modes.down = (n & 0x10) != 0 ? 2 : 1;
  modes.across = (n & 0x20) != 0 ? 2 : 1;
  modes.underline = (n & 0x80) != 0 ? 1 : 0;
}

void EscposInterpreter::select_align(int n) {
  head_.modes().align = n % 48 == 1 ? PrintAlign::center : n % 48 == 2 ? PrintAlign::right : PrintAlign::left;
}

void EscposInterpreter::set_tabs() {
  auto& tabs = head_.modes().tabs;
  tabs.clear();
  for (std::size_t i = 2; i + 1 < command_.size(); ++i) tabs.push_back(command_[i] * 12);
}

void EscposInterpreter::run_escape() {
  auto& modes = head_.modes();
  const int n = parameter(2);
  const auto dots = [&] { return static_cast<int>(number(2)); };
  switch (command_[1]) {
    case '@':
      head_.reset();
      code_page_ = 0;
      chinese_ = utf8_ = false;
      return;
    case '!':
      return print_modes(n);
    case '-':
      modes.underline = n % 48;
      return;
    case 'E':
    case 'G':
      modes.bold = (n & 1) != 0;
      return;
    case 'M':
      modes.small_font = n % 48 == 1;
      return;
    case 'a':
      return select_align(n);
    case 'd':
      return head_.feed(n * modes.line_spacing);
    case 'J':
      return head_.feed(n);
    case '2':
      modes.line_spacing = 30;
      return;
    case '3':
      modes.line_spacing = n;
      return;
    case ' ':
      modes.letter_spacing = n;
      return;
    case '{':
      modes.upside_down = (n & 1) != 0;
      return;
    case 'V':
      modes.sideways = n % 48 == 1;
      return;
    case 't':
      return run_encoding();
    case 'D':
      return set_tabs();
    case '$':
      return head_.move_to(dots());
    case '\\':
      return head_.move_by(dots() < 0x8000 ? dots() : dots() - 0x10000);
    case '*':
      return bit_image();
    case 'i':
    case 'm':
      ++paper_.cuts;
      return;
    case '\f':
      return head_.end_line();
    default:
      return;  // page mode, buttons, sensors, user-defined letters: nothing of them shows on the emulated paper
  }
}

void EscposInterpreter::run_group() {
  auto& modes = head_.modes();
  const int n = parameter(2);
  switch (command_[1]) {
    case '!':
      modes.across = (n >> 4 & 7) + 1;
      modes.down = (n & 7) + 1;
      return;
    case 'B':
      modes.reverse = (n & 1) != 0;
      return;
    case 'L':
      modes.left_margin = static_cast<int>(number(2));
      return;
    case 'W':
      modes.area_width = std::max(24, static_cast<int>(number(2)));
      return;
    case 'V':
      head_.feed(n >= 65 ? parameter(3) : 0);
      ++paper_.cuts;
      return;
    case 'v':
      return raster();
    case '*':
      return define_download();
    case '/':
      return head_.block(enlarged(downloaded_, (n & 1) + 1, (n >> 1 & 1) + 1));
    case '(':
      if (n == 'L') return graphics(5, number(3));
      return n == 'k' ? symbol() : void();
    case '8':
      return n == 'L' ? graphics(7, number(3, 4)) : void();
    case 'H':
      bar_text_ = n % 48;
      return;
    case 'f':
      bar_small_font_ = n % 48 == 1;
      return;
    case 'h':
      bar_height_ = n;
      return;
    case 'w':
      bar_width_ = std::clamp(n, 1, 8);
      return;
    case 'k':
      return bar_code();
    default:
      return;  // counters, macros, motion units
  }
}

void EscposInterpreter::run_kanji() {
  auto& modes = head_.modes();
  const int n = parameter(2);
  switch (command_[1]) {
    case '&':
      chinese_ = true;
      return;
    case '.':
      chinese_ = false;
      return;
    case '!':
      modes.across = (n & 0x04) != 0 ? 2 : 1;
      modes.down = (n & 0x08) != 0 ? 2 : 1;
      modes.underline = (n & 0x80) != 0 ? 1 : 0;
      return;
    case '-':
      modes.underline = n % 48;
      return;
    case 'W':
      modes.across = modes.down = (n & 1) != 0 ? 2 : 1;
      return;
    case 'p':
      return stored(n);
    case 'q':
      return define_stored();
    case '(':
      return n == 'C' ? run_encoding() : void();
    default:
      return;  // user-defined characters, spacing
  }
}

}  // namespace millpond::tests
