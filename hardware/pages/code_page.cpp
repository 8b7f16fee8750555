// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/code_page.h"

#include <cerrno>
#include <iconv.h>

namespace millpond::capture {
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

}  // namespace millpond::capture
