// SPDX-License-Identifier: Apache-2.0
#include "tests/chain/year_people.h"

#include <algorithm>

namespace millpond::chain {
namespace {

constexpr std::uint64_t person_stream = 1;
constexpr std::int64_t ppm = 1'000'000;
constexpr std::int64_t days_a_year = 365;
constexpr std::int64_t usual_sale_minor = 2'600;

template <class List, class Weight>
std::size_t weighted(const List& list, const Weight& weight, base::Rng& rng) {
  std::int64_t sum = 0;
  for (const auto& each : list) sum += weight(each);
  auto left = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(sum)));
  std::size_t at = 0;
  for (const auto& each : list) {
    left -= weight(each);
    if (left < 0) break;
    ++at;
  }
  return at;
}

// Few come every few days, most come now and then: visits a year.
std::int64_t visits_a_year(base::Rng& rng) {
  const auto between = [&](std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(most - least + 1)));
  };
  const auto kind = rng.below(100);
  if (kind < 12) return between(60, 150);
  if (kind < 40) return between(15, 50);
  if (kind < 80) return between(4, 12);
  return between(1, 3);
}

// Two of five were members before; the others join over the year.
void place_in_time(Person& person, std::int32_t days, base::Rng& rng) {
  const auto a_year = static_cast<std::uint64_t>(days_a_year);
  const bool before = rng.chance(2, 5);
  person.joins = before ? -1 - static_cast<std::int32_t>(rng.below(2 * a_year))
                        : static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(std::max(days, 1))));
  const bool stays = rng.chance(7, 10);
  person.leaves = stays ? days : std::max(person.joins, 0) + 1 + static_cast<std::int32_t>(rng.below(a_year));
}

// Who was a member before has a past, within the tier window of a year.
void remember(Person& person, std::int64_t a_year, base::Rng& rng) {
  const auto days = std::min<std::int64_t>(-person.joins, days_a_year);
  person.visits = static_cast<std::uint32_t>(std::max<std::int64_t>(a_year * days / days_a_year, 1));
  person.spend_minor = std::int64_t{person.visits} * usual_sale_minor * 6 / 10;
  const auto gap = std::clamp<std::int64_t>(days_a_year / std::max<std::int64_t>(a_year, 1), 1, days);
  person.last_visit = -1 - static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(gap)));
  person.qualified = true;
}

}  // namespace

std::uint64_t stream_of(std::uint64_t seed, std::uint64_t purpose, std::uint64_t number) {
  base::SeededRng outer{seed ^ (purpose << 56)};
  base::SeededRng inner{outer.next() + number};
  return inner.next();
}

YearPeople::YearPeople(const Menu& menu, const Stores& stores, std::uint64_t seed, std::uint32_t members,
                       std::int32_t days)
    : people_(members) {
  for (std::uint32_t i = 0; i < members; ++i) {
    base::SeededRng rng{stream_of(seed, person_stream, i)};
    auto& person = people_[i];
    const auto a_year = visits_a_year(rng);
    person.visits_ppm = static_cast<std::uint32_t>(a_year * ppm / days_a_year);
    person.home = static_cast<std::uint16_t>(weighted(
        stores.stores, [](const Store& store) { return store.weight; }, rng));
    for (auto& like : person.likes) {
      like = static_cast<std::uint16_t>(weighted(
          menu.items, [](const Item& item) { return item.popularity; }, rng));
    }
    place_in_time(person, days, rng);
    person.birthday = {static_cast<std::int32_t>(1 + rng.below(12)), static_cast<std::int32_t>(1 + rng.below(28))};
    const auto channel = rng.below(20);
    person.origin = channel < 9    ? model::Channel::kiosk
                    : channel < 16 ? model::Channel::cashier
                                   : model::Channel::gateway;
    person.student = stores.stores[person.home].kind == StoreKind::campus && rng.chance(3, 4);
    if (i > 0 && person.joins >= 0 && rng.chance(7, 100))
      person.referrer = 1 + static_cast<std::uint32_t>(rng.below(i));
    if (person.joins < 0) remember(person, a_year, rng);
  }
}

}  // namespace millpond::chain
