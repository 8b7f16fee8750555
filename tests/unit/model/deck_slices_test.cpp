// SPDX-License-Identifier: Apache-2.0
#include "sync/model/deck_slices.h"

#include "sync/base/rng.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <set>

using namespace millpond;
using model::CardRange;
using model::DeckSlices;
using model::IndexTold;
using model::IndexWord;

namespace {

model::DeckTerms terms_of(std::uint32_t cards, std::uint32_t online, std::uint32_t slice) {
  return {base::BrandId{{1}}, base::CampaignId{7}, 1, cards, online, slice, {{1, 1'000'000, false, false}}};
}

constexpr base::TerminalId first{1};
constexpr base::TerminalId second{2};
constexpr base::Epoch life{7};

}  // namespace

TEST_CASE("Slices are leased in order, once, and the online slice never", "[deck]") {
  DeckSlices slices{terms_of(10, 3, 4)};
  CHECK(slices.counts() == DeckSlices::Counts{7, 0, 0, 0});
  CHECK(slices.lease({1}, first, life) == CardRange{3, 4});
  CHECK_FALSE(slices.lease({1}, first, life));
  CHECK(slices.lease({2}, second, life) == CardRange{7, 3});
  CHECK_FALSE(slices.lease({3}, first, life));
  CHECK(slices.counts() == DeckSlices::Counts{0, 7, 0, 0});
  CHECK(slices.share({2})->next == 7);
  CHECK(slices.share({3}) == nullptr);
}

TEST_CASE("Every index tells whether it was the next", "[deck]") {
  struct Row {
    base::TerminalId terminal;
    base::Epoch epoch;
    std::uint32_t index;
    IndexTold told;
  };
  DeckSlices slices{terms_of(20, 0, 10)};
  REQUIRE(slices.lease({1}, first, life) == CardRange{0, 10});
  for (const auto& row : std::vector<Row>{
           {first, life, 0, {IndexWord::in_order, 0}},
           {first, life, 1, {IndexWord::in_order, 0}},
           {first, life, 1, {IndexWord::repeated, 0}},
           {first, life, 5, {IndexWord::gap, 3}},
           {first, life, 3, {IndexWord::repeated, 0}},  // a skipped one counts as gone
           {second, life, 6, {IndexWord::outside, 0}},
           {first, base::Epoch{8}, 6, {IndexWord::outside, 0}},
           {first, life, 10, {IndexWord::outside, 0}},
           {first, life, 9, {IndexWord::gap, 3}},
       }) {
    CAPTURE(row.index);
    CHECK(slices.drawn(row.terminal, row.epoch, row.index) == row.told);
  }
  CHECK(slices.counts() == DeckSlices::Counts{10, 0, 4, 6});
}

TEST_CASE("What is given back can be leased again, what is lost cannot", "[deck]") {
  DeckSlices slices{terms_of(30, 0, 10)};
  REQUIRE(slices.lease({1}, first, life));
  REQUIRE(slices.lease({2}, second, life));
  CHECK(slices.drawn(first, life, 0) == IndexTold{IndexWord::in_order, 0});
  slices.give_back({1});
  slices.give_back({1});
  slices.give_back({99});
  CHECK(slices.counts() == DeckSlices::Counts{19, 10, 1, 0});
  CHECK(slices.drawn(first, life, 1) == IndexTold{IndexWord::outside, 0});  // it had given its word
  CHECK(slices.lease({3}, second, life) == CardRange{1, 9});                // the lowest first
  CHECK(slices.drawn(second, life, 1) == IndexTold{IndexWord::in_order, 0});
  CHECK(slices.lease({4}, first, life) == CardRange{20, 10});

  CHECK(slices.drawn(second, life, 10) == IndexTold{IndexWord::in_order, 0});
  slices.begin_epoch(second, base::Epoch{8});
  slices.write_off({2});
  CHECK(slices.counts() == DeckSlices::Counts{0, 10, 3, 17});
  CHECK_FALSE(slices.lease({5}, second, base::Epoch{8}));
  // Late facts of the life that is over.
  CHECK(slices.drawn(second, life, 11) == IndexTold{IndexWord::in_order, 0});
  CHECK(slices.drawn(second, life, 14) == IndexTold{IndexWord::gap, 2});
  CHECK(slices.counts() == DeckSlices::Counts{0, 10, 5, 15});
  slices.begin_epoch(first, life);  // the life it was leased to
  CHECK(slices.counts().leased == 10);
  // A range that comes back to the same life is its own again.
  slices.give_back({4});
  CHECK(slices.lease({6}, first, life) == CardRange{20, 10});
  CHECK(slices.drawn(first, life, 20) == IndexTold{IndexWord::in_order, 0});
}

TEST_CASE("No card is drawn twice whatever terminals do, and every card is in one place", "[deck]") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    base::SeededRng rng{seed};
    DeckSlices slices{terms_of(400, 40, 13)};
    struct Told {
      base::Epoch epoch;
      std::optional<std::uint32_t> index;
      base::LeaseId returns;
      bool begins{};
    };
    struct Till {
      base::Epoch epoch{1};
      base::LeaseId lease;
      CardRange left;
      std::deque<Told> queue;
    };
    std::array<Till, 5> tills;
    std::set<std::uint32_t> drawn;
    std::uint64_t leases = 0;
    for (int step = 0; step < 600; ++step) {
      const auto t = rng.below(tills.size());
      auto& till = tills[t];
      const base::TerminalId terminal{static_cast<std::uint32_t>(t + 1)};
      switch (rng.below(12)) {
        case 0:
          if (!till.lease) break;
          till.queue.push_back({till.epoch, {}, till.lease, false});
          till.left = {};
          till.lease = {};
          break;
        case 1:
          if (!rng.chance(1, 5)) break;
          till.epoch.value += 1;
          till.left = {};
          till.lease = {};
          till.queue.push_back({till.epoch, {}, {}, true});
          break;
        case 2:
          // The hub leases to the life that it knows of.
          if (!till.queue.empty() || till.left.cards > 0) break;
          till.lease = {++leases};
          till.left = slices.lease(till.lease, terminal, till.epoch).value_or(CardRange{});
          break;
        case 3:
        case 4:
        case 5:
          if (till.queue.empty()) break;
          if (till.queue.front().begins) slices.begin_epoch(terminal, till.queue.front().epoch);
          if (till.queue.front().returns) slices.give_back(till.queue.front().returns);
          if (till.queue.front().index) {
            CHECK(slices.drawn(terminal, till.queue.front().epoch, *till.queue.front().index) ==
                  IndexTold{IndexWord::in_order, 0});
          }
          till.queue.pop_front();
          break;
        default:
          if (till.left.cards == 0) break;
          CHECK(drawn.insert(till.left.first).second);
          till.queue.push_back({till.epoch, till.left.first, {}, false});
          till.left = {till.left.first + 1, till.left.cards - 1};
      }
      const auto counts = slices.counts();
      CHECK(counts.free + counts.leased + counts.drawn + counts.lost == 360);
    }
    CHECK(drawn.size() > 30);
    CHECK((drawn.empty() || *drawn.begin() >= 40));
  }
}
