// SPDX-License-Identifier: Apache-2.0
// Which cards of a member are believed no more: those of apps (0x22) although their days are not over, because a phone
// was lost or stolen, and printed ones (0x21), which have no days, from before a day. A row for everyone in the
// downlink, by member, until all that it withdraws have ended by themselves; encoded as Protocol Buffers (wire.proto).
// Pure; any thread.
#pragma once

#include "sync/wire/messages.h"

namespace millpond::wire {

inline constexpr std::uint8_t app_cards_first_generation = 3;  // 1: a terminal's paper, 2: the hub's, 3 on: a phone
inline constexpr std::size_t app_cards_withdrawn_max = 16;     // one by one, before all of a generation go

// Body of RowKind::app_cards.
struct AppCards {
  base::MemberId member;
  std::uint32_t version{};                              // from 1; grows with every withdrawal
  std::uint8_t generation{app_cards_first_generation};  // cards of an earlier one are withdrawn
  std::vector<crypto::PublicKey> keys;                  // of apps whose cards are withdrawn, whatever their generation
  std::int32_t last_day{};        // since 1970; no card that this withdraws is good after it; 0: not told
  std::int32_t cards_from_day{};  // since 1970; a printed card of an earlier day is withdrawn; 0: none is
  friend bool operator==(const AppCards&, const AppCards&) = default;
};

// Whether a card of this generation for this app's key is withdrawn.
[[nodiscard]] bool withdraws(const AppCards& cards, std::uint8_t generation, const crypto::PublicKey& app_key);

[[nodiscard]] base::Bytes encode(const AppCards& cards);
// Error: bad_input, also for nobody's, version 0, a generation that a card cannot have and too many keys.
[[nodiscard]] base::Result<AppCards> decode_app_cards(base::ByteView bytes);

// Key of that row.
[[nodiscard]] base::Bytes app_cards_key(base::MemberId member);
// The journal's document of a member's row: its body as it came.
[[nodiscard]] std::string app_cards_document(base::MemberId member);

}  // namespace millpond::wire
