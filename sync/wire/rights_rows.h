// SPDX-License-Identifier: Apache-2.0
// What hub and terminals say to each other about rights (model/rights.h): the limits of one terminal as a downlink row,
// and the question whether one coupon may be honoured, with its answer. Encoded as Protocol Buffers (wire.proto). Pure;
// any thread.
#pragma once

#include "sync/model/rights.h"
#include "sync/wire/messages.h"

namespace millpond::wire {

// Body of RowKind::allowance, whose key is the terminal, 4 bytes big-endian. Numbers below 0 do not decode.
[[nodiscard]] base::Bytes encode(const model::HonourLimits& limits);
[[nodiscard]] base::Result<model::HonourLimits> decode_allowance(base::ByteView bytes);

inline constexpr std::size_t redeem_code_chars_max = 256;

// Body of POST /v1/redeem. Safe to repeat: the same redemption gets the same answer.
struct RedeemAsk {
  std::uint64_t redemption{};  // model::redemption_id
  base::CouponId coupon;
  base::MemberId member;  // who shows it; 0: nobody is known
  base::Epoch epoch;      // the live one of the copy that asks
  std::int64_t goods_minor{};
  std::string code{};  // the coupon's, for the hub to check, where the asker does not know who issued it; else empty
  friend bool operator==(const RedeemAsk&, const RedeemAsk&) = default;
};

struct RedeemWord {
  std::uint64_t redemption{};
  model::HubWord word{};        // unknown, confirmed or refused
  model::WhyNot why;            // of refused
  crypto::Signature receipt{};  // of confirmed, over redemption_signed_bytes() with context::redemption
  std::int64_t hub_wall_ms{};
  model::Outstanding open{};  // of unknown: provisional uses of the asker that the hub has heard of and cannot settle
  friend bool operator==(const RedeemWord&, const RedeemWord&) = default;
};

[[nodiscard]] base::Bytes redemption_signed_bytes(std::uint64_t redemption, base::CouponId coupon,
                                                  base::TerminalId terminal);

[[nodiscard]] base::Bytes encode(const RedeemAsk& ask);
[[nodiscard]] base::Bytes encode(const RedeemWord& word);
// Error: bad_input.
[[nodiscard]] base::Result<RedeemAsk> decode_redeem_ask(base::ByteView bytes);
[[nodiscard]] base::Result<RedeemWord> decode_redeem_word(base::ByteView bytes);

}  // namespace millpond::wire
