// SPDX-License-Identifier: Apache-2.0
#include "tests/chain/year_days.h"

#include "sync/base/check.h"
#include "sync/model/basket.h"

#include <algorithm>
#include <array>

namespace millpond::chain {
namespace {

constexpr std::int64_t usual = 1'000;

// Monday to Sunday: offices are empty at weekends, malls are not.
constexpr std::array<std::array<std::int64_t, 7>, store_kinds> weekday_curves{{
    {880, 860, 880, 920, 1'080, 1'250, 1'180},
    {820, 800, 820, 880, 1'080, 1'380, 1'320},
    {1'150, 1'160, 1'170, 1'150, 1'120, 560, 480},
    {950, 930, 940, 1'000, 1'200, 1'080, 1'150},
    {1'050, 1'060, 1'050, 1'060, 1'080, 900, 860},
}};
// Tea with ice is sold in summer.
constexpr std::array<std::int64_t, 13> season_curve{0,     880,   820,   950,   1'020, 1'080, 1'120,
                                                    1'180, 1'180, 1'080, 1'020, 930,   900};
// Midnight to 23 o'clock.
constexpr std::array<std::array<std::int64_t, 24>, store_kinds> hour_curves{{
    {0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 6, 8, 10, 12, 11, 9, 7, 8, 10, 11, 8, 4, 1},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 7, 9, 10, 12, 12, 10, 8, 9, 11, 11, 7, 3, 0},
    {0, 0, 0, 0, 0, 0, 0, 2, 9, 10, 7, 6, 11, 13, 12, 12, 9, 7, 5, 3, 1, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 3, 8, 10, 8, 7, 7, 8, 7, 7, 7, 8, 10, 10, 8, 6, 4, 2, 0},
    {0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 6, 7, 10, 8, 8, 9, 8, 7, 9, 11, 12, 10, 5, 1},
}};

std::int64_t scaled(std::int64_t value, std::int64_t per_mille) { return value * per_mille / usual; }

}  // namespace

YearDays::YearDays(const Menu& menu, const Stores& stores, std::uint64_t seed)
    : menu_{menu},
      stores_{stores},
      rng_{seed},
      weather_(stores.cities.size(), usual),
      busy_(stores.stores.size()),
      outages_(stores.stores.size()) {}

std::int64_t YearDays::midnight_ms() const {
  return std::int64_t{date_.days} * day_ms - std::int64_t{stores_.utc_offset_min} * minute_ms;
}

const OpenHours& YearDays::hours(std::size_t store) const {
  const auto& of = stores_.stores[store];
  return model::weekday_of(date_) >= 5 ? of.weekends : of.weekdays;
}

void YearDays::begin(base::LocalDate date) {
  date_ = date;
  month_ = base::to_civil(date).month;
  std::int64_t holiday = usual;
  for (const auto& each : stores_.holidays) {
    if (each.from <= date && date <= each.through) holiday = each.per_mille;
  }
  // Yesterday's weather is most of today's.
  for (auto& weather : weather_) {
    const auto fresh = 750 + static_cast<std::int64_t>(rng_.below(501));
    weather = (weather * 6 + fresh * 4) / 10;
  }
  for (std::size_t i = 0; i < busy_.size(); ++i) {
    const auto& store = stores_.stores[i];
    const auto weekday = static_cast<std::size_t>(model::weekday_of(date));
    auto busy = weekday_curves.at(static_cast<std::size_t>(store.kind)).at(weekday);
    busy = scaled(busy, season_curve.at(static_cast<std::size_t>(month_)));
    busy = scaled(scaled(busy, holiday), weather_[store.city]);
    busy_[i] = date < store.opened ? 0 : std::max<std::int64_t>(busy, 1);
  }
  popular_.clear();
  std::int64_t sum = 0;
  for (const auto& item : menu_.items) popular_.push_back(sum += in_season(item) ? item.popularity : 0);
  cut_lines();
}

void YearDays::cut_lines() {
  for (auto& outages : outages_) {
    std::erase_if(outages, [&](const Outage& outage) { return outage.to_ms < midnight_ms(); });
    if (!rng_.chance(50, 1'000)) continue;
    const auto from_ms = midnight_ms() + static_cast<std::int64_t>(rng_.below(24 * 60)) * minute_ms;
    const auto kind = rng_.below(10);
    auto minutes = 10 + rng_.below(50);
    if (kind >= 6) minutes = 60 + rng_.below(5 * 60);
    if (kind == 9) minutes = 6 * 60 + rng_.below(34 * 60);
    outages.push_back({from_ms, from_ms + static_cast<std::int64_t>(minutes) * minute_ms});
  }
}

std::int64_t YearDays::second_of_day(std::size_t store, base::Rng& rng) const {
  const auto& open = hours(store);
  const auto& curve = hour_curves.at(static_cast<std::size_t>(stores_.stores[store].kind));
  // Minutes of the hour that are within opening hours weigh as much as the hour does.
  std::array<std::int64_t, 24> weights{};
  std::int64_t sum = 0;
  for (std::int32_t hour = 0; hour < 24; ++hour) {
    const auto from = std::max(open.from_min, hour * 60);
    const auto to = std::min(open.to_min, (hour + 1) * 60);
    if (from < to)
      sum += weights.at(static_cast<std::size_t>(hour)) = curve.at(static_cast<std::size_t>(hour)) * (to - from);
  }
  if (sum == 0) return std::int64_t{open.from_min} * 60;
  auto left = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(sum)));
  std::int32_t hour = 0;
  while (left >= weights.at(static_cast<std::size_t>(hour))) left -= weights.at(static_cast<std::size_t>(hour++));
  const auto from = std::max(open.from_min, hour * 60);
  const auto to = std::min(open.to_min, (hour + 1) * 60);
  return std::int64_t{from} * 60 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(to - from) * 60));
}

std::size_t YearDays::pick(const std::vector<std::size_t>& stores, base::Rng& rng) const {
  std::int64_t sum = 0;
  for (const auto store : stores) sum += stores_.stores[store].weight * busy_[store];
  auto left = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(sum)));
  for (const auto store : stores) {
    left -= stores_.stores[store].weight * busy_[store];
    if (left < 0) return store;
  }
  MILLPOND_CHECK(false);
  return 0;
}

