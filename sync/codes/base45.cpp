// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/base45.h"

#include <algorithm>

namespace millpond::codes {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";  // RFC 9285, table 1

// The value of a group of two or three characters, least significant first; nothing for a foreign character.
std::optional<std::uint32_t> group_value(std::string_view group) {
  std::uint32_t value = 0;
  for (std::size_t i = group.size(); i-- > 0;) {
    const auto digit = alphabet.find(group[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * 45 + static_cast<std::uint32_t>(digit);
  }
  return value;
}

}  // namespace

std::string base45_encode(base::ByteView bytes) {
  std::string text;
  text.reserve((bytes.size() * 3 + 1) / 2);
  while (!bytes.empty()) {
    const std::size_t taken = std::min<std::size_t>(2, bytes.size());
    auto value = static_cast<std::uint32_t>(base::read_big_endian(bytes.first(taken)));
    for (std::size_t i = 0; i < taken + 1; ++i, value /= 45) text += alphabet[value % 45];
    bytes = bytes.subspan(taken);
  }
  return text;
}

std::optional<base::Bytes> base45_decode(std::string_view text) {
  if (text.size() % 3 == 1) return std::nullopt;
  base::Bytes bytes;
  bytes.reserve(text.size() / 3 * 2 + 1);
  while (!text.empty()) {
    const auto group = text.substr(0, 3);
    const std::size_t size = group.size() - 1;
    const auto value = group_value(group);
    if (!value || *value >= (1U << (8 * size))) return std::nullopt;
    base::append_big_endian(bytes, *value, size);
    text.remove_prefix(group.size());
  }
  return bytes;
}

}  // namespace millpond::codes
