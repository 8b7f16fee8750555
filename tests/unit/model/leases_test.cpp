// SPDX-License-Identifier: Apache-2.0
#include "sync/model/leases.h"

#include "sync/base/rng.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <functional>
#include <vector>

using namespace millpond;
using base::Code;
using model::Deed;
using model::Lease;
using model::LeaseKind;
using model::Strength;

namespace {

model::LeaseCase a_lease() {
  model::LeaseCase of;
  of.lease = {{1}, LeaseKind::points, 0, {7}, 1'000, 300, 5'000};
  of.wanted = 200;
  of.live_epoch = {7};
  of.hub_now_ms = 4'999;
  return of;
}

}  // namespace

TEST_CASE("What is usable of a lease is what is left, for this member, in this life, until it expires", "[leases]") {
  struct Row {
    const char* what;
    std::function<void(model::LeaseCase&)> change;
    std::int64_t usable;
  };
  for (const auto& row : std::vector<Row>{{"all that is wanted", [](auto&) {}, 200},
                                          {"more than a member may", [](auto& of) { of.wanted = 301; }, 300},
                                          {"the rest of the member's",
                                           [](auto& of) {
                                             of.use = {250, 150};
                                           },
                                           150},
                                          {"the rest of the lease",
                                           [](auto& of) {
                                             of.use = {950, 0};
                                           },
                                           50},
                                          {"nothing left",
                                           [](auto& of) {
                                             of.use = {1'000, 0};
                                           },
                                           0},
                                          {"more used than there was",
                                           [](auto& of) {
                                             of.use = {1'100, 0};
                                           },
                                           0},
                                          {"no ceiling for one member",
                                           [](auto& of) {
                                             of.lease.a_member_max = 0;
                                             of.wanted = 1'000;
                                           },
                                           1'000},
                                          {"expired", [](auto& of) { of.hub_now_ms = 5'000; }, 0},
                                          {"no clock is right", [](auto& of) { of.hub_now_ms.reset(); }, 0},
                                          {"another life", [](auto& of) { of.live_epoch = {8}; }, 0},
                                          {"two copies", [](auto& of) { of.value_suspended = true; }, 0},
                                          {"nothing wanted", [](auto& of) { of.wanted = 0; }, 0},
                                          {"less than nothing", [](auto& of) { of.wanted = -5; }, 0}}) {
    CAPTURE(row.what);
    auto of = a_lease();
    row.change(of);
    CHECK(model::usable(of) == row.usable);
  }
}

TEST_CASE("Points are spent offline by the member, out of the balance, within the lease", "[leases]") {
  struct Row {
    const char* what;
    std::function<void(model::SpendCase&)> change;
    std::optional<Code> refusal;
  };
  for (const auto& row : std::vector<Row>{
           {"a little with a printed code", [](auto&) {}, {}},
           {"up to the floor",
            [](auto& of) {
              of.points = 300;
              of.floor_points = 300;
            },
            {}},
           {"above the floor", [](auto& of) { of.floor_points = 199; }, Code::identity_too_weak},
           {"above the floor, vouched for",
            [](auto& of) {
              of.floor_points = 199;
              of.strength = Strength::vouched;
            },
            {}},
           {"a typed phone", [](auto& of) { of.strength = Strength::phone_typed; }, Code::identity_too_weak},
           {"the whole balance", [](auto& of) { of.balance = 200; }, {}},
           {"one point more", [](auto& of) { of.balance = 199; }, Code::points_short},
           {"no lease", [](auto& of) { of.lease.reset(); }, Code::points_cap},
           {"a lease that is used up", [](auto& of) { of.lease->use.used = 801; }, Code::points_cap},
           {"two copies", [](auto& of) { of.lease->value_suspended = true; }, Code::value_suspended}}) {
    CAPTURE(row.what);
    model::SpendCase of;
    of.points = 200;
    of.balance = 900;
    of.strength = Strength::member_code;
    of.lease = a_lease();
    row.change(of);
    CHECK(model::why_not_spend(of) == row.refusal);
  }
}

TEST_CASE("Each strength is enough for its deeds and for those below", "[leases]") {
  struct Row {
    Strength strength;
    std::array<bool, 4> may;  // earn, see, spend a little, spend much
  };
  for (const auto& row : std::vector<Row>{{Strength::nobody, {false, false, false, false}},
                                          {Strength::phone_typed, {true, false, false, false}},
                                          {Strength::member_code, {true, true, true, false}},
                                          {Strength::vouched, {true, true, true, true}},
                                          {Strength::phone_verified, {true, true, true, true}},
                                          {Strength::rotating_code, {true, true, true, true}}}) {
    CAPTURE(static_cast<int>(row.strength));
    const std::array deeds{Deed::earn, Deed::see, Deed::spend_little, Deed::spend_much};
    for (std::size_t i = 0; i < deeds.size(); ++i) CHECK(!model::too_weak(row.strength, deeds[i]) == row.may[i]);
  }
}

TEST_CASE("A pool gives out no more than it has", "[leases]") {
  model::LeasePool pool{1'000};
  const Lease wanted{{1}, LeaseKind::campaign_budget, 5, {7}, 600, 0, 5'000};
  const auto first = pool.cut(wanted, base::TerminalId{1});
  REQUIRE(first);
  CHECK(first->amount == 600);
  CHECK_FALSE(pool.cut(wanted, base::TerminalId{1}));  // one number, one lease
  auto next = wanted;
  next.id = {2};
  CHECK(pool.cut(next, base::TerminalId{2})->amount == 400);
  next.id = {3};
  CHECK_FALSE(pool.cut(next, base::TerminalId{3}));

  CHECK(pool.use({1}, 250) == 0);
  CHECK(pool.used() == 250);
  CHECK(pool.outstanding() == 750);
  CHECK(pool.free() == 0);
  pool.give_back({1});
  CHECK(pool.free() == 350);
  CHECK(pool.use({1}, 10) == 10);  // after it was given back: it happened, and is flagged
  CHECK(pool.free() == 340);
  CHECK(pool.use({99}, 5) == 5);  // a lease of nobody
  pool.set_cap(300);
  CHECK(pool.free() == 0);
}

TEST_CASE("A lease that was written off is not counted again when its facts come", "[leases]") {
  model::LeasePool pool{1'000};
  REQUIRE(pool.cut({{1}, LeaseKind::game_stock, 5, {7}, 600, 0, 5'000}, base::TerminalId{1}));
  CHECK(pool.use({1}, 100) == 0);
  pool.begin_epoch(base::TerminalId{2}, {8});  // somebody else's
  CHECK(pool.used() == 100);
  pool.begin_epoch(base::TerminalId{1}, {7});  // the one it was cut for
  CHECK(pool.used() == 100);
  pool.begin_epoch(base::TerminalId{1}, {8});
  CHECK(pool.used() == 600);
  CHECK(pool.outstanding() == 0);
  CHECK(pool.use({1}, 300) == 0);
  CHECK(pool.used() == 600);
  CHECK(pool.use({1}, 250) == 50);
  CHECK(pool.used() == 650);
}

TEST_CASE("A pool of points is full again once everything was told, or nobody waits for it any more", "[leases]") {
  model::LeasePool pool{1'000, model::LeasePool::Refill::when_told};
  REQUIRE(pool.cut({{1}, LeaseKind::points, 0, {7}, 600, 0, 5'000}, base::TerminalId{1}));
  CHECK(pool.use({1}, 250) == 0);
  CHECK(pool.used() == 0);
  CHECK(pool.free() == 650);
  CHECK(pool.use({99}, 40) == 40);
  CHECK(pool.free() == 650);
  pool.begin_epoch(base::TerminalId{1}, {8});
  CHECK(pool.used() == 350);  // may be spent, and nobody has said so
  CHECK(pool.free() == 650);
  CHECK(pool.use({1}, 100) == 0);
  CHECK(pool.used() == 250);
  pool.give_up({1});
  CHECK(pool.used() == 0);
  pool.give_up({1});
  CHECK(pool.free() == 1'000);
  CHECK(pool.use({1}, 200) == 0);  // told late: covered, and free already
  CHECK(pool.use({1}, 60) == 10);
  CHECK(pool.free() == 1'000);
  CHECK(pool.share({1})->written_off == 0);
  CHECK(pool.share({2}) == nullptr);

  model::LeasePool stock{10};
  stock.hold({4}, {base::TerminalId{2}, {7}, 3, 2, false});
  CHECK(stock.free() == 7);
  stock.give_up({4});
  CHECK(stock.used() == 3);  // gone for good
}

// Terminals that are offline for long, lose their journals and return what is left, against the only truth: what they
// gave out.
TEST_CASE("Used and outstanding together never exceed the cap, and what was given out never does", "[leases]") {
  constexpr std::size_t terminals = 6;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    base::SeededRng rng{seed};
    model::LeasePool pool{5'000};
    struct Fact {
      base::LeaseId lease;
      std::int64_t used{};
      bool returns{};
      std::optional<base::Epoch> begins;
    };
    struct Till {
      base::Epoch epoch{1};
      std::optional<Lease> lease;
      std::int64_t used{};
      std::deque<Fact> queue;
    };
    std::array<Till, terminals> tills;
    std::int64_t given_out = 0;
    std::uint64_t ids = 0;
    for (int step = 0; step < 400; ++step) {
      const auto t = rng.below(terminals);
      auto& till = tills[t];
      const base::TerminalId terminal{static_cast<std::uint32_t>(t + 1)};
      switch (rng.below(10)) {
        case 0:
        case 1:
        case 2: {
          const auto amount = static_cast<std::int64_t>(1 + rng.below(90));
          if (!till.lease) break;
          const auto can = model::usable({*till.lease, {till.used, 0}, amount, till.epoch, false, 0});
          if (can == 0) break;
          till.used += can;
          given_out += can;
          till.queue.push_back({till.lease->id, can, false, {}});
          break;
        }
        case 3:
          if (!till.lease) break;
          till.queue.push_back({till.lease->id, 0, true, {}});
          till.lease.reset();
          break;
        case 4:
          if (!rng.chance(1, 6)) break;
          till.epoch.value += 1;  // another disk: the lease stays behind, its queue is sent by the ring
          till.lease.reset();
          till.queue.push_back({{}, 0, false, till.epoch});
          break;
        case 5:
        case 6:
          // The hub cuts a lease for the life that it knows of.
          if (till.lease || !till.queue.empty()) break;
          till.lease = pool.cut(
              {{++ids}, LeaseKind::points, 0, till.epoch, static_cast<std::int64_t>(rng.below(900)), 0, 1'000'000},
              terminal);
          till.used = 0;
          break;
        default:
          for (auto count = rng.below(4); count > 0 && !till.queue.empty(); --count) {
            const auto fact = till.queue.front();
            till.queue.pop_front();
            if (fact.begins) {
              pool.begin_epoch(terminal, *fact.begins);
            } else if (fact.returns) {
              pool.give_back(fact.lease);
            } else {
              CHECK(pool.use(fact.lease, fact.used) == 0);
            }
          }
      }
      CHECK(pool.used() + pool.outstanding() <= pool.cap());
      CHECK(given_out <= pool.cap());
    }
    for (auto& till : tills) {
      for (const auto& fact : till.queue) {
        if (!fact.begins && !fact.returns) CHECK(pool.use(fact.lease, fact.used) == 0);
      }
    }
    CHECK(pool.used() >= given_out);
  }
}
