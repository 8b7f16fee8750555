// SPDX-License-Identifier: Apache-2.0
// Game: a wheel or a golden egg as a brand publishes it. Immutable and versioned; the hub signs the bytes. Not the deck
// that is dealt from it (deck.h), not a draw (game_draw.h), not what the law asks (game_check.h). Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/money.h"
#include "sync/base/result.h"
#include "sync/model/deck.h"
#include "sync/model/document.h"
#include "sync/model/prize_tax.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace millpond::model {

enum class GameKind : std::uint8_t { wheel = 1, golden_egg = 2 };                       // persisted
enum class PrizeKind : std::uint8_t { nothing = 1, points = 2, coupon = 3, gift = 4 };  // persisted

struct Prize {
  std::uint32_t number{};  // from 1; records name it
  LocalizedText name;
  PrizeKind kind{};
  std::int64_t points{};                 // of points
  base::CampaignId coupon;               // of coupon: the campaign whose coupon it is
  std::int64_t value_minor{};            // of one piece, at market value; 0 of nothing
  std::optional<std::int64_t> quantity;  // pieces in the whole game; nothing: not limited
  std::uint32_t weight_ppm{};
  bool rare{};           // only from the online slice
  bool may_be_absent{};  // as in DeckPrize
  PrizeTax tax;
  friend bool operator==(const Prize&, const Prize&) = default;
};

// What a customer can read before the first touch, beside prizes, values, chances and dates.
struct GameNotice {
  LocalizedText conditions;
  LocalizedText draw_method;
  LocalizedText redemption_method;
  LocalizedText organiser;
  LocalizedText contact;
  friend bool operator==(const GameNotice&, const GameNotice&) = default;
};

struct Game {
  base::CampaignId campaign;
  std::uint32_t version{};
  GameKind kind{};
  std::string country;  // whose law it is published under: "CN"
  base::Currency currency;
  LocalizedText name;
  base::LocalDate starts;                    // first day of drawing, at the store
  base::LocalDate ends;                      // last day
  base::LocalDate redeem_by;                 // last day
  std::int32_t age_min{};                    // years
  std::int32_t chance_days{};                // a chance is good on its day and this many days after it
  std::uint32_t draws_a_member_day_max{};    // 0: no limit but the chances
  std::int64_t winners_shown_above_minor{};  // winners of more are published, masked
  std::uint32_t deck_cards{};                // as in DeckTerms
  std::uint32_t online_cards{};
  std::uint32_t slice_cards{};
  std::vector<Prize> prizes;
  std::uint32_t fallback{};  // the number of the prize that is given when another one is gone; not limited
  GameNotice notice;
  friend bool operator==(const Game&, const Game&) = default;
};

// Null when the game has no such prize.
[[nodiscard]] const Prize* prize_of(const Game& game, std::uint32_t number);
[[nodiscard]] DeckTerms deck_terms(const Game& game, const base::BrandId& brand, std::uint32_t deck);

// --- reading

inline constexpr std::size_t game_bytes_max = 128U << 10;

// Reads {version, campaign, kind: wheel | golden_egg, country, currency, name, starts, ends, redeem_by, age_min,
// chance_days, draws_a_member_day_max?, winners_shown_above_minor, deck{cards, online_cards, slice_cards},
// prizes[{number, name, kind: nothing | points | coupon | gift, points | coupon, value_minor, quantity?, weight_ppm,
// rare?, may_be_absent?, tax{class, rate_bp, free_up_to_minor?}?}], fallback, notice{conditions?, draw_method?,
// redemption_method?, organiser?, contact?}}. Only what such a document can be at all; what publication refuses is
// game_check.h's, and an item of the notice may be missing here so that all that are can be named at once. Error:
// programme_invalid.
[[nodiscard]] base::Result<Game> read_game(base::ByteView json);

// --- what is shown

// What a place has of a prize that is limited: the hub's own stock, or what is left of a terminal's lease of kind
// game_stock.
struct PrizeStock {
  std::uint32_t prize{};
  std::int64_t left{};
  friend bool operator==(const PrizeStock&, const PrizeStock&) = default;
};

// Pieces of a limited prize that are left here, 0 without a row; nothing for a prize without limit.
[[nodiscard]] std::optional<std::int64_t> pieces_left(const Prize& prize, std::span<const PrizeStock> stock);

// The sectors of the wheel where it stands, in the order of the prizes. A card of a prize that is gone gives the
// fallback, so its chance is shown there and nowhere else: no other prize becomes more likely. Sums to 1,000,000, or is
// empty when there are no cards here. Needs a game that publication did not refuse.
[[nodiscard]] std::vector<Sector> wheel_sectors(const Game& game, CardsOf where, std::span<const PrizeStock> stock);

}  // namespace millpond::model