std::optional<std::size_t> YearDays::any_store(base::Rng& rng) const {
  std::vector<std::size_t> open_ones;
  for (std::size_t i = 0; i < busy_.size(); ++i) {
    if (open(i)) open_ones.push_back(i);
  }
  if (open_ones.empty()) return std::nullopt;
  return pick(open_ones, rng);
}

std::optional<std::size_t> YearDays::store_in(std::size_t city, base::Rng& rng) const {
  std::vector<std::size_t> open_ones;
  for (std::size_t i = 0; i < busy_.size(); ++i) {
    if (open(i) && stores_.stores[i].city == city) open_ones.push_back(i);
  }
  if (open_ones.empty()) return std::nullopt;
  return pick(open_ones, rng);
}

bool YearDays::in_season(const Item& item) const { return item.in_month.at(static_cast<std::size_t>(month_)); }

const Item& YearDays::any_item(base::Rng& rng) const {
  MILLPOND_CHECK(!popular_.empty() && popular_.back() > 0);
  const auto wanted = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(popular_.back())));
  const auto found = std::ranges::upper_bound(popular_, wanted);
  return menu_.items[static_cast<std::size_t>(found - popular_.begin())];
}

std::optional<std::int64_t> YearDays::heard_ms(std::size_t store, std::int64_t at_ms) const {
  for (const auto& outage : outages_[store]) {
    // What is told when the line is back takes its turn: up to a minute and a half.
    if (outage.from_ms <= at_ms && at_ms < outage.to_ms) return outage.to_ms + (at_ms / 1'000 % 90) * 1'000;
  }
  return std::nullopt;
}

}  // namespace millpond::chain
