// SPDX-License-Identifier: Apache-2.0
// GameDraw: chances to draw, and what one draw changes. A draw spends the chance, takes the next card and a piece of
// stock and makes a record, all in one value: whoever stores it does so in one transaction, and shows something only
// afterwards. The record is part of the chance, so that after a power cut the same draw is shown again. Not a store,
// not words. Pure: no clock, no I/O, no randomness; terminal and hub run this same code. Any thread.
#pragma once

#include "sync/model/game.h"
#include "sync/model/sale_facts.h"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace millpond::model {

// What came of one chance, with everything that the register of winners needs but the name. Becomes the body of a fact
// of the kind "draw recorded", which is still missing; terminal, store and moment are in its stamp.
struct DrawRecord {
  base::CampaignId campaign;
  std::uint32_t game_version{};
  base::Hash cause{};  // of the chance
  base::MemberId member;
  std::uint32_t deck{};
  std::uint32_t index{};  // verify_draw() says `card` for it
  std::uint32_t card{};   // the prize on the card
  std::uint32_t prize{};  // the prize that was given: the card's, or the game's fallback when that was gone
  PrizeKind kind{};       // this and what follows: of the prize given
  std::int64_t points{};
  base::CampaignId coupon;
  std::int64_t value_minor{};
  TaxClass tax_class{};
  std::int64_t withheld_minor{};
  bool shown_masked{};  // a larger winner: published, with the name masked
  base::LocalDate drawn_on;
  base::LocalDate redeem_by;       // last day
  base::LocalDate register_until;  // kept at least through this day
  friend bool operator==(const DrawRecord&, const DrawRecord&) = default;
};

// A row of a ledger, unique by campaign and cause, one draw each. Becomes a fact of the kind "chance granted", which is
// still missing; `voided` and `draw` come from later facts.
struct Chance {
  base::CampaignId campaign;
  base::Hash cause{};
  base::MemberId member;
  base::LocalDate expires;  // last good day
  bool voided{};            // what brought it was taken back before it was used
  std::optional<DrawRecord> draw;
  friend bool operator==(const Chance&, const Chance&) = default;
};

// One cause per campaign, event and ordinal, wherever and however often the event is told: of a sale by the sale's key,
// of anything else by the key of its fact. Persisted in facts: never change.
[[nodiscard]] base::Hash chance_cause(const base::BrandId& brand, base::CampaignId campaign, const SaleKey& payment,
                                      std::uint32_t ordinal);
[[nodiscard]] base::Hash chance_cause(const base::BrandId& brand, base::CampaignId campaign, base::TerminalId terminal,
                                      base::Epoch epoch, base::Seq seq, std::uint32_t ordinal);

// A chance of this game that is granted on this date: good for the days the game says, not beyond its last one.
// Nothing before the game, after it, or for nobody.
[[nodiscard]] std::optional<Chance> chance_of(const Game& game, const base::Hash& cause, base::MemberId member,
                                              base::LocalDate today);

enum class GrantWord : std::uint8_t {
  granted,
  known,  // the same again: nothing changes
  clash,  // the same cause for another member: the first stands
};
// `row` is what the ledger holds under the chance's campaign and cause.
[[nodiscard]] GrantWord grant_chance(std::optional<Chance>& row, const Chance& chance);

// What brought the chance was taken back. False when it was drawn already: a draw stands.
[[nodiscard]] bool void_chance(Chance& chance);

// --- drawing

// The rows that one draw reads and changes.
struct DrawState {
  Chance chance;
  std::uint32_t deck{};
  CardRange cards;                // what this place may still draw: the rest of its lease, or of the online slice
  std::vector<PrizeStock> stock;  // of prizes that are limited
  std::uint32_t draws_of_member_today{};
  friend bool operator==(const DrawState&, const DrawState&) = default;
};

enum class PlayerAge : std::uint8_t { not_asked, younger, old_enough };  // than, or as, the game's age_min

struct DealtCard {
  std::uint32_t deck{};
  std::uint32_t index{};
  std::uint32_t prize{};
};

struct DrawCase {
  base::MemberId member;  // who touches
  bool is_staff{};        // a member who works for the brand: the staff list knows
  PlayerAge age{};
  std::optional<base::LocalDate> today;  // at the store; nothing when no clock can be trusted
  std::optional<DealtCard> card;         // the next one, opened; nothing when it does not open
};

// In the order in which they are found: what no waiting heals comes first.
enum class DrawRefusal : std::uint8_t {
  not_your_chance,  // nobody's, another member's or another game's
  staff,
  too_young,
  chance_void,
  time_unknown,
  chance_expired,  // with the last good day
  game_not_begun,  // with the first day
  game_over,       // with the last day
  age_not_asked,
  drawn_enough_today,
  no_cards_here,    // the lease is used up: the hub may have more
  card_unreadable,  // it does not open, is no prize of this game, or is not the next one: an alarm
};

struct DrawRefused {
  DrawRefusal why{};
  base::LocalDate date;
  friend bool operator==(const DrawRefused&, const DrawRefused&) = default;
};

struct Drawn {
  DrawState after;  // to be stored as a whole, with the record as a fact
  DrawRecord record;
  bool again{};  // the chance had been drawn: the same record, nothing changed, nobody was asked anything
  friend bool operator==(const Drawn&, const Drawn&) = default;
};

// Needs a game that publication did not refuse (game_check.h). Repeating it with what it returned shows the same draw.
[[nodiscard]] std::variant<Drawn, DrawRefused> draw(const Game& game, const DrawState& state, const DrawCase& of);

// The register of winners is kept for this long after the last day of redeeming. China, 规范促销行为暂行规定 (2020).
inline constexpr int register_years = 2;
[[nodiscard]] base::LocalDate register_until(const Game& game);

}  // namespace millpond::model
