// SPDX-License-Identifier: Apache-2.0
#include "sync/model/distributors.h"

#include "sync/model/allocate.h"
#include "sync/model/calendar.h"
#include "sync/model/document.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 1U << 20;
constexpr std::size_t code_bytes_max = 32;
constexpr std::int64_t id_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t return_days_max = 90;

DistributorContract read_contract(ObjectReader& object) {
  DistributorContract contract;
  contract.id = static_cast<std::uint32_t>(object.integer("id", 1, id_max));
  contract.code = object.text("code", code_bytes_max);
  if (object.has("own_member")) {
    const auto member = base::parse_id('M', object.text("own_member", code_bytes_max));
    if (!member || *member == 0) object.report("own_member", "must be a member's number like M-4K7Q-9XZP-2B3D6");
    contract.own_member.value = member.value_or(0);
  }
  contract.starts = object.date("starts");
  contract.ends = object.date("ends");
  if (contract.ends < contract.starts) object.report("ends", "must not be before starts");
  contract.commission_basis_points = object.integer("commission_basis_points", 1, basis_points_whole);
  contract.return_days = static_cast<std::int32_t>(object.integer("return_days", 0, return_days_max));
  if (!object.has("tax")) object.report("tax", "is missing");
  contract.tax = read_tax(object);
  return contract;
}

base::Error bad_input(std::string detail) { return {base::Code::bad_input, "state commission", std::move(detail)}; }

bool in_range(std::int64_t minor) { return minor >= 0 && minor <= amount_minor_max; }

bool is_of(const DistributorContract& contract, const CodeSale& sale) {
  const bool own = sale.buyer && sale.buyer == contract.own_member;
  return sale.code == contract.code && !own && contract.starts <= sale.date && sale.date <= contract.ends;
}

// What came back of each sale before a date, held within the range of a sale.
base::Result<std::map<EventKey, std::int64_t>> refunded(std::span<const CodeRefund> refunds, base::LocalDate until) {
  std::map<EventKey, std::int64_t> sums;
  std::set<EventKey> seen;
  for (const auto& refund : refunds) {
    if (!in_range(refund.net_minor)) return bad_input("a refund's amount");
    if (refund.date >= until || !seen.insert(refund.key).second) continue;
    auto& sum = sums[refund.sale];
    sum = std::min(sum + refund.net_minor, amount_minor_max);
  }
  return sums;
}

}  // namespace

base::Result<Distributors> parse_distributors(base::ByteView json) {
  Document file{json, document_bytes_max, "read distributors"};
  auto document = file.root();
  Distributors distributors;
  distributors.version = static_cast<std::uint32_t>(document.integer("version", 1, id_max));
  std::set<std::uint32_t> ids;
  std::set<std::string> codes;
  document.each("contracts", [&](ObjectReader& object) {
    auto contract = read_contract(object);
    if (!ids.insert(contract.id).second) object.report("id", "is used twice");
    if (!codes.insert(contract.code).second) object.report("code", "is used twice");
    distributors.contracts.push_back(std::move(contract));
  });
  document.finish();
  if (const auto problem = file.problem()) return *problem;
  return distributors;
}

base::Result<CommissionStatement> commission_statement(const DistributorContract& contract, base::Currency currency,
                                                       std::span<const CodeSale> sales,
                                                       std::span<const CodeRefund> refunds,
                                                       std::span<const CommissionLine> earlier,
                                                       std::int64_t brought_forward_minor, base::LocalDate until) {
  MILLPOND_TRY(const auto back, refunded(refunds, until));
  std::map<EventKey, std::int64_t> given;
  for (const auto& line : earlier) given[line.sale] = add_held(given[line.sale], line.commission_minor);
  std::map<EventKey, CodeSale> told;
  CommissionStatement statement;
  statement.contract = contract.id;
  for (const auto& sale : sales) {
    if (!is_of(contract, sale)) continue;
    if (sale.currency != currency) return base::Error{base::Code::currency_mismatch, "state commission", {}};
    if (!in_range(sale.net_paid_minor)) return bad_input("a sale's amount");
    const auto [known, fresh] = told.emplace(sale.sale, sale);
    if (!fresh && known->second != sale) return bad_input("one sale told with two contents");
    const auto earned_on = add_days(sale.date, std::int64_t{contract.return_days} + 1);
    if (!fresh || earned_on > until) continue;
    const auto refund = back.find(sale.sale);
    const auto left = sale.net_paid_minor - (refund == back.end() ? 0 : refund->second);
    const auto net = std::max<std::int64_t>(left, 0);
    const auto before = std::max(given[sale.sale], -amount_minor_max);
    const auto difference = percent_half_up(net, contract.commission_basis_points) - before;
    if (difference == 0) continue;
    statement.lines.push_back({sale.sale, sale.date, net, difference});
    statement.commission_minor = add_held(statement.commission_minor, difference);
  }
  std::ranges::sort(statement.lines, {}, [](const CommissionLine& line) { return std::tuple{line.date, line.sale}; });
  statement.brought_forward_minor = std::min<std::int64_t>(brought_forward_minor, 0);
  const auto sum = add_held(statement.commission_minor, statement.brought_forward_minor);
  statement.gross_minor = std::max<std::int64_t>(sum, 0);
  statement.carried_forward_minor = std::min<std::int64_t>(sum, 0);
  statement.tax_withheld_minor = withheld_minor(contract.tax, statement.gross_minor);
  statement.payable_minor = statement.gross_minor - statement.tax_withheld_minor;
  return statement;
}

}  // namespace millpond::model
