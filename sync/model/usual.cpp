// SPDX-License-Identifier: Apache-2.0
#include "sync/model/usual.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace millpond::model {
namespace {

using Exact = std::pair<std::string, std::vector<std::string>>;

struct Habit {
  std::set<std::uint64_t> sales;
  std::int64_t weight{};
  base::LocalDate last;
};

}  // namespace

std::int64_t usual_weight_at(std::int64_t age_days) {
  if (age_days < 0 || age_days >= usual_window_days) return 0;
  const auto whole = usual_weight >> (age_days / usual_half_life_days);
  return whole - whole / 2 * (age_days % usual_half_life_days) / usual_half_life_days;
}

std::vector<UsualItem> usual_of(std::span<const OrderedLine> lines, base::LocalDate today, bool hidden,
                                std::size_t items_max) {
  if (hidden) return {};
  std::map<Exact, Habit> habits;
  for (const auto& line : lines) {
    const auto weight = usual_weight_at(std::int64_t{today.days} - line.date.days);
    if (weight == 0) continue;
    Exact exact{line.sku, line.modifiers};
    std::ranges::sort(exact.second);
    auto& habit = habits[exact];
    if (!habit.sales.insert(line.sale).second) continue;  // two cups at once are one habit
    habit.weight += weight;
    habit.last = std::max(habit.last, line.date);
  }
  std::vector<std::pair<Exact, Habit>> list;
  for (auto& [exact, habit] : habits) {
    if (habit.sales.size() >= usual_times_min) list.emplace_back(exact, std::move(habit));
  }
  std::ranges::stable_sort(list, [](const auto& a, const auto& b) {  // ties stay in the order of the map
    return std::tuple{a.second.weight, a.second.sales.size(), a.second.last} >
           std::tuple{b.second.weight, b.second.sales.size(), b.second.last};
  });
  if (list.size() > items_max) list.resize(items_max);
  std::vector<UsualItem> items;
  for (auto& [exact, habit] : list) {
    items.push_back({exact.first, exact.second, static_cast<std::int32_t>(habit.sales.size()), habit.weight});
  }
  return items;
}

}  // namespace millpond::model
