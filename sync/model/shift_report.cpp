// SPDX-License-Identifier: Apache-2.0
#include "sync/model/shift_report.h"

#include "sync/model/figures_base.h"

#include <array>
#include <map>
#include <utility>

namespace millpond::model {
namespace {

void count(ShiftTally& tally, std::int64_t amount) {
  ++tally.count;
  tally.sum = add_within_bounds(tally.sum, amount);
}

void add(ShiftTally& tally, const ShiftTally& more) {
  tally.count = add_within_bounds(tally.count, more.count);
  tally.sum = add_within_bounds(tally.sum, more.sum);
}

// What both sides know, in the order of ShiftItem.
using Compared = std::array<ShiftTally, 4>;

Compared compared(const ShiftRow& row) {
  ShiftTally coupons;
  for (const auto& funder : row.coupons) add(coupons, funder.coupons);
  return {row.sales, row.refunds, coupons, row.points_spent};
}

}  // namespace

std::vector<ShiftRow> shift_report(std::span<const ShiftEvent> events) {
  std::map<base::StaffId, ShiftRow> rows;
  std::map<std::pair<base::StaffId, std::uint32_t>, ShiftTally> coupons;
  for (const auto& event : events) {
    auto& row = rows[event.cashier];
    switch (event.deed) {
      case ShiftDeed::sale:
        count(row.sales, event.amount);
        break;
      case ShiftDeed::refund:
        count(row.refunds, event.amount);
        break;
      case ShiftDeed::coupon:
        count(coupons[{event.cashier, event.funder}], event.amount);
        break;
      case ShiftDeed::points_earned:
        count(row.points_earned, event.amount);
        break;
      case ShiftDeed::points_spent:
        count(row.points_spent, event.amount);
        break;
      case ShiftDeed::manual_lookup:
        ++row.manual_lookups;
        break;
      case ShiftDeed::gesture:
        count(row.gestures, event.amount);
        break;
      case ShiftDeed::override_:
        ++row.overrides;
        break;
    }
  }
  for (const auto& [key, tally] : coupons) rows[key.first].coupons.push_back({key.second, tally});
  std::vector<ShiftRow> report;
  for (auto& [cashier, row] : rows) {
    row.cashier = cashier;
    report.push_back(std::move(row));
  }
  return report;
}

std::vector<ShiftDifference> shift_differences(std::span<const ShiftRow> ours, std::span<const TillShift> till) {
  std::map<base::StaffId, std::pair<Compared, Compared>> sides;
  for (const auto& row : ours) sides[row.cashier].first = compared(row);
  for (const auto& shift : till) {
    auto& side = sides[shift.cashier].second;
    const Compared told{shift.sales, shift.refunds, shift.coupons, shift.points_spent};
    for (std::size_t i = 0; i < told.size(); ++i) add(side[i], told[i]);
  }
  std::vector<ShiftDifference> differences;
  for (const auto& [cashier, side] : sides) {
    for (std::size_t i = 0; i < side.first.size(); ++i) {
      if (side.first[i] == side.second[i]) continue;
      differences.push_back({cashier, static_cast<ShiftItem>(i + 1), side.first[i], side.second[i]});
    }
  }
  return differences;
}

}  // namespace millpond::model
