// SPDX-License-Identifier: Apache-2.0
#include "sync/model/deck.h"

#include "sync/base/check.h"
#include "sync/crypto/hash.h"
#include "sync/model/allocate.h"

#include <algorithm>
#include <set>
#include <utility>

namespace millpond::model {
namespace {

// Of a deck's seed, never of a machine's key. Persisted in commitments and seals: never change.
constexpr std::string_view for_order = "MPDKORDR";
constexpr std::string_view for_slices = "MPDKSLCE";
constexpr std::string_view for_cards = "MPDKCARD";
constexpr std::string_view terms_context = "MILLPOND-DECK1";
constexpr std::string_view commitment_context = "MILLPOND-DECKSEED1";

base::Hash terms_hash(const DeckTerms& terms) {
  base::Bytes bytes;
  base::append(bytes, base::view_of(terms_context));
  base::append(bytes, terms.brand.bytes);
  for (const auto number : {terms.campaign.value, terms.deck, terms.cards, terms.online_cards, terms.slice_cards}) {
    base::append_big_endian(bytes, number, 4);
  }
  base::append_big_endian(bytes, terms.prizes.size(), 4);
  for (const auto& prize : terms.prizes) {
    base::append_big_endian(bytes, prize.number, 4);
    base::append_big_endian(bytes, prize.weight_ppm, 4);
    base::append_big_endian(bytes, (prize.rare ? 1U : 0U) | (prize.may_be_absent ? 2U : 0U), 1);
  }
  return crypto::blake2b(bytes);
}

std::uint32_t rare_cards(const DeckTerms& terms, const std::vector<std::uint32_t>& counts) {
  std::uint32_t sum = 0;
  for (std::size_t row = 0; row < counts.size(); ++row) sum += terms.prizes[row].rare ? counts[row] : 0;
  return sum;
}

// Keyed BLAKE2b-128 in counter mode: block n is the hash of the terms and n.
class WordStream {
 public:
  WordStream(crypto::SecretKey key, const base::Hash& terms)
      : key_{std::move(key)}, message_(terms.begin(), terms.end()) {}

  // Uniform in [0, bound), bound > 0: words from the incomplete last run of 2^32 are thrown away.
  std::uint32_t below(std::uint32_t bound) {
    constexpr auto words = std::uint64_t{1} << 32;
    const auto limit = words - words % bound;
    for (;;) {
      const auto word = next();
      if (word < limit) return static_cast<std::uint32_t>(word % bound);
    }
  }

 private:
  std::uint64_t next() {
    if (used_ == block_.size()) {
      message_.resize(sizeof(base::Hash));
      base::append_big_endian(message_, counter_++, 8);
      block_ = crypto::keyed_blake2b_16(key_.bytes(), message_);
      used_ = 0;
    }
    const auto word = base::read_big_endian(base::ByteView{block_}.subspan(used_, 4));
    used_ += 4;
    return word;
  }

