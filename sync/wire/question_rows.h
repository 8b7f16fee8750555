// SPDX-License-Identifier: Apache-2.0
// Questions that a terminal puts to the hub while somebody waits, beside the one about a coupon (rights_rows.h): for
// points that its lease does not have, and about a member's code whose issuer it does not know. Encoded as Protocol
// Buffers (wire.proto). Pure; any thread.
#pragma once

#include "sync/model/leases.h"
#include "sync/model/rights.h"
#include "sync/wire/messages.h"

#include <optional>

namespace millpond::wire {

// Body of POST /v1/points. Safe to repeat: the same question gets the same lease.
struct PointsAsk {
  std::uint64_t asked{};  // model::redemption_id of the sale, of no coupon; not 0
  base::MemberId member;
  base::Epoch epoch;      // the live one of the copy that asks
  std::int64_t points{};  // of the sale
  friend bool operator==(const PointsAsk&, const PointsAsk&) = default;
};

struct PointsWord {
  std::uint64_t asked{};
  model::HubWord word{};              // confirmed, refused, or unknown: the hub cannot say now
  base::Code why{};                   // of refused: points_short, points_cap, value_suspended
  std::optional<model::Lease> lease;  // of confirmed, as the downlink row is told that comes later
  std::int64_t hub_wall_ms{};
  friend bool operator==(const PointsWord&, const PointsWord&) = default;
};

inline constexpr std::size_t card_code_chars_max = 1'024;

// Body of POST /v1/member.
struct CardAsk {
  std::string code;   // as scanned: a card's (0x21) or a phone's (0x22)
  base::Epoch epoch;  // the live one of the copy that asks, for CardWord::includes
  friend bool operator==(const CardAsk&, const CardAsk&) = default;
};

struct CardWord {
  model::HubWord word{};         // confirmed: an issuer of the brand made this code; or refused
  base::Code why{};              // of refused: code_forged, code_unknown_issuer, ...
  std::optional<MemberRow> row;  // of the person, when the hub knows them
  base::Seq includes;            // the asker's facts through here are in the row, of its epoch
  std::int64_t hub_wall_ms{};
  bool
      issuer_revoked{};  // of confirmed: by now others may have that issuer's key, and the code is worth a typed number
  friend bool operator==(const CardWord&, const CardWord&) = default;
};

[[nodiscard]] base::Bytes encode(const PointsAsk& ask);
[[nodiscard]] base::Bytes encode(const PointsWord& word);
[[nodiscard]] base::Bytes encode(const CardAsk& ask);
[[nodiscard]] base::Bytes encode(const CardWord& word);
// Error: bad_input, also for a yes without what it grants.
[[nodiscard]] base::Result<PointsAsk> decode_points_ask(base::ByteView bytes);
[[nodiscard]] base::Result<PointsWord> decode_points_word(base::ByteView bytes);
[[nodiscard]] base::Result<CardAsk> decode_card_ask(base::ByteView bytes);
[[nodiscard]] base::Result<CardWord> decode_card_word(base::ByteView bytes);

}  // namespace millpond::wire
