// SPDX-License-Identifier: Apache-2.0
// CodePage: which characters the bytes of a printer stand for, decoding to UTF-8 and back. The tables are those of the
// system's iconv. Not a guess: who sets a printer up says which pages it uses. One thread.
#pragma once

#include "sync/base/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millpond::pages {

enum class CodePage : std::uint8_t { unknown, cp437, cp850, cp858, windows_1252, cp932, cp936, gb18030 };
inline constexpr std::size_t code_pages = 8;

// "gb18030", "cp437", "cp850", "cp858", "windows-1252", "cp936", "cp932"; nothing for another name.
[[nodiscard]] std::optional<CodePage> parse_code_page(std::string_view name);
[[nodiscard]] bool is_double_byte(CodePage page);
// What ESC t n selects on Epson's and most other printers; unknown for a page that is not among the above.
[[nodiscard]] CodePage page_of_table(std::uint8_t n);

class Decoder {
 public:
  Decoder() = default;
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // Appends the bytes as UTF-8. Returns how many could not be read: each stands there as U+FFFD. Never fails.
  std::size_t decode(CodePage page, base::ByteView bytes, std::string& out);

 private:
  void* open(CodePage page);
  std::array<void*, code_pages> open_{};  // iconv_t, opened when first needed
};

// A text in GB18030, where every letter of it is one that receipt printers with Chinese characters have: ASCII, and
// what has two bytes. Signs that look alike stand in for others (a wide yen for a narrow one, a hyphen for a minus).
// Nothing for a text with any other letter; line feeds and other controls are such. Pure; any thread.
[[nodiscard]] std::optional<std::string> to_printer_gb18030(std::string_view text);

}  // namespace millpond::pages
