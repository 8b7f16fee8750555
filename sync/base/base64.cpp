// SPDX-License-Identifier: Apache-2.0
#include "sync/base/base64.h"

#include <array>

namespace millpond::base {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t six_bits = 63;

std::optional<std::uint32_t> value_of(char letter) {
  const auto at = alphabet.find(letter);
  return at == std::string_view::npos ? std::nullopt : std::optional{static_cast<std::uint32_t>(at)};
}

}  // namespace

std::string to_base64(ByteView bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto left = bytes.size() - at;
    std::uint32_t group = static_cast<std::uint32_t>(bytes[at]) << 16;
    if (left > 1) group |= static_cast<std::uint32_t>(bytes[at + 1]) << 8;
    if (left > 2) group |= bytes[at + 2];
    text += alphabet[(group >> 18) & six_bits];
    text += alphabet[(group >> 12) & six_bits];
    text += left > 1 ? alphabet[(group >> 6) & six_bits] : '=';
    text += left > 2 ? alphabet[group & six_bits] : '=';
  }
  return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    auto four = text.substr(at, 4);
    const bool last = at + 4 == text.size();
    const std::size_t padding = !last ? 0 : four.ends_with("==") ? 2 : four.ends_with('=') ? 1 : 0;
    four.remove_suffix(padding);
    std::uint32_t group = 0;
    for (const auto letter : four) {
      const auto value = value_of(letter);
      if (!value) return std::nullopt;
      group = group << 6 | *value;
    }
    group <<= 6 * padding;
    const std::array<std::uint8_t, 3> three{static_cast<std::uint8_t>(group >> 16),
                                            static_cast<std::uint8_t>(group >> 8), static_cast<std::uint8_t>(group)};
    const auto whole = three.size() - padding;
    for (std::size_t i = whole; i < three.size(); ++i) {
      if (three[i] != 0) return std::nullopt;
    }
    bytes.insert(bytes.end(), three.begin(), three.begin() + static_cast<std::ptrdiff_t>(whole));
  }
  return bytes;
}

}  // namespace millpond::base
