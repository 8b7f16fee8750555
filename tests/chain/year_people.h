// SPDX-License-Identifier: Apache-2.0
// YearPeople: the members of the demo chain: how often they come, where they live, what they like, when they join and
// when they stay away for good. Out of a seed; a person depends on the seed and the own number alone, so that more
// members do not change the first ones. Values.
#pragma once

#include "sync/base/rng.h"
#include "sync/model/shopper.h"
#include "tests/chain/shop.h"

#include <array>
#include <cstdint>
#include <vector>

namespace millpond::chain {

struct Person {
  std::uint32_t visits_ppm{};            // on a usual day
  std::uint16_t home{};                  // place of the store
  std::array<std::uint16_t, 3> likes{};  // places of goods, best first
  std::int32_t joins{};                  // day of the year; below 0: before it
  std::int32_t leaves{};                 // from that day on nobody sees them again
  model::MonthDay birthday;
  model::Channel origin{};
  bool student{};
  std::uint32_t referrer{};  // index + 1; 0: nobody
  // What the chain knows of them, as the year goes.
  std::int32_t last_visit{};  // day of the year; only with visits
  std::uint32_t visits{};
  std::int64_t spend_minor{};
  std::uint32_t tier{};
  bool qualified{};
};

// Independent streams out of one seed.
[[nodiscard]] std::uint64_t stream_of(std::uint64_t seed, std::uint64_t purpose, std::uint64_t number);

class YearPeople {
 public:
  YearPeople(const Menu& menu, const Stores& stores, std::uint64_t seed, std::uint32_t members, std::int32_t days);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(people_.size()); }
  [[nodiscard]] Person& at(std::uint32_t index) { return people_[index]; }
  [[nodiscard]] const Person& at(std::uint32_t index) const { return people_[index]; }

 private:
  std::vector<Person> people_;
};

}  // namespace millpond::chain
