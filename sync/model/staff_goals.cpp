// SPDX-License-Identifier: Apache-2.0
#include "sync/model/staff_goals.h"

#include "sync/base/money.h"
#include "sync/model/document.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 16U << 10;
constexpr std::int64_t days_max = 3'660;

// Each member's first credit of a metric.
std::map<base::MemberId, StaffCredit> first_credits(GoalMetric metric, std::span<const StaffCredit> credits) {
  std::map<base::MemberId, StaffCredit> first;
  for (const auto& credit : credits) {
    if (credit.metric != metric || !credit.member) continue;
    const auto [entry, is_new] = first.try_emplace(credit.member, credit);
    if (!is_new && std::tuple{credit.at, credit.staff} < std::tuple{entry->second.at, entry->second.staff}) {
      entry->second = credit;
    }
  }
  return first;
}

std::map<base::StaffId, std::int64_t> achieved(GoalMetric metric, std::span<const StaffCredit> credits,
                                               const NetSales& sales, const Period& period) {
  std::map<base::StaffId, std::int64_t> results;
  if (metric == GoalMetric::net_sales) {
    for (const auto& each : sales.sales) {
      if (!period.contains(each.sale.at.date)) continue;
      auto& sum = results[each.sale.staff];
      sum = add_within_bounds(sum, each.net_minor);
    }
    return results;
  }
  for (const auto& [member, credit] : first_credits(metric, credits)) {
    if (period.contains(credit.at.date)) ++results[credit.staff];
  }
  return results;
}

std::int64_t amount_of(const CommissionRules& rules, const Commission& of) {
  // At most the whole of net sales, so the first part always fits.
  const auto from_sales = *base::mul_div_floor(of.net_minor, rules.sales_basis_points, 10'000);
  const auto from_members = base::mul_div_floor(of.enrolments, rules.enrolment_minor, 1);
  return add_within_bounds(from_sales, from_members.value_or(std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

std::vector<StaffResult> staff_ranking(GoalMetric metric, std::span<const base::StaffId> everybody,
                                       std::span<const StaffCredit> credits, const NetSales& sales,
                                       const Period& period) {
  const auto results = achieved(metric, credits, sales, period);
  std::vector<StaffResult> ranking;
  for (const auto staff : std::set<base::StaffId>{everybody.begin(), everybody.end()}) {
    const auto found = results.find(staff);
    ranking.push_back({staff, found == results.end() ? 0 : found->second, 0});
  }
  std::ranges::stable_sort(ranking, std::greater{}, &StaffResult::achieved);
  for (std::size_t i = 0; i < ranking.size(); ++i) {
    const bool shared = i > 0 && ranking[i].achieved == ranking[i - 1].achieved;
    ranking[i].place = shared ? ranking[i - 1].place : static_cast<std::int32_t>(i + 1);
  }
  return ranking;
}

Ratio goal_progress(const StaffGoal& goal, std::span<const StaffCredit> credits, const NetSales& sales) {
  const auto results = achieved(goal.metric, credits, sales, goal.period);
  Ratio progress{0, goal.target};
  for (const auto staff : std::set<base::StaffId>{goal.staff.begin(), goal.staff.end()}) {
    const auto found = results.find(staff);
    if (found != results.end()) progress.numerator = add_within_bounds(progress.numerator, found->second);
  }
  return progress;
}

base::Result<CommissionRules> parse_commission_rules(base::ByteView json) {
  Document document{json, document_bytes_max, "read commission rules"};
  auto root = document.root();
  CommissionRules rules;
  rules.version = static_cast<std::uint32_t>(root.integer("version", 1, std::numeric_limits<std::uint32_t>::max()));
  rules.sales_basis_points = root.integer("sales_basis_points", 0, 10'000);
  rules.enrolment_minor = root.integer("enrolment_minor", 0, amount_minor_max);
  rules.return_days = static_cast<std::int32_t>(root.integer("return_days", 0, days_max));
  root.finish();
  if (auto problem = document.problem()) return std::move(*problem);
  return rules;
}

std::vector<Commission> commissions(const CommissionRules& rules, std::span<const StaffCredit> credits,
                                    const NetSales& sales, const Period& period, base::LocalDate complete_to) {
  const auto settled = [&](const NetSale& sale) {
    return std::int64_t{sale.sale.at.date.days} + rules.return_days < complete_to.days;
  };
  auto enrolled = first_credits(GoalMetric::enrolments, credits);
  std::erase_if(enrolled, [&](const auto& entry) { return !period.contains(entry.second.at.date); });
  std::map<base::StaffId, Commission> rows;
  std::set<base::MemberId> paid_for;
  for (const auto& each : sales.sales) {
    if (!settled(each)) continue;
    if (each.sale.staff && period.contains(each.sale.at.date)) {
      auto& row = rows[each.sale.staff];
      row.net_minor = add_within_bounds(row.net_minor, each.net_minor);
    }
    const auto who = enrolled.find(each.sale.member);
    if (who == enrolled.end() || !who->second.staff || each.sale.at < who->second.at) continue;
    if (paid_for.insert(each.sale.member).second) ++rows[who->second.staff].enrolments;
  }
  std::vector<Commission> list;
  for (auto& [staff, row] : rows) {
    row.staff = staff;
    row.amount_minor = amount_of(rules, row);
    list.push_back(row);
  }
  return list;
}

}  // namespace millpond::model