  crypto::SecretKey key_;
  base::Bytes message_;
  std::uint64_t counter_{};
  std::array<std::uint8_t, 16> block_{};
  std::size_t used_{block_.size()};
};

void shuffle(std::vector<std::uint32_t>& cards, WordStream& words) {
  for (auto left = static_cast<std::uint32_t>(cards.size()); left > 1; --left) {
    std::swap(cards[left - 1], cards[words.below(left)]);
  }
}

SealedCard seal_of(const base::Hash& terms, const crypto::SecretKey& key, std::uint32_t index, std::uint32_t prize) {
  base::Bytes message{terms.begin(), terms.end()};
  base::append_big_endian(message, index, 4);
  base::append_big_endian(message, prize, 4);
  return crypto::keyed_blake2b_16(key.bytes(), message);
}

std::optional<DeckRefusal> why_no_table(const DeckTerms& terms) {
  if (terms.prizes.empty() || terms.prizes.size() > deck_prizes_max) return DeckRefusal{DeckFault::no_prizes, 0};
  std::set<std::uint32_t> numbers;
  std::uint64_t sum = 0;
  for (std::size_t row = 0; row < terms.prizes.size(); ++row) {
    if (!numbers.insert(terms.prizes[row].number).second) return DeckRefusal{DeckFault::prize_twice, row};
    sum += terms.prizes[row].weight_ppm;
  }
  if (sum != ppm_whole) return DeckRefusal{DeckFault::weights_do_not_sum, 0};
  return std::nullopt;
}

}  // namespace

std::optional<DeckRefusal> why_no_deck(const DeckTerms& terms) {
  if (const auto refusal = why_no_table(terms)) return refusal;
  if (terms.cards == 0 || terms.cards > deck_cards_max || terms.online_cards > terms.cards || terms.slice_cards == 0) {
    return DeckRefusal{DeckFault::size_out_of_range, 0};
  }
  const auto counts = card_counts(terms);
  for (std::size_t row = 0; row < counts.size(); ++row) {
    const auto& prize = terms.prizes[row];
    if (prize.weight_ppm > 0 && counts[row] == 0 && !prize.may_be_absent) {
      return DeckRefusal{DeckFault::weight_without_card, row};
    }
  }
  if (rare_cards(terms, counts) > terms.online_cards) return DeckRefusal{DeckFault::rare_exceeds_online, 0};
  return std::nullopt;
}

std::vector<std::uint32_t> card_counts(const DeckTerms& terms) {
  std::vector<std::int64_t> weights;
  for (const auto& prize : terms.prizes) weights.push_back(prize.weight_ppm);
  std::vector<std::uint32_t> counts;
  for (const auto count : allocate(terms.cards, weights)) counts.push_back(static_cast<std::uint32_t>(count));
  return counts;
}

base::Hash deck_commitment(const DeckTerms& terms, const DeckSeed& seed) {
  base::Bytes bytes;
  base::append(bytes, base::view_of(commitment_context));
  base::append(bytes, terms_hash(terms));
  return crypto::blake2b(bytes, seed);
}

std::vector<std::uint32_t> deal(const DeckTerms& terms, const DeckSeed& seed) {
  MILLPOND_CHECK(!why_no_deck(terms));
  const auto counts = card_counts(terms);
  std::vector<std::uint32_t> online;
  std::vector<std::uint32_t> common;
  common.reserve(terms.cards);
  for (std::size_t row = 0; row < counts.size(); ++row) {
    auto& pile = terms.prizes[row].rare ? online : common;
    pile.insert(pile.end(), counts[row], terms.prizes[row].number);
  }
  WordStream words{crypto::SecretKey::of(seed).derive(for_order, 0), terms_hash(terms)};
  // Which common cards the online slice gets is as random as their order.
  shuffle(common, words);
  const auto taken = common.begin() + static_cast<std::ptrdiff_t>(terms.online_cards - online.size());
  online.insert(online.end(), common.begin(), taken);
  shuffle(online, words);
  online.insert(online.end(), taken, common.end());
  return online;
}

std::optional<std::uint32_t> verify_draw(const base::Hash& commitment, const DeckSeed& seed, const DeckTerms& declared,
                                         std::uint32_t index) {
  if (why_no_deck(declared) || index >= declared.cards) return std::nullopt;
  if (deck_commitment(declared, seed) != commitment) return std::nullopt;
  return deal(declared, seed)[index];
}

std::uint32_t slice_count(const DeckTerms& terms) {
  const auto offline = terms.cards - terms.online_cards;
  return 1 + offline / terms.slice_cards + (offline % terms.slice_cards != 0 ? 1 : 0);
}

CardRange slice_range(const DeckTerms& terms, std::uint32_t slice) {
  MILLPOND_CHECK(slice < slice_count(terms));
  if (slice == 0) return {0, terms.online_cards};
  // No overflow: a slice with a number below slice_count() begins within the deck.
  const auto first = terms.online_cards + (slice - 1) * terms.slice_cards;
  return {first, std::min(terms.slice_cards, terms.cards - first)};
}

crypto::SecretKey slice_key(const DeckSeed& seed, std::uint32_t slice) {
  return crypto::SecretKey::of(seed).derive(for_slices, slice);
}

crypto::SecretKey card_key(const crypto::SecretKey& slice_key, std::uint32_t index) {
  return slice_key.derive(for_cards, index);
}

std::vector<SealedCard> seal_slice(const DeckTerms& terms, const DeckSeed& seed,
                                   const std::vector<std::uint32_t>& dealt, std::uint32_t slice) {
  MILLPOND_CHECK(dealt.size() == terms.cards);
  const auto range = slice_range(terms, slice);
  const auto key = slice_key(seed, slice);
  const auto hash = terms_hash(terms);
  std::vector<SealedCard> sealed;
  for (auto index = range.first; index < range.end(); ++index) {
    sealed.push_back(seal_of(hash, card_key(key, index), index, dealt[index]));
  }
  return sealed;
}

std::optional<std::uint32_t> open_card(const DeckTerms& terms, const crypto::SecretKey& card_key, std::uint32_t index,
                                       const SealedCard& card) {
  const auto hash = terms_hash(terms);
  for (const auto& prize : terms.prizes) {
    if (crypto::equal_constant_time(seal_of(hash, card_key, index, prize.number), card)) return prize.number;
  }
  return std::nullopt;
}

std::vector<Sector> sectors(const DeckTerms& terms, CardsOf where) {
  const auto counts = card_counts(terms);
  const std::int64_t rare = rare_cards(terms, counts);
  const std::int64_t common = terms.cards - rare;
  // The online slice has every rare card, and of the common ones its share on average.
  const std::int64_t common_online = terms.online_cards - rare;
  std::vector<std::int64_t> weights;
  for (std::size_t row = 0; row < counts.size(); ++row) {
    const bool is_rare = terms.prizes[row].rare;
    std::int64_t weight = counts[row];
    if (where == CardsOf::offline && is_rare) weight = 0;
    if (where == CardsOf::online) weight *= is_rare ? std::max<std::int64_t>(common, 1) : common_online;
    weights.push_back(weight);
  }
  const bool none = (where == CardsOf::online && terms.online_cards == 0) ||
                    (where == CardsOf::offline && terms.online_cards == terms.cards);
  if (none) return {};
  const auto shares = allocate(ppm_whole, weights);
  std::vector<Sector> shown;
  for (std::size_t row = 0; row < shares.size(); ++row) {
    shown.push_back({terms.prizes[row].number, static_cast<std::uint32_t>(shares[row])});
  }
  return shown;
}

}  // namespace millpond::model
