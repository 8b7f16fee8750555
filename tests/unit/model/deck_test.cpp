// SPDX-License-Identifier: Apache-2.0
#include "sync/model/deck.h"

#include "sync/base/rng.h"
#include "sync/crypto/hash.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

using namespace millpond;
using model::CardsOf;
using model::DeckFault;
using model::DeckPrize;
using model::DeckTerms;
using model::Sector;

namespace {

constexpr auto huge = std::numeric_limits<std::uint32_t>::max();

model::DeckSeed seed_of(std::uint64_t number) {
  base::SeededRng rng{number};
  model::DeckSeed seed{};
  rng.fill(seed);
  return seed;
}

DeckTerms terms_of(std::uint32_t cards, std::uint32_t online, std::vector<DeckPrize> prizes) {
  return {base::BrandId{{1, 2, 3}}, base::CampaignId{7}, 1, cards, online, 50, std::move(prizes)};
}

// A cup for one in a hundred, a tea for one in ten, points for the rest but a machine for one in a thousand.
DeckTerms tea_shop(std::uint32_t cards = 1'000, std::uint32_t online = 100) {
  return terms_of(
      cards, online,
      {{1, 1'000, true, false}, {2, 10'000, true, false}, {3, 100'000, false, false}, {4, 889'000, false, false}});
}

std::map<std::uint32_t, std::uint32_t> tally(const std::vector<std::uint32_t>& cards) {
  std::map<std::uint32_t, std::uint32_t> counts;
  for (const auto card : cards) counts[card] += 1;
  return counts;
}

// Whether `seen` of `draws` lies within five standard deviations of a binomial's mean: a fair deck leaves that once in
// 1.7 million tries, and the seeds of these tests are fixed.
bool within_five_sigma(std::uint64_t seen, std::uint64_t draws, double share) {
  const auto n = static_cast<double>(draws);
  const auto sigma = std::sqrt(n * share * (1 - share));
  return std::abs(static_cast<double>(seen) - n * share) <= 5 * sigma;
}

}  // namespace

