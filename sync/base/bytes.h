// SPDX-License-Identifier: Apache-2.0
// Byte strings: the owning and the borrowed form, big-endian integers, hexadecimal.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::base {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using Hash = std::array<std::uint8_t, 32>;  // BLAKE2b-256 or SHA-256

[[nodiscard]] inline ByteView view_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Appends the low `size` bytes of value, most significant first.
void append_big_endian(Bytes& to, std::uint64_t value, std::size_t size);
inline void append(Bytes& to, ByteView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }
[[nodiscard]] std::uint64_t read_big_endian(ByteView bytes);  // at most 8 bytes

[[nodiscard]] std::string to_hex(ByteView bytes);                    // lower case
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);  // either case, even length

}  // namespace millpond::base
