// SPDX-License-Identifier: Apache-2.0
// YearDays: how busy each store is on each day and hour, and when its line is cut. Out of a seed; whole numbers only.
// Factors are per mille of a usual day. Days are walked once, forwards. One thread.
#pragma once

#include "sync/base/rng.h"
#include "tests/chain/shop.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace millpond::chain {

inline constexpr std::int64_t day_ms = 86'400'000;
inline constexpr std::int64_t minute_ms = 60'000;

class YearDays {
 public:
  // The menu and the stores outlive it.
  YearDays(const Menu& menu, const Stores& stores, std::uint64_t seed);

  // Weather moves on, lines are cut and mended.
  void begin(base::LocalDate date);

  [[nodiscard]] base::LocalDate date() const { return date_; }
  [[nodiscard]] std::int64_t midnight_ms() const;  // the store's, in UTC
  // Of this store today; 0 before it opened.
  [[nodiscard]] std::int64_t busy_per_mille(std::size_t store) const { return busy_[store]; }
  [[nodiscard]] bool open(std::size_t store) const { return busy_[store] > 0; }
  [[nodiscard]] const OpenHours& hours(std::size_t store) const;
  // A second of the day within its hours, by the curve of its kind.
  [[nodiscard]] std::int64_t second_of_day(std::size_t store, base::Rng& rng) const;
  // A store of all open ones, or of those of a city, by how busy they are; nothing when none is open.
  [[nodiscard]] std::optional<std::size_t> any_store(base::Rng& rng) const;
  [[nodiscard]] std::optional<std::size_t> store_in(std::size_t city, base::Rng& rng) const;
  // A good of the season, by popularity.
  [[nodiscard]] const Item& any_item(base::Rng& rng) const;
  [[nodiscard]] bool in_season(const Item& item) const;
  // When the hub hears of what happens now; nothing while the line holds.
  [[nodiscard]] std::optional<std::int64_t> heard_ms(std::size_t store, std::int64_t at_ms) const;

 private:
  struct Outage {
    std::int64_t from_ms{};
    std::int64_t to_ms{};
  };
  [[nodiscard]] std::size_t pick(const std::vector<std::size_t>& stores, base::Rng& rng) const;
  void cut_lines();

  const Menu& menu_;
  const Stores& stores_;
  base::SeededRng rng_;
  base::LocalDate date_;
  std::vector<std::int64_t> weather_;  // by city
  std::vector<std::int64_t> busy_;
  std::vector<std::vector<Outage>> outages_;  // by store, those that are not over
  std::int32_t month_{};
  std::vector<std::int64_t> popular_;  // running sums over the items of the season
};

}  // namespace millpond::chain