TEST_CASE("A deck that cannot be is refused with the row at fault", "[deck]") {
  struct Row {
    DeckTerms terms;
    DeckFault fault;
    std::size_t row;
  };
  auto no_slices = tea_shop();
  no_slices.slice_cards = 0;
  std::vector<DeckPrize> too_many(65, {0, 15'384, false, false});
  for (std::uint32_t i = 0; i < too_many.size(); ++i) too_many[i].number = i + 1;
  const std::vector<Row> rows{
      {terms_of(10, 0, {}), DeckFault::no_prizes, 0},
      {terms_of(1'000, 0, too_many), DeckFault::no_prizes, 0},
      {terms_of(10, 0, {{1, 500'000, false, false}, {1, 500'000, false, false}}), DeckFault::prize_twice, 1},
      {terms_of(10, 0, {{1, 999'999, false, false}}), DeckFault::weights_do_not_sum, 0},
      {terms_of(10, 0, {{1, 1'000'001, false, false}}), DeckFault::weights_do_not_sum, 0},
      {terms_of(10, 0, {{1, huge, false, false}, {2, 1'000'001, false, false}}), DeckFault::weights_do_not_sum, 0},
      {tea_shop(0, 0), DeckFault::size_out_of_range, 0},
      {tea_shop(1'000'001, 100), DeckFault::size_out_of_range, 0},
      {tea_shop(1'000, 1'001), DeckFault::size_out_of_range, 0},
      {no_slices, DeckFault::size_out_of_range, 0},
      {terms_of(999, 100, {{9, 999'500, false, false}, {1, 500, false, false}}), DeckFault::weight_without_card, 1},
      {tea_shop(1'000, 10), DeckFault::rare_exceeds_online, 0},
  };
  for (const auto& row : rows) {
    CAPTURE(static_cast<int>(row.fault), row.row);
    const auto refusal = model::why_no_deck(row.terms);
    REQUIRE(refusal);
    CHECK(*refusal == model::DeckRefusal{row.fault, row.row});
    CHECK_FALSE(model::verify_draw(model::deck_commitment(row.terms, seed_of(1)), seed_of(1), row.terms, 0));
  }
  CHECK_FALSE(model::why_no_deck(tea_shop(1'000, 11)));
  CHECK_FALSE(model::why_no_deck(tea_shop(1'000'000, 1'000'000)));
  // Declared: a deck too small for the smallest prize.
  CHECK_FALSE(model::why_no_deck(terms_of(999, 100, {{9, 999'500, false, false}, {1, 500, false, true}})));
  CHECK_FALSE(model::why_no_deck(terms_of(10, 0, {{1, 1'000'000, false, false}, {2, 0, false, false}})));
}

TEST_CASE("Cards are counted by largest remainder and always sum to the deck", "[deck]") {
  struct Row {
    std::uint32_t cards;
    std::vector<std::uint32_t> weights;
    std::vector<std::uint32_t> counts;
  };
  for (const auto& row : std::vector<Row>{
           {1'000, {1'000, 10'000, 100'000, 889'000}, {1, 10, 100, 889}},
           {3, {500'000, 500'000}, {2, 1}},  // the earlier row first
           {10, {333'333, 333'333, 333'334}, {3, 3, 4}},
           {7, {100'000, 300'000, 600'000}, {1, 2, 4}},
           {1, {400'000, 600'000}, {0, 1}},
           {1'000'000, {1, 999'999}, {1, 999'999}},
       }) {
    DeckTerms terms = terms_of(row.cards, 0, {});
    for (std::uint32_t i = 0; i < row.weights.size(); ++i) terms.prizes.push_back({i + 1, row.weights[i], false, true});
    CAPTURE(row.cards, row.weights);
    CHECK(model::card_counts(terms) == row.counts);
  }
  base::SeededRng rng{5};
  for (int round = 0; round < 2'000; ++round) {
    DeckTerms terms = terms_of(static_cast<std::uint32_t>(1 + rng.below(2'000)), 0, {});
    std::uint32_t left = model::ppm_whole;
    for (std::uint32_t number = 1; left > 0; ++number) {
      const auto weight = number == 20 ? left : static_cast<std::uint32_t>(1 + rng.below(left));
      terms.prizes.push_back({number, weight, false, true});
      left -= weight;
    }
    const auto counts = model::card_counts(terms);
    CHECK(std::accumulate(counts.begin(), counts.end(), 0U) == terms.cards);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const auto exact = std::uint64_t{terms.prizes[i].weight_ppm} * terms.cards;
      CHECK(counts[i] * std::uint64_t{model::ppm_whole} < exact + model::ppm_whole);
      CHECK(counts[i] * std::uint64_t{model::ppm_whole} + model::ppm_whole > exact);
    }
  }
}

TEST_CASE("A million cards hold exactly what was declared, and rare prizes lie in the online slice alone", "[deck]") {
  const auto terms = tea_shop(1'000'000, 60'000);
  const auto cards = model::deal(terms, seed_of(1));
  REQUIRE(cards.size() == 1'000'000);
  CHECK(tally(cards) == std::map<std::uint32_t, std::uint32_t>{{1, 1'000}, {2, 10'000}, {3, 100'000}, {4, 889'000}});
  const std::vector<std::uint32_t> online(cards.begin(), cards.begin() + 60'000);
  const auto online_tally = tally(online);
  CHECK(online_tally.at(1) == 1'000);
  CHECK(online_tally.at(2) == 10'000);
  // The rest of the online slice is a fair sample of the common cards.
  CHECK(within_five_sigma(online_tally.at(3), 49'000, 100.0 / 989.0));
  // Every tenth of the deck is one as well: nothing clusters.
  for (std::size_t part = 1; part < 10; ++part) {
    const auto begin = cards.begin() + static_cast<std::ptrdiff_t>(part * 100'000);
    CHECK(within_five_sigma(tally({begin, begin + 100'000})[3], 100'000, 100.0 / 989.0));
  }
}

TEST_CASE("Over a million draws every prize comes as often as declared, and by chance at every index", "[deck]") {
  const auto terms =
      terms_of(10, 0, {{1, 100'000, false, false}, {2, 300'000, false, false}, {3, 600'000, false, false}});
  constexpr std::uint32_t decks = 100'000;
  std::vector<std::map<std::uint32_t, std::uint64_t>> at(terms.cards);
  std::map<std::uint32_t, std::uint64_t> draws;
  for (std::uint32_t i = 0; i < decks; ++i) {
    const auto cards = model::deal(terms, seed_of(i));
    for (std::uint32_t index = 0; index < terms.cards; ++index) {
      at[index][cards[index]] += 1;
      draws[cards[index]] += 1;
    }
  }
  // A million draws in decks: exact. Each index on its own: by chance.
  CHECK(draws == std::map<std::uint32_t, std::uint64_t>{{1, 100'000}, {2, 300'000}, {3, 600'000}});
  for (std::uint32_t index = 0; index < terms.cards; ++index) {
    CAPTURE(index);
    CHECK(within_five_sigma(at[index][1], decks, 0.1));
    CHECK(within_five_sigma(at[index][2], decks, 0.3));
    CHECK(within_five_sigma(at[index][3], decks, 0.6));
    CHECK(at[index][1] != decks / 10);  // chance, not a stratified order
  }
}

TEST_CASE("Every order of four cards is equally likely", "[deck]") {
  const auto terms = terms_of(
      4, 0,
      {{1, 250'000, false, false}, {2, 250'000, false, false}, {3, 250'000, false, false}, {4, 250'000, false, false}});
  std::map<std::vector<std::uint32_t>, std::uint64_t> orders;
  for (std::uint64_t i = 0; i < 48'000; ++i) orders[model::deal(terms, seed_of(1'000'000 + i))] += 1;
  REQUIRE(orders.size() == 24);
  for (const auto& [order, seen] : orders) CHECK(within_five_sigma(seen, 48'000, 1.0 / 24));
}

// Any change here makes every published commitment worthless. The values were computed a second time with Python's
// hashlib from the words of the header.
TEST_CASE("Order, commitment and seals of a known seed never change", "[deck]") {
  const auto terms =
      terms_of(8, 3, {{1, 125'000, true, false}, {5, 375'000, false, false}, {9, 500'000, false, false}});
  const auto seed = seed_of(42);
  const auto cards = model::deal(terms, seed);
  CHECK(cards == std::vector<std::uint32_t>{5, 1, 5, 5, 9, 9, 9, 9});
  CHECK(base::to_hex(model::deck_commitment(terms, seed)) ==
        "7007a0c39db4635d24ff9857f768a6f486179dfc143a856c67215945bb9d6d22");
  CHECK(base::to_hex(model::seal_slice(terms, seed, cards, 1).front()) == "1d77eae9c7b4533e9f47a202131d5d04");

  // Large enough that 57 words would have biased the order and were thrown away.
  base::Bytes order;
  for (const auto card : model::deal(tea_shop(1'000'000, 60'000), seed)) base::append_big_endian(order, card, 4);
  CHECK(base::to_hex(crypto::blake2b(order)) == "ce3c6aa338042c9c4892027ecc4a86698da7b2b75b705b080a98d4e34529cac1");
}

TEST_CASE("Whoever has commitment, terms and seed can verify any draw, and nobody can change either", "[deck]") {
  const auto terms = tea_shop();
  const auto seed = seed_of(3);
  const auto commitment = model::deck_commitment(terms, seed);
  const auto cards = model::deal(terms, seed);
  for (const std::uint32_t index : {0U, 1U, 99U, 100U, 500U, 999U}) {
    CHECK(model::verify_draw(commitment, seed, terms, index) == cards[index]);
  }
  CHECK_FALSE(model::verify_draw(commitment, seed, terms, 1'000));
  CHECK_FALSE(model::verify_draw(commitment, seed, terms, huge));
  CHECK_FALSE(model::verify_draw(commitment, seed_of(4), terms, 0));
  auto flipped = commitment;
  flipped[31] ^= 1;
  CHECK_FALSE(model::verify_draw(flipped, seed, terms, 0));

  std::vector<DeckTerms> others(9, terms);
  others[0].brand.bytes[15] = 1;
  others[1].campaign.value = 8;
  others[2].deck = 2;
  others[3].cards = 2'000;
  others[4].online_cards = 101;
  others[5].slice_cards = 51;
  others[6].prizes[0].rare = false;
  others[7].prizes[0].may_be_absent = true;
  std::swap(others[8].prizes[2].weight_ppm, others[8].prizes[3].weight_ppm);
  for (std::size_t i = 0; i < others.size(); ++i) {
    CAPTURE(i);
    REQUIRE_FALSE(model::why_no_deck(others[i]));
    CHECK(model::deck_commitment(others[i], seed) != commitment);
    CHECK_FALSE(model::verify_draw(commitment, seed, others[i], 0));
  }
}

TEST_CASE("Slices cover the deck once, the online slice first and the last with what remains", "[deck]") {
  struct Row {
    std::uint32_t cards, online, slice;
    std::vector<model::CardRange> ranges;
  };
  for (const auto& row : std::vector<Row>{
           {10, 0, 50, {{0, 0}, {0, 10}}},
           {10, 10, 50, {{0, 10}}},
           {10, 3, 3, {{0, 3}, {3, 3}, {6, 3}, {9, 1}}},
           {10, 4, 3, {{0, 4}, {4, 3}, {7, 3}}},
           {10, 9, huge, {{0, 9}, {9, 1}}},
       }) {
    auto terms = terms_of(row.cards, row.online, {{1, 1'000'000, false, false}});
    terms.slice_cards = row.slice;
    REQUIRE(model::slice_count(terms) == row.ranges.size());
    for (std::uint32_t slice = 0; slice < row.ranges.size(); ++slice) {
      CHECK(model::slice_range(terms, slice) == row.ranges[slice]);
    }
  }
  CHECK(model::CardRange{3, 2}.holds(4));
  CHECK_FALSE(model::CardRange{3, 2}.holds(5));
  CHECK_FALSE(model::CardRange{3, 2}.holds(2));
}

TEST_CASE("A sealed card opens with its own key only", "[deck]") {
  const auto terms = tea_shop();
  const auto seed = seed_of(9);
  const auto cards = model::deal(terms, seed);
  for (const std::uint32_t slice : {0U, 1U, 18U}) {
    const auto range = model::slice_range(terms, slice);
    const auto sealed = model::seal_slice(terms, seed, cards, slice);
    REQUIRE(sealed.size() == range.cards);
    const auto key = model::slice_key(seed, slice);
    const auto other_key = model::slice_key(seed, slice + 1);
    for (std::uint32_t i = 0; i < range.cards; ++i) {
      const auto index = range.first + i;
      CHECK(model::open_card(terms, model::card_key(key, index), index, sealed[i]) == cards[index]);
      CHECK_FALSE(model::open_card(terms, model::card_key(other_key, index), index, sealed[i]));
      CHECK_FALSE(model::open_card(terms, model::card_key(key, index + 1), index, sealed[i]));
      CHECK_FALSE(model::open_card(terms, model::card_key(key, index), index + 1, sealed[i]));
    }
  }
  // Two cards of one prize look different, and a changed or moved one is none.
  const auto sealed = model::seal_slice(terms, seed, cards, 1);
  CHECK(std::adjacent_find(sealed.begin(), sealed.end()) == sealed.end());
  const auto key = model::card_key(model::slice_key(seed, 1), 100);
  auto changed = sealed[0];
  changed[0] ^= 0x80;
  CHECK_FALSE(model::open_card(terms, key, 100, changed));
  auto other_deck = terms;
  other_deck.deck = 2;
  CHECK_FALSE(model::open_card(other_deck, key, 100, sealed[0]));
}

TEST_CASE("A wheel's sectors are the true chances of where it stands", "[deck]") {
  const auto terms = tea_shop();
  CHECK(model::sectors(terms, CardsOf::whole_deck) ==
        std::vector<Sector>{{1, 1'000}, {2, 10'000}, {3, 100'000}, {4, 889'000}});
  // 100 and 889 of 989 common cards.
  CHECK(model::sectors(terms, CardsOf::offline) == std::vector<Sector>{{1, 0}, {2, 0}, {3, 101'112}, {4, 898'888}});
  // 11 of 100 are rare; the other 89 are common ones by their shares.
  CHECK(model::sectors(terms, CardsOf::online) ==
        std::vector<Sector>{{1, 10'000}, {2, 100'000}, {3, 89'990}, {4, 800'010}});
  CHECK(model::sectors(tea_shop(1'000, 1'000), CardsOf::online) == model::sectors(terms, CardsOf::whole_deck));
  CHECK(model::sectors(tea_shop(1'000, 1'000), CardsOf::offline).empty());
  CHECK(model::sectors(terms_of(5, 0, {{1, 1'000'000, false, false}}), CardsOf::online).empty());
  CHECK(model::sectors(terms_of(5, 5, {{1, 1'000'000, true, false}}), CardsOf::online) ==
        std::vector<Sector>{{1, 1'000'000}});
  // What a deck of three cannot have is not shown, whatever the weights say.
  CHECK(model::sectors(terms_of(3, 0, {{1, 500'000, false, false}, {2, 499'999, false, false}, {3, 1, false, true}}),
                       CardsOf::whole_deck) == std::vector<Sector>{{1, 666'667}, {2, 333'333}, {3, 0}});
}

TEST_CASE("What a wheel shows online is what comes there", "[deck]") {
  const auto terms =
      terms_of(20, 8, {{1, 100'000, true, false}, {2, 400'000, false, false}, {3, 500'000, false, false}});
  const auto shown = model::sectors(terms, CardsOf::online);
  const auto shown_offline = model::sectors(terms, CardsOf::offline);
  constexpr std::uint32_t decks = 40'000;
  std::map<std::uint32_t, std::uint64_t> first;
  std::map<std::uint32_t, std::uint64_t> first_offline;
  for (std::uint32_t i = 0; i < decks; ++i) {
    const auto cards = model::deal(terms, seed_of(5'000'000 + i));
    first[cards[0]] += 1;
    first_offline[cards[8]] += 1;
  }
  for (const auto& sector : shown) CHECK(within_five_sigma(first[sector.prize], decks, sector.ppm / 1e6));
  for (const auto& sector : shown_offline)
    CHECK(within_five_sigma(first_offline[sector.prize], decks, sector.ppm / 1e6));
  CHECK(first_offline[1] == 0);
}
