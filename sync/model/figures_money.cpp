// SPDX-License-Identifier: Apache-2.0
#include "sync/model/figures_money.h"

#include "sync/model/allocate.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace millpond::model {
namespace {

std::int64_t at_least_none(std::int64_t amount) { return std::max<std::int64_t>(amount, 0); }

std::int64_t sales_of_members(const NetSales& sales, const Period& period) {
  return baskets(sales, period).members.denominator;
}

std::int64_t count_within(const auto& events, const Period& period) {
  return std::ranges::count_if(events, [&](const auto& event) { return period.contains(event.date); });
}

}  // namespace

Breakage breakage(std::span<const PointsEvent> points, const Period& period) {
  struct Lot {
    std::optional<base::LocalDate> granted_on;
    std::int64_t granted{};
    std::int64_t spent{};
    std::int64_t expired{};
  };
  std::map<std::uint64_t, Lot> lots;
  for (const auto& event : points) {
    auto& lot = lots[event.lot];
    const auto amount = at_least_none(event.points);
    switch (event.step) {
      case PointsStep::granted:
        lot.granted = add_within_bounds(lot.granted, amount);
        lot.granted_on = std::min(lot.granted_on.value_or(event.date), event.date);
        break;
      case PointsStep::reversed:
        lot.granted = add_within_bounds(lot.granted, -amount);
        break;
      case PointsStep::spent:
        lot.spent = add_within_bounds(lot.spent, amount);
        break;
      case PointsStep::given_back:
        lot.spent = add_within_bounds(lot.spent, -amount);
        break;
      case PointsStep::expired:
        lot.expired = add_within_bounds(lot.expired, amount);
        break;
    }
  }
  Breakage result;
  for (const auto& [id, lot] : lots) {
    if (!lot.granted_on || !period.contains(*lot.granted_on)) continue;
    const auto granted = at_least_none(lot.granted);
    const auto spent = std::min(at_least_none(lot.spent), granted);
    const auto expired = std::min(lot.expired, granted - spent);
    result.expired.numerator = add_within_bounds(result.expired.numerator, expired);
    result.expired.denominator = add_within_bounds(result.expired.denominator, granted);
    result.open = add_within_bounds(result.open, granted - spent - expired);
  }
  return result;
}

Ratio gesture_cost(std::span<const GestureEvent> gestures, const NetSales& sales, const Period& period) {
  Ratio ratio;
  for (const auto& gesture : gestures) {
    if (!period.contains(gesture.date)) continue;
    ratio.numerator = add_within_bounds(ratio.numerator, at_least_none(gesture.cost_minor));
  }
  const auto all = baskets(sales, period);
  ratio.denominator = all.member_share.denominator;
  return ratio;
}

std::vector<TerminalLoss> offline_loss(std::span<const LossEvent> losses, const Period& period) {
  std::map<base::TerminalId, TerminalLoss> rows;
  for (const auto& loss : losses) {
    if (!period.contains(loss.date)) continue;
    auto& row = rows[loss.terminal];
    row.terminal = loss.terminal;
    auto& sum = loss.kind == LossKind::coupon ? row.coupons_minor : row.points_minor;
    sum = add_within_bounds(sum, at_least_none(loss.value_minor));
    ++row.cases;
  }
  std::vector<TerminalLoss> list;
  for (const auto& [terminal, row] : rows) list.push_back(row);
  return list;
}

std::vector<Settlement> settlements(std::span<const PartnerUseEvent> uses, const Period& period) {
  std::vector<const PartnerUseEvent*> ordered;
  for (const auto& use : uses) {
    if (period.contains(use.date)) ordered.push_back(&use);
  }
  std::ranges::sort(ordered, {}, [](const auto* use) {
    return std::tuple{use->coupon, use->date, use->acceptor, use->value_minor};
  });
  std::map<std::pair<std::uint32_t, std::uint32_t>, Settlement> rows;
  std::set<base::CouponId> counted;
  for (const auto* use : ordered) {
    if (use->funders.empty() || !counted.insert(use->coupon).second) continue;
    auto funders = use->funders;
    std::ranges::sort(funders, {}, &FunderShare::partner);  // ties of remainders go to the smallest number
    std::vector<std::int64_t> weights;
    for (const auto& funder : funders) weights.push_back(funder.basis_points);
    const auto parts = allocate(at_least_none(use->value_minor), weights);
    for (std::size_t i = 0; i < funders.size(); ++i) {
      if (funders[i].partner == use->acceptor || parts[i] == 0) continue;
      auto& row = rows[{funders[i].partner, use->acceptor}];
      row.funder = funders[i].partner;
      row.acceptor = use->acceptor;
      row.amount_minor = add_within_bounds(row.amount_minor, parts[i]);
      ++row.coupons;
    }
  }
  std::vector<Settlement> list;
  for (const auto& [pair, row] : rows) list.push_back(row);
  return list;
}

Satisfaction satisfaction(std::span<const RatingEvent> ratings, const Period& period) {
  Satisfaction result;
  for (const auto& rating : ratings) {
    if (!period.contains(rating.date) || rating.score < 1 || rating.score > 5) continue;
    result.mean.numerator += rating.score;
    ++result.mean.denominator;
    result.content.numerator += rating.score >= 4 ? 1 : 0;
  }
  result.content.denominator = result.mean.denominator;
  return result;
}

Ratio complaints(std::span<const ComplaintEvent> complaints, const NetSales& sales, const Period& period) {
  return {count_within(complaints, period), sales_of_members(sales, period)};
}

Ratio points_errors(std::span<const AdjustmentEvent> adjustments, const NetSales& sales, const Period& period) {
  const auto errors = std::ranges::count_if(
      adjustments, [&](const AdjustmentEvent& event) { return event.error && period.contains(event.date); });
  return {errors, sales_of_members(sales, period)};
}

}  // namespace millpond::model
