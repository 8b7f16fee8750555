// SPDX-License-Identifier: Apache-2.0
// CodePage: which characters the bytes of a printer stand for, and their decoding to UTF-8. The tables are those of the
// system's iconv. Not a guess: who sets up a capture says which pages the till's printer uses. One thread.
#pragma once

#include "sync/base/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millpond::capture {

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

}  // namespace millpond::capture
