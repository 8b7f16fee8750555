// SPDX-License-Identifier: Apache-2.0
// Text of the emulated printer: code pages, GB18030, UTF-8.
#include "tests/support/escpos_interpreter.h"

#include <iconv.h>

#include <array>
#include <optional>

namespace millpond::tests {
namespace {

struct CodePage {
  int number;  // of ESC t
  const char* name;
};
constexpr std::array code_pages{
    CodePage{0, "CP437"},   CodePage{2, "CP850"},   CodePage{3, "CP860"},       CodePage{4, "CP863"},
    CodePage{5, "CP865"},   CodePage{13, "CP857"},  CodePage{14, "CP737"},      CodePage{15, "ISO-8859-7"},
    CodePage{16, "CP1252"}, CodePage{17, "CP866"},  CodePage{18, "CP852"},      CodePage{19, "CP858"},
    CodePage{33, "CP775"},  CodePage{34, "CP855"},  CodePage{35, "CP861"},      CodePage{36, "CP862"},
    CodePage{37, "CP864"},  CodePage{38, "CP869"},  CodePage{39, "ISO-8859-2"}, CodePage{40, "ISO-8859-15"},
    CodePage{45, "CP1250"}, CodePage{46, "CP1251"}, CodePage{47, "CP1253"},     CodePage{48, "CP1254"},
    CodePage{49, "CP1255"}, CodePage{50, "CP1256"}, CodePage{51, "CP1257"},     CodePage{52, "CP1258"}};

std::optional<char32_t> decoded(const char* charset, std::vector<std::uint8_t> bytes) {
  const auto converter = ::iconv_open("UTF-32LE", charset);
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  auto* in = reinterpret_cast<char*>(bytes.data());
  std::size_t in_left = bytes.size();
  char32_t character = 0;
  auto* out = reinterpret_cast<char*>(&character);
  std::size_t out_left = sizeof character;
  const bool done = ::iconv(converter, &in, &in_left, &out, &out_left) != static_cast<std::size_t>(-1) && in_left == 0;
  ::iconv_close(converter);
  return done && out_left == 0 ? std::optional{character} : std::nullopt;
}

// How many bytes the character has that begins so; 0 when two bytes must be seen first.
std::size_t length_of(const std::vector<std::uint8_t>& begun, bool utf8) {
  const auto first = begun[0];
  if (utf8) return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (begun.size() < 2) return 0;
  return begun[1] >= 0x30 && begun[1] <= 0x39 ? 4 : 2;
}

}  // namespace

void EscposInterpreter::run_encoding() {
  if (command_[0] == 0x1B) {
    code_page_ = command_[2];
    return;
  }
  // FS ( C, function 48: 1 is code pages, 2 is UTF-8.
  if (command_.size() >= 7 && parameter(5) == 48) utf8_ = parameter(6) % 48 == 2;
}

void EscposInterpreter::text_byte(std::uint8_t byte) {
  constexpr char32_t replacement = 0xFFFD;
  if (byte < 0x80 && character_.empty()) return head_.letter(byte);
  if (utf8_ || chinese_) {
    character_.push_back(byte);
    const auto length = length_of(character_, utf8_);
    if (length == 0 || character_.size() < length) return;
    head_.letter(decoded(utf8_ ? "UTF-8" : "GB18030", character_).value_or(replacement));
    character_.clear();
    return;
  }
  const char* name = nullptr;
  for (const auto& page : code_pages) {
    if (page.number == code_page_) name = page.name;
  }
  head_.letter(name == nullptr ? replacement : decoded(name, {byte}).value_or(replacement));
}

}  // namespace millpond::tests
