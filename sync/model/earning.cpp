// SPDX-License-Identifier: Apache-2.0
#include "sync/model/earning.h"

#include "sync/model/allocate.h"
#include "sync/model/rules.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace millpond::model {
namespace {

__extension__ using Wide = __int128;
using Amounts = std::vector<std::int64_t>;

constexpr std::int64_t amount_max = std::numeric_limits<std::int64_t>::max();

bool is_one_of(const std::vector<std::string>& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

bool is_excluded(const PointsRules& rules, const SaleLine& line) {
  return line.excluded || is_one_of(rules.gift_card_categories, line.category) ||
         is_one_of(rules.excluded_categories, line.category);
}

std::int64_t held(Wide amount) { return static_cast<std::int64_t>(std::clamp<Wide>(amount, 0, amount_max)); }

std::int64_t total(const Amounts& amounts) { return held(std::accumulate(amounts.begin(), amounts.end(), Wide{0})); }

// Of each line what may earn, the till's tender not yet looked at. Lines below zero reduce the sale, not another line.
Amounts line_values(const PointsRules& rules, const SaleRecorded& sale) {
  Amounts nets;
  for (const auto& line : sale.lines) nets.push_back(line.net_minor);
  if (nets.empty()) nets.push_back(std::max<std::int64_t>(sale.eligible_minor, 0));
  const auto taxes = allocate(rules.before_tax ? std::max<std::int64_t>(sale.tax_minor, 0) : 0, nets);
  Amounts values;
  for (std::size_t i = 0; i < nets.size(); ++i) {
    const bool excluded = i < sale.lines.size() && is_excluded(rules, sale.lines[i]);
    values.push_back(excluded ? 0 : held(Wide{nets[i]} - taxes[i]));
  }
  return values;
}

// Returns and separate discounts within the sale.
Wide below_zero(const PointsRules& rules, const SaleRecorded& sale) {
  Wide sum = 0;
  for (const auto& line : sale.lines) {
    if (line.net_minor < 0 && !is_excluded(rules, line)) sum += line.net_minor;
  }
  return sum;
}

Wide tendered_without_earning(const SaleRecorded& sale) {
  Wide sum = 0;
  for (const auto& tender : sale.tenders) {
    const bool excluded =
        tender.type == TenderType::points || tender.type == TenderType::coupon || tender.type == TenderType::gift_card;
    if (excluded) sum += std::max<std::int64_t>(tender.amount_minor, 0);
  }
  return sum;
}

bool counts(const BaseRule& rule, const SaleRecorded& sale, std::size_t line) {
  if (!rule.stores.empty() && std::ranges::find(rule.stores, sale.key.store.value) == rule.stores.end()) return false;
  return rule.categories.empty() || (line < sale.lines.size() && is_one_of(rule.categories, sale.lines[line].category));
}

// floor(base * points * factor / (per * 10,000)): the product stays below 2^63 * 2^20 * 2^26.
std::int64_t rated(const BaseRule& rule, std::int64_t base_minor, std::int64_t factor_basis_points) {
  if (rule.per_minor <= 0) return 0;
  const auto points = std::clamp<std::int64_t>(rule.points, 0, earn_points_max);
  const Wide product = Wide{base_minor} * points * factor_basis_points;
  const Wide result = product / (Wide{rule.per_minor} * basis_points_whole);
  return static_cast<std::int64_t>(std::min<Wide>(result, points_per_sale_max));
}

struct Winner {
  const BaseRule* rule{};
  Amounts bases;  // by line
  std::int64_t base_minor{};
};

Winner winning_rule(const PointsRules& rules, const SaleRecorded& sale, const Amounts& bases) {
  Winner best;
  std::int64_t best_points = 0;
  for (const auto& rule : rules.base) {
    Amounts counted = bases;
    for (std::size_t i = 0; i < counted.size(); ++i) {
      if (!counts(rule, sale, i)) counted[i] = 0;
    }
    const auto base_minor = total(counted);
    const auto points = rated(rule, base_minor, basis_points_whole);
    if (base_minor == 0) continue;
    const bool wins =
        best.rule == nullptr || points > best_points || (points == best_points && rule.id < best.rule->id);
    if (!wins) continue;
    best = {&rule, std::move(counted), base_minor};
    best_points = points;
  }
  return best;
}

struct Bonus {
  std::uint32_t id{};
  std::int64_t extra_basis_points{};
  std::int64_t extra_points{};
};

// Whether the bonus applies; nothing when that is not known here.
std::optional<bool> applies(const BonusRule& rule, const EarningContext& context) {
  switch (rule.kind) {
    case BonusKind::tier:
      if (!context.tier_multiplier_basis_points) return std::nullopt;
      return *context.tier_multiplier_basis_points > basis_points_whole;
    case BonusKind::birthday:
      return context.birthday;
    case BonusKind::first_purchase:
      return context.first_purchase;
    case BonusKind::channel:
      break;
  }
  if (!context.channel) return std::nullopt;
  return *context.channel == rule.channel;
}

Bonus bonus_of(const BonusRule& rule, const EarningContext& context) {
  auto extra = rule.extra_basis_points;
  if (rule.kind == BonusKind::tier) {
    extra = std::max(*context.tier_multiplier_basis_points, basis_points_whole) - basis_points_whole;
  }
  return {rule.id, std::clamp<std::int64_t>(extra, 0, bonus_basis_points_max),
          std::clamp<std::int64_t>(rule.extra_points, 0, earn_points_max)};
}

// The best of those that compete, and all that add, in the order of the rules.
std::vector<Bonus> chosen_bonuses(const PointsRules& rules, const Winner& winner, const EarningContext& context,
                                  std::vector<std::uint32_t>& deferred) {
  std::vector<Bonus> chosen;
  std::optional<std::size_t> competing;  // index into chosen
  const auto worth = [&](const Bonus& bonus) {
    return rated(*winner.rule, winner.base_minor, basis_points_whole + bonus.extra_basis_points) + bonus.extra_points;
  };
  for (std::size_t i = 0; i < std::min(rules.bonuses.size(), bonuses_max); ++i) {
    const auto& rule = rules.bonuses[i];
    const auto known = applies(rule, context);
    if (!known) deferred.push_back(rule.id);
    if (!known.value_or(false)) continue;
    const auto bonus = bonus_of(rule, context);
    if (!rule.additive && competing) {
      if (worth(bonus) <= worth(chosen[*competing])) continue;
      chosen.erase(chosen.begin() + static_cast<std::ptrdiff_t>(*competing));
    }
    if (!rule.additive) competing = chosen.size();
    chosen.push_back(bonus);
  }
  return chosen;
}

void add_points(SaleEarning& earning, const Winner& winner, const std::vector<Bonus>& bonuses) {
  auto factor = basis_points_whole;
  Amounts extras;
  std::int64_t fixed = 0;
  for (const auto& bonus : bonuses) {
    factor += bonus.extra_basis_points;
    fixed += bonus.extra_points;
    extras.push_back(bonus.extra_basis_points);
  }
  const auto plain = rated(*winner.rule, winner.base_minor, basis_points_whole);
  const auto multiplied = rated(*winner.rule, winner.base_minor, factor);
  earning.points = std::min(multiplied + fixed, points_per_sale_max);
  auto by_bonus = allocate(multiplied - plain, extras);
  Amounts parts{plain};
  for (std::size_t i = 0; i < bonuses.size(); ++i) parts.push_back(by_bonus[i] + bonuses[i].extra_points);
  const auto shares = allocate(earning.points, parts);  // as they are, unless the sum was cut
  earning.parts.push_back({0, shares[0]});
  for (std::size_t i = 0; i < bonuses.size(); ++i) earning.parts.push_back({bonuses[i].id, shares[i + 1]});
}

}  // namespace

std::vector<std::int64_t> earning_bases(const PointsRules& rules, const SaleRecorded& sale) {
  const auto values = line_values(rules, sale);
  const Wide lines = Wide{total(values)} + below_zero(rules, sale);
  const Wide eligible = std::min<Wide>(lines, sale.eligible_minor);
  const auto base = held(eligible - tendered_without_earning(sale));
  return base > 0 ? allocate(base, values) : Amounts{};
}

std::optional<SaleEarning> earn(const PointsRules& rules, base::Currency currency, const SaleRecorded& sale,
                                const EarningContext& context) {
  if (!sale.member || sale.training || sale.currency != currency) return std::nullopt;
  const auto bases = earning_bases(rules, sale);
  if (bases.empty()) return std::nullopt;
  SaleEarning earning;
  earning.qualifying_minor = total(bases);
  const auto winner = winning_rule(rules, sale, bases);
  if (winner.rule == nullptr) {
    earning.lines.resize(bases.size());
    return earning;
  }
  earning.rule = winner.rule->id;
  earning.base_minor = winner.base_minor;
  add_points(earning, winner, chosen_bonuses(rules, winner, context, earning.deferred));
  const auto points = allocate(earning.points, winner.bases);
  for (std::size_t i = 0; i < winner.bases.size(); ++i) earning.lines.push_back({winner.bases[i], points[i]});
  return earning;
}

std::int64_t rerated_gain(std::int64_t recorded_points, std::int64_t points_now) {
  return points_now > recorded_points ? points_now - std::max<std::int64_t>(recorded_points, 0) : 0;
}

}  // namespace millpond::model
