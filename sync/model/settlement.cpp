// SPDX-License-Identifier: Apache-2.0
#include "sync/model/settlement.h"

#include "sync/model/allocate.h"
#include "sync/model/document.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace millpond::model {
namespace {

base::Error bad_input(std::string detail) { return {base::Code::bad_input, "settle coupons", std::move(detail)}; }

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

using Rows = std::map<std::uint64_t, PartnerRedemption>;

base::Result<Rows> checked(base::Currency currency, std::span<const PartnerRedemption> redemptions) {
  Rows rows;
  for (const auto& row : redemptions) {
    if (row.currency != currency) return base::Error{base::Code::currency_mismatch, "settle coupons", {}};
    if (row.value_minor < 0 || row.value_minor > amount_minor_max) return bad_input("a coupon's value");
    if (const auto problem = shares_problem(row.funders)) return bad_input(*problem);
    const auto [known, fresh] = rows.emplace(row.redemption, row);
    if (!fresh && known->second != row) return bad_input("one redemption told with two contents");
  }
  return rows;
}

void add_lines(const PartnerRedemption& row, base::LocalDate date, bool returned, std::vector<SettlementLine>& lines) {
  const std::vector<PartnerShare> brand_alone{{"", basis_points_whole}};
  const auto& funders = row.funders.empty() ? brand_alone : row.funders;
  std::vector<std::int64_t> weights;
  for (const auto& funder : funders) weights.push_back(funder.basis_points);
  const auto amounts = allocate(returned ? -row.value_minor : row.value_minor, weights);
  for (std::size_t i = 0; i < funders.size(); ++i) {
    if (funders[i].partner == row.acceptor || amounts[i] == 0) continue;
    lines.push_back(
        {date, row.redemption, row.coupon, returned, row.issuer, funders[i].partner, row.acceptor, amounts[i]});
  }
}

}  // namespace

std::optional<std::string> shares_problem(std::span<const PartnerShare> shares) {
  if (shares.empty()) return std::nullopt;
  std::set<std::string> partners;
  std::int64_t sum = 0;
  for (const auto& share : shares) {
    if (share.basis_points < 1 || share.basis_points > basis_points_whole) return "a share is not from 1 to 10,000";
    if (!partners.insert(share.partner).second) return "a partner has two shares";
    sum += share.basis_points;
  }
  if (sum != basis_points_whole) return "shares add up to " + std::to_string(sum) + ", not to 10,000";
  return std::nullopt;
}

base::Result<std::vector<SettlementLine>> settlement_lines(base::Currency currency,
                                                           std::span<const PartnerRedemption> redemptions,
                                                           std::span<const PartnerReturn> returns,
                                                           std::span<const SettlementLine> earlier,
                                                           base::LocalDate until) {
  MILLPOND_TRY(const auto rows, checked(currency, redemptions));
  std::set<std::pair<std::uint64_t, bool>> settled;
  for (const auto& line : earlier) settled.emplace(line.redemption, line.returned);
  std::map<std::uint64_t, base::LocalDate> returned_on;  // of several tellings the first day
  for (const auto& back : returns) {
    const auto [known, fresh] = returned_on.emplace(back.redemption, back.date);
    if (!fresh) known->second = std::min(known->second, back.date);
  }
  std::vector<SettlementLine> lines;
  for (const auto& [redemption, row] : rows) {
    if (row.date >= until) continue;
    if (!settled.contains({redemption, false})) add_lines(row, row.date, false, lines);
    const auto back = returned_on.find(redemption);
    const bool returns_now = back != returned_on.end() && back->second < until && !settled.contains({redemption, true});
    if (returns_now) add_lines(row, back->second, true, lines);
  }
  std::ranges::sort(lines);
  return lines;
}

std::vector<PartnerStatement> partner_statements(std::span<const SettlementLine> lines) {
  std::map<std::string, PartnerStatement> by_partner;
  for (const auto& line : lines) {
    auto& payer = by_partner[line.payer];
    payer.owed_minor = add_held(payer.owed_minor, line.amount_minor);
    payer.lines.push_back(line);
    auto& payee = by_partner[line.payee];
    payee.due_minor = add_held(payee.due_minor, line.amount_minor);
    payee.lines.push_back(line);
  }
  std::vector<PartnerStatement> statements;
  for (auto& [partner, statement] : by_partner) {
    statement.partner = partner;
    statement.net_minor = add_held(statement.due_minor, -std::max(statement.owed_minor, -most));
    statements.push_back(std::move(statement));
  }
  return statements;
}

}  // namespace millpond::model
