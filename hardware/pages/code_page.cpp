// SPDX-License-Identifier: Apache-2.0
#include "hardware/pages/code_page.h"

#include <cerrno>
#include <iconv.h>
#include <memory>
#include <utility>

namespace millpond::pages {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

struct Named {
  std::string_view name;
  CodePage page;
  const char* iconv_name;
};

constexpr std::array names{
    Named{"cp437", CodePage::cp437, "CP437"},       Named{"cp850", CodePage::cp850, "CP850"},
    Named{"cp858", CodePage::cp858, "IBM858"},      Named{"windows-1252", CodePage::windows_1252, "CP1252"},
    Named{"cp932", CodePage::cp932, "CP932"},       Named{"cp936", CodePage::cp936, "CP936"},
    Named{"gb18030", CodePage::gb18030, "GB18030"},
};

iconv_t none() { return reinterpret_cast<iconv_t>(-1); }

}  // namespace

std::optional<CodePage> parse_code_page(std::string_view name) {
  for (const auto& row : names) {
    if (row.name == name) return row.page;
  }
  return std::nullopt;
}

bool is_double_byte(CodePage page) {
  return page == CodePage::gb18030 || page == CodePage::cp936 || page == CodePage::cp932;
}

CodePage page_of_table(std::uint8_t n) {
  switch (n) {
    case 0:
      return CodePage::cp437;
    case 2:
      return CodePage::cp850;
    case 16:
      return CodePage::windows_1252;
    case 19:
      return CodePage::cp858;
    default:
      return CodePage::unknown;
  }
}

Decoder::~Decoder() {
  for (void* handle : open_) {
    if (handle != nullptr && handle != none()) ::iconv_close(handle);
  }
}

void* Decoder::open(CodePage page) {
  auto& handle = open_[static_cast<std::size_t>(page)];
  if (handle != nullptr) return handle;
  handle = none();
  for (const auto& row : names) {
    if (row.page == page) handle = ::iconv_open("UTF-8", row.iconv_name);
  }
  return handle;
}

std::size_t Decoder::decode(CodePage page, base::ByteView bytes, std::string& out) {
  std::size_t unread = 0;
  const auto handle = open(page);
  if (handle != none()) ::iconv(handle, nullptr, nullptr, nullptr, nullptr);
  while (!bytes.empty()) {
    // What every page shares needs no table, and a page without one still shows its digits.
    if (bytes.front() < 0x80) {
      out += static_cast<char>(bytes.front());
      bytes = bytes.subspan(1);
      continue;
    }
    std::array<char, 256> room{};
    auto* from = const_cast<char*>(reinterpret_cast<const char*>(bytes.data()));
    auto from_left = bytes.size();
    auto* to = room.data();
    auto to_left = room.size();
    const auto failed =
        handle == none() ||
        (::iconv(handle, &from, &from_left, &to, &to_left) == static_cast<std::size_t>(-1) && errno != E2BIG);
    out.append(room.data(), room.size() - to_left);
    const auto taken = bytes.size() - from_left;
    bytes = bytes.subspan(taken);
    if (!failed && taken > 0) continue;
    if (bytes.empty()) break;
    out += replacement;
    ++unread;
    bytes = bytes.subspan(1);
  }
  return unread;
}

std::optional<std::string> to_printer_gb18030(std::string_view text) {
  // U+00A5, U+2212, U+2022, U+00A0: four bytes in GB18030, which many printers do not have.
  constexpr std::array stand_ins{std::pair{"\xC2\xA5", "\xEF\xBF\xA5"}, std::pair{"\xE2\x88\x92", "-"},
                                 std::pair{"\xE2\x80\xA2", "\xC2\xB7"}, std::pair{"\xC2\xA0", " "}};
  std::string said{text};
  for (const auto& [from, to] : stand_ins) {
    const std::string_view sought{from};
    for (auto at = said.find(sought); at != std::string::npos; at = said.find(sought, at)) {
      said.replace(at, sought.size(), to);
    }
  }
  const std::unique_ptr<void, int (*)(iconv_t)> handle{::iconv_open("GB18030", "UTF-8"), ::iconv_close};
  if (handle.get() == none()) return std::nullopt;
  auto* from = said.data();
  auto from_left = said.size();
  std::string out(2 * said.size() + 4, '\0');
  auto* to = out.data();
  auto to_left = out.size();
  if (::iconv(handle.get(), &from, &from_left, &to, &to_left) == static_cast<std::size_t>(-1)) return std::nullopt;
  out.resize(out.size() - to_left);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto lead = static_cast<std::uint8_t>(out[i]);
    if (lead < 0x20 || lead == 0x7F) return std::nullopt;
    if (lead < 0x80) continue;
    const auto trail = i + 1 < out.size() ? static_cast<std::uint8_t>(out[i + 1]) : 0;
    if (trail < 0x40) return std::nullopt;  // a digit: the second of four bytes
    ++i;
  }
  return out;
}

}  // namespace millpond::pages
