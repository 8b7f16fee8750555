// SPDX-License-Identifier: Apache-2.0
// Deck: a game's prizes as a finite number of cards in an order that a secret seed decides and nobody can change later.
// The hub publishes terms and commitment, leases slices of the deck to terminals (deck_slices.h) and reveals the seed
// when the deck is over; from then on anybody can say which card lay at which index. Not stock and not chances: see
// game.h. Pure: the seed is an argument, everything else follows from it, byte for byte. Any thread.
//
// What a seal holds back: a card opens with its own key only, and keys are given out with a lease, for a whole slice or
// card by card. A terminal that may draw without a line has the keys of what it may draw, so whoever owns such a
// machine can look at those cards beforehand, and let a friend draw when a good one is next. It cannot change a card or
// the order without a trace: the hub sees skipped indexes, and the seed convicts every other lie. Rare prizes lie in
// the online slice alone, whose keys never leave the hub.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/ids.h"
#include "sync/crypto/secret_key.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace millpond::model {

inline constexpr std::uint32_t ppm_whole = 1'000'000;
inline constexpr std::uint32_t deck_cards_max = 1'000'000;  // as many as weights can tell apart
inline constexpr std::size_t deck_prizes_max = 64;

struct DeckPrize {
  std::uint32_t number{};      // of the prize in its game
  std::uint32_t weight_ppm{};  // 0: no card, for a prize that is only given as the fallback
  bool rare{};                 // only in the online slice
  bool may_be_absent{};        // declared: this deck may be too small for a single card of it
  friend bool operator==(const DeckPrize&, const DeckPrize&) = default;
};

// What is declared and published. Slice 0 is the online slice, the first online_cards cards; the others follow it with
// slice_cards each, the last one with what remains.
struct DeckTerms {
  base::BrandId brand;
  base::CampaignId campaign;
  std::uint32_t deck{};  // 1, 2, ... of a campaign
  std::uint32_t cards{};
  std::uint32_t online_cards{};
  std::uint32_t slice_cards{};
  std::vector<DeckPrize> prizes;
  friend bool operator==(const DeckTerms&, const DeckTerms&) = default;
};

enum class DeckFault : std::uint8_t {
  no_prizes,            // or more than deck_prizes_max
  prize_twice,          // one number in two rows
  weights_do_not_sum,   // to exactly 1,000,000
  size_out_of_range,    // cards, online_cards or slice_cards
  weight_without_card,  // too small a weight for this deck, and not declared so
  rare_exceeds_online,  // more rare cards than the online slice has
};

struct DeckRefusal {
  DeckFault fault{};
  std::size_t row{};  // of the prize table; 0 when it is about no row
  friend bool operator==(const DeckRefusal&, const DeckRefusal&) = default;
};

// Nothing when such a deck can be dealt. Whatever takes DeckTerms below needs that, unless it says otherwise.
[[nodiscard]] std::optional<DeckRefusal> why_no_deck(const DeckTerms& terms);

// Cards of each row: cards * weight / 1,000,000, what remains of the whole to the largest remainders, the earlier row
// first. Sums to `cards`.
[[nodiscard]] std::vector<std::uint32_t> card_counts(const DeckTerms& terms);

// 32 bytes of crypto::system_rng() at the hub; secret until the deck is over.
using DeckSeed = base::Hash;

// Published before the first draw: BLAKE2b-256 over terms and seed. Persisted: never change.
[[nodiscard]] base::Hash deck_commitment(const DeckTerms& terms, const DeckSeed& seed);

// Prize numbers by index. Every order that keeps rare cards in the online slice is equally likely. Fisher-Yates over
// 32-bit words of keyed BLAKE2b-128 in counter mode, words that would bias are thrown away. O(cards). Persisted in
// commitments: never change.
[[nodiscard]] std::vector<std::uint32_t> deal(const DeckTerms& terms, const DeckSeed& seed);

// For anybody, with whatever was published: the prize that lay at this index. Nothing when the seed or the terms are
// not those of the commitment, no such deck can be, or it has no such index. O(cards).
[[nodiscard]] std::optional<std::uint32_t> verify_draw(const base::Hash& commitment, const DeckSeed& seed,
                                                       const DeckTerms& declared, std::uint32_t index);

// --- slices

struct CardRange {
  std::uint32_t first{};
  std::uint32_t cards{};
  [[nodiscard]] std::uint32_t end() const { return first + cards; }
  [[nodiscard]] bool holds(std::uint32_t index) const { return index >= first && index - first < cards; }
  friend bool operator==(const CardRange&, const CardRange&) = default;
};

[[nodiscard]] std::uint32_t slice_count(const DeckTerms& terms);  // with the online slice, which may be empty
[[nodiscard]] CardRange slice_range(const DeckTerms& terms, std::uint32_t slice);  // slice < slice_count()

// A keyed hash of terms, index and prize: without the card's key it says nothing, with it the one prize that fits.
using SealedCard = std::array<std::uint8_t, 16>;

// The keys of a slice's cards follow from the slice's; nothing else follows from either.
[[nodiscard]] crypto::SecretKey slice_key(const DeckSeed& seed, std::uint32_t slice);
[[nodiscard]] crypto::SecretKey card_key(const crypto::SecretKey& slice_key, std::uint32_t index);

// `dealt` is what deal() gave for these terms and this seed. In the order of the slice's indexes.
[[nodiscard]] std::vector<SealedCard> seal_slice(const DeckTerms& terms, const DeckSeed& seed,
                                                 const std::vector<std::uint32_t>& dealt, std::uint32_t slice);

// The prize number of a card; nothing with another key, index or deck, or for a changed card.
[[nodiscard]] std::optional<std::uint32_t> open_card(const DeckTerms& terms, const crypto::SecretKey& card_key,
                                                     std::uint32_t index, const SealedCard& card);

// --- what a wheel may show

enum class CardsOf : std::uint8_t { whole_deck, online, offline };

struct Sector {
  std::uint32_t prize{};
  std::uint32_t ppm{};
  friend bool operator==(const Sector&, const Sector&) = default;
};

// How likely each prize is, before any card is known, for whoever draws there: a terminal without a line has no rare
// prize to give, and its wheel must not show one. Rows of the table in order, those without a chance included; sums to
// 1,000,000, or empty when there are no such cards.
[[nodiscard]] std::vector<Sector> sectors(const DeckTerms& terms, CardsOf where);

}  // namespace millpond::model
