// SPDX-License-Identifier: Apache-2.0
#include "sync/model/figures_base.h"

#include "sync/base/money.h"
#include "sync/model/figures_campaigns.h"
#include "sync/model/figures_members.h"
#include "sync/model/figures_money.h"
#include "sync/model/figures_sales.h"
#include "sync/model/staff_goals.h"

#include <algorithm>
#include <array>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::array formulas{formula_acquisition_cost,
                              formula_basket_value,
                              formula_breakage,
                              formula_complaints,
                              formula_complete_to,
                              formula_contacts,
                              formula_enrolments,
                              formula_first_order_conversion,
                              formula_gesture_cost,
                              formula_incremental,
                              formula_ltv,
                              formula_member_share,
                              formula_messages,
                              formula_natural_to_paid,
                              formula_net_sales,
                              formula_loss,
                              formula_online_to_store,
                              formula_participation,
                              formula_payback,
                              formula_peak_hour,
                              formula_points_errors,
                              formula_rarra_acquisition,
                              formula_rarra_activation,
                              formula_rarra_referral,
                              formula_rarra_retention,
                              formula_rarra_revenue,
                              formula_redemption_rate,
                              formula_referral_tree,
                              formula_repeat_rate,
                              formula_rfm,
                              formula_satisfaction,
                              formula_settlement,
                              formula_store_to_online,
                              formula_visit_rate,
                              formula_staff_goals,
                              formula_staff_ranking,
                              formula_commission};

}  // namespace

std::span<const FigureFormula> all_formulas() { return formulas; }

std::optional<std::int64_t> in_basis_points(const Ratio& ratio) {
  return base::mul_div_floor(ratio.numerator, 10'000, ratio.denominator);
}

bool is_ripe(const Period& period, std::int32_t days, base::LocalDate complete_to) {
  return std::int64_t{period.to.days} - 1 + days < complete_to.days;
}

Completeness completeness(std::span<const TerminalReach> terminals, std::int64_t now_ms, std::int64_t tolerance_ms) {
  Completeness result{now_ms, 0, std::nullopt};
  const auto late_ms = add_within_bounds(now_ms, -std::max<std::int64_t>(tolerance_ms, 0));
  for (const auto& terminal : terminals) {
    if (terminal.through_ms >= late_ms) {
      result.complete_to_ms = std::min(result.complete_to_ms, terminal.through_ms);
      continue;
    }
    ++result.behind;
    result.oldest_ms = std::min(result.oldest_ms.value_or(terminal.through_ms), terminal.through_ms);
  }
  return result;
}

std::int64_t add_within_bounds(std::int64_t sum, std::int64_t more) {
  std::int64_t result = 0;
  if (!__builtin_add_overflow(sum, more, &result)) return result;
  return more > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

}  // namespace millpond::model
