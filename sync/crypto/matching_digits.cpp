// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/matching_digits.h"

#include <algorithm>
#include <sodium.h>
#include <string_view>

namespace millpond::crypto {
namespace {

constexpr std::uint64_t passes = 3;
constexpr std::size_t memory_bytes = 64U << 20;
constexpr std::string_view salt_text = "MILLPOND-MATCH2";  // and a zero, to sixteen bytes
static_assert(salt_text.size() < crypto_pwhash_SALTBYTES);

}  // namespace

std::string matching_digits(base::ByteView of) {
  std::array<std::uint8_t, crypto_pwhash_SALTBYTES> salt{};
  std::ranges::copy(salt_text, salt.begin());
  const std::string input{base::text_of(of)};
  std::array<std::uint8_t, 16> hash{};  // what the library makes at least
  const int failed = crypto_pwhash(hash.data(), hash.size(), input.data(), input.size(), salt.data(), passes,
                                   memory_bytes, crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) return {};
  const auto digits = std::to_string(base::read_big_endian(base::ByteView{hash}.first(8)) % 1'000'000);
  return std::string(6 - digits.size(), '0') + digits;
}

}  // namespace millpond::crypto
