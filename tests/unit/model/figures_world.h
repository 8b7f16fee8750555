// SPDX-License-Identifier: Apache-2.0
// A small made-up brand: few members and short days, so that everything that can happen together does. Seeded; shared
// by the tests of figures.
#pragma once

#include "sync/base/rng.h"
#include "sync/model/figures_events.h"
#include "sync/model/figures_sales.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace millpond::testing {

inline constexpr std::int32_t first_day = 20'454;  // 2026-01-01
inline constexpr std::int32_t days = 200;
inline constexpr std::uint64_t members = 12;

inline model::When at(std::int32_t day, std::int32_t minute = 600) { return {{first_day + day}, minute}; }

struct World {
  std::vector<model::EnrolmentEvent> enrolments;
  std::vector<model::SaleEvent> sales;
  std::vector<model::RefundEvent> refunds;
  std::vector<model::SeenEvent> seen;
  std::vector<model::ContactEvent> contacts;
  std::vector<model::ReferralEvent> referrals;
  std::vector<model::AssignedEvent> assigned;

  [[nodiscard]] model::NetSales net() const { return model::net_sales(sales, refunds); }
};

class WorldMaker {
 public:
  explicit WorldMaker(std::uint64_t seed) : rng_{seed} {}

  World make() {
    World world;
    for (std::uint64_t i = 0; i < 40; ++i) {
      const std::uint64_t number = 1 + rng_.below(36);  // some come twice
      world.sales.push_back({number, member(true), moment(), place(), {1}, {}, amount()});
    }
    for (int i = 0; i < 12; ++i) world.refunds.push_back({1 + rng_.below(40), moment().date, amount() / 2});
    for (int i = 0; i < 4; ++i) world.refunds.push_back({1 + rng_.below(36), moment().date, 10'000});
    for (int i = 0; i < 14; ++i) {
      world.enrolments.push_back({member(false),
                                  moment(),
                                  static_cast<model::OriginChannel>(1 + rng_.below(3)),
                                  {static_cast<std::uint32_t>(rng_.below(2))}});
      world.seen.push_back({member(false), moment(), place()});
      world.assigned.push_back({member(false), moment(), rng_.chance(1, 3)});
      world.referrals.push_back({member(false), member(false), moment(), rng_.chance(1, 2)});
    }
    for (int i = 0; i < 60; ++i) {
      world.contacts.push_back({member(false),
                                {{static_cast<std::uint32_t>(1 + rng_.below(3))}, rng_.below(3)},
                                model::MessageChannel::wechat,
                                static_cast<model::ContactStep>(1 + rng_.below(5)),
                                moment()});
    }
    return world;
  }

  [[nodiscard]] model::Period period() {
    const auto from = static_cast<std::int32_t>(rng_.below(days));
    return {{first_day + from}, {first_day + from + static_cast<std::int32_t>(rng_.below(90))}};
  }
  template <class T>
  void shuffle(std::vector<T>& list) {
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[rng_.below(i)]);
  }
  void shuffle(World& world) {
    shuffle(world.enrolments);
    shuffle(world.sales);
    shuffle(world.refunds);
    shuffle(world.seen);
    shuffle(world.contacts);
    shuffle(world.referrals);
    shuffle(world.assigned);
  }
  base::SeededRng& rng() { return rng_; }

 private:
  base::MemberId member(bool or_nobody) { return {or_nobody ? rng_.below(members + 1) : 1 + rng_.below(members)}; }
  model::When moment() {
    return at(static_cast<std::int32_t>(rng_.below(days)), static_cast<std::int32_t>(rng_.below(4)));
  }
  model::Place place() { return rng_.chance(1, 2) ? model::Place::store : model::Place::online; }
  std::int64_t amount() { return static_cast<std::int64_t>(rng_.below(5'000)); }

  base::SeededRng rng_;
};

}  // namespace millpond::testing
