// SPDX-License-Identifier: Apache-2.0
// Staff goals: what each person behind the counter has brought, against a goal, in a ranking, and as commission. Folds
// over events in any order; money is net and refund-adjusted (figures_sales.h). Not payroll: what is withheld for tax
// is the statement's business. Pure; integers only.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"
#include "sync/model/figures_sales.h"

#include <cstdint>
#include <span>
#include <vector>

namespace millpond::model {

enum class GoalMetric : std::uint8_t { enrolments = 1, referrals = 2, net_sales = 3 };  // persisted

inline constexpr FigureFormula formula_staff_goals{
    "staff_goals", "enrolments, qualified referrals or net sales of the period that carry the person / target"};
inline constexpr FigureFormula formula_staff_ranking{
    "staff_ranking", "1 + persons with more; equal results share a place and the next one is left out"};
inline constexpr FigureFormula formula_commission{
    "commission", "floor(net sales past their return window * rate) + enrolments with a purchase past it * fee"};

// Something that counts for a person. Enrolment and referral from MemberEnrolled's Origin::staff and from
// referral_qualified (both missing).
struct StaffCredit {
  GoalMetric metric{};  // enrolments or referrals
  base::StaffId staff;
  base::MemberId member;  // enrolled, or who was invited: counts once for each metric, for whoever was first
  When at;
};

struct StaffResult {
  base::StaffId staff;
  std::int64_t achieved{};  // members or minor units
  std::int32_t place{};     // from 1; ties share it
  friend bool operator==(const StaffResult&, const StaffResult&) = default;
};

// Best first, ties by person. `everybody`: who takes part; others' results are left out, and who brought nothing is
// last.
[[nodiscard]] std::vector<StaffResult> staff_ranking(GoalMetric metric, std::span<const base::StaffId> everybody,
                                                     std::span<const StaffCredit> credits, const NetSales& sales,
                                                     const Period& period);

// From goals that the hub keeps (missing row: staff_goal). A team's goal names several.
struct StaffGoal {
  GoalMetric metric{};
  std::vector<base::StaffId> staff;
  Period period;
  std::int64_t target{};  // positive
};

[[nodiscard]] Ratio goal_progress(const StaffGoal& goal, std::span<const StaffCredit> credits, const NetSales& sales);

// The document.
struct CommissionRules {
  std::uint32_t version{};
  std::int64_t sales_basis_points{};  // of net sales, 0 .. 10,000
  std::int64_t enrolment_minor{};     // for each member enrolled who bought
  std::int32_t return_days{};         // a sale counts when so many dates after it are over
  friend bool operator==(const CommissionRules&, const CommissionRules&) = default;
};

// {version, sales_basis_points, enrolment_minor, return_days}; all of it is required. Error: programme_invalid.
[[nodiscard]] base::Result<CommissionRules> parse_commission_rules(base::ByteView json);

struct Commission {
  base::StaffId staff;
  std::int64_t net_minor{};     // that counted
  std::int64_t enrolments{};    // that counted
  std::int64_t amount_minor{};  // saturated
  friend bool operator==(const Commission&, const Commission&) = default;
};

// By person; sales and enrolments of the period. An enrolment counts when its member bought at or after it and the
// return window of that sale is over. Rounded down once for each person. complete_to: the first date not yet complete.
[[nodiscard]] std::vector<Commission> commissions(const CommissionRules& rules, std::span<const StaffCredit> credits,
                                                  const NetSales& sales, const Period& period,
                                                  base::LocalDate complete_to);

}  // namespace millpond::model
