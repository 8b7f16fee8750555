// SPDX-License-Identifier: Apache-2.0
// Strong types for identities, so that a store number cannot pass for a terminal number. Values only; nothing here
// allocates identities: `store` counts them, because the counter must be durable.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace millpond::base {

template <class Tag, class Rep>
struct Id {
  Rep value{};
  friend auto operator<=>(const Id&, const Id&) = default;
  explicit operator bool() const { return value != Rep{}; }
};

using TerminalId = Id<struct TerminalTag, std::uint32_t>;  // 1 .. 2^24-1; 0 is the hub
using Epoch = Id<struct EpochTag, std::uint32_t>;          // random, one live per terminal
using Seq = Id<struct SeqTag, std::uint64_t>;              // gapless from 1 within an epoch
using MemberId = Id<struct MemberTag, std::uint64_t>;      // 0 is nobody
using CouponId = Id<struct CouponTag, std::uint64_t>;
using StoreId = Id<struct StoreTag, std::uint32_t>;
using CampaignId = Id<struct CampaignTag, std::uint32_t>;
using StaffId = Id<struct StaffTag, std::uint32_t>;  // a person behind the counter, of the whole chain; 0 is nobody
using LeaseId = Id<struct LeaseTag, std::uint64_t>;  // of the hub

inline constexpr std::uint32_t terminal_id_max = (1U << 24) - 1;

// A brand is named by BLAKE2b-128 of its root public key, so a terminal that pins the brand pins the root.
struct BrandId {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const BrandId&, const BrandId&) = default;
  // Two bytes that travel in every code: enough to tell another brand's code from a forged one.
  [[nodiscard]] std::uint16_t tag() const { return static_cast<std::uint16_t>((bytes[0] << 8) | bytes[1]); }
};

// Members and coupons: terminal 24 bits | incarnation 16 | counter 24. The incarnation is drawn at every start, the
// counter continues over starts, so neither a restored disk nor a reset counter repeats an identity in practice.
inline constexpr std::uint32_t id_counter_max = (1U << 24) - 1;
[[nodiscard]] constexpr std::uint64_t compose_id(TerminalId terminal, std::uint16_t incarnation,
                                                 std::uint32_t counter) {
  return (std::uint64_t{terminal.value} << 40) | (std::uint64_t{incarnation} << 24) | counter;
}
[[nodiscard]] constexpr TerminalId id_origin(std::uint64_t id) {
  return TerminalId{static_cast<std::uint32_t>(id >> 40)};
}

// "M-4K7Q-9XZP-2B3D6": thirteen Crockford base-32 digits of 64 bits, grouped for reading aloud. The prefix is a letter.
[[nodiscard]] std::string format_id(char prefix, std::uint64_t id);
// Accepts what format_id made, with or without hyphens, in either case, and O, I, L as the digits they resemble.
[[nodiscard]] std::optional<std::uint64_t> parse_id(char prefix, std::string_view text);

}  // namespace millpond::base

template <class Tag, class Rep>
struct std::hash<millpond::base::Id<Tag, Rep>> {
  std::size_t operator()(const millpond::base::Id<Tag, Rep>& id) const { return std::hash<Rep>{}(id.value); }
};
