// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/line_breaks.h"

#include <algorithm>

namespace millpond::view {
namespace {

constexpr char32_t replacement = 0xFFFD;

bool is_hanzi_like(char32_t c) {
  return (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFF00 && c <= 0xFFEF);
}

bool never_begins_line(char32_t c) {
  constexpr std::u32string_view closing = U",.!?:;)]}%、。，．！？：；）】》〉”’…·％～";
  return closing.find(c) != std::u32string_view::npos;
}

bool never_ends_line(char32_t c) {
  constexpr std::u32string_view opening = U"([{（【《〈“‘¥￥+−";
  return opening.find(c) != std::u32string_view::npos;
}

bool may_break_between(char32_t before, char32_t after) {
  if (never_ends_line(before) || never_begins_line(after)) return false;
  if (before == U' ' && after != U' ') return true;
  return is_hanzi_like(before) != is_hanzi_like(after) ? before != U' ' && after != U' ' : is_hanzi_like(before);
}

std::string without_trailing_spaces(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string{text};
}

std::string_view without_leading_spaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

struct Line {
  std::size_t bytes{};     // shown
  std::size_t consumed{};  // with the line feed
};

Line next_line(std::string_view text, float width, const Advance& advance) {
  float used = 0;
  std::size_t at = 0;
  std::size_t last_break = 0;
  char32_t before = 0;
  while (at < text.size()) {
    const CodePoint next = first_code_point(text.substr(at));
    if (next.value == U'\n') return {at, at + 1};
    if (before != 0 && may_break_between(before, next.value)) last_break = at;
    used += advance(next.value);
    if (used > width && next.value != U' ' && at > 0) {
      const std::size_t end = last_break > 0 ? last_break : at;
      return {end, end};
    }
    at += next.bytes;
    before = next.value;
  }
  return {at, at};
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
  if (length == 0 || lead > 0xF4 || text.size() < length) return {replacement, 1};
  char32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {replacement, 1};
    value = value << 6 | (byte(i) & 0x3FU);
  }
  return {value, length};
}

std::vector<std::string> break_lines(std::string_view text, float width, const Advance& advance) {
  std::vector<std::string> lines;
  do {
    const Line line = next_line(text, width, advance);
    lines.push_back(without_trailing_spaces(text.substr(0, line.bytes)));
    text = without_leading_spaces(text.substr(line.consumed));
  } while (!text.empty());
  return lines;
}

}  // namespace millpond::view
