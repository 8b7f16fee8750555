// SPDX-License-Identifier: Apache-2.0
// Claim codes: short codes on goods, parcel cards, invitations and shop windows ("K1:" and Base45, 33 characters, a QR
// symbol of version 2). Not self-evident like a member code: the eight bytes of MAC can be checked by the hub alone, so
// a terminal only reads what it is and queues the claim; the hub's first claim wins. Layouts are printed: never change
// one, add a kind. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace millpond::codes {

// Persisted as the type byte.
enum class ClaimKind : std::uint8_t {
  item = 0x31,         // one item, one code: authenticity, and points or a coupon once
  parcel_card = 0x32,  // a card in a parcel: a customer of a marketplace joins
  invite = 0x33,       // a member invites another person
  join = 0x34,         // a shop, a colleague or a group: who joins is counted for it
};

// Kind 1, brand tag 2, key number 1, number 8, MAC 8 = 20 bytes. The number says which item, card, member or place.
struct ClaimCode {
  ClaimKind kind{};
  std::uint8_t key_number{};
  std::uint64_t number{};
  std::array<std::uint8_t, 8> mac{};
  friend bool operator==(const ClaimCode&, const ClaimCode&) = default;
};

inline constexpr std::size_t claim_code_bytes = 20;
inline constexpr std::size_t claim_key_bytes = 32;

// `key` has claim_key_bytes and stays at the hub.
[[nodiscard]] std::string compose_claim(ClaimKind kind, std::uint8_t key_number, std::uint64_t number,
                                        base::ByteView key, const base::BrandId& brand);

// Exact lengths and alphabet only. Errors: code_unknown_kind, code_malformed, code_wrong_brand.
[[nodiscard]] base::Result<ClaimCode> parse_claim(std::string_view text, const base::BrandId& brand);

// Guessing one takes 2^64 tries at the hub, which counts them. Error: code_forged.
[[nodiscard]] base::Result<> verify_claim(const ClaimCode& code, base::ByteView key, const base::BrandId& brand);

}  // namespace millpond::codes
