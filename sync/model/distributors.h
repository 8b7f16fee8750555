// SPDX-License-Identifier: Apache-2.0
// Distributors and super users (分销, 从 C 到 B): people with a contract and a code of their own, who get a commission
// on what is sold by that code. Depth is exactly one: a contract has no parent, nothing is paid for recruiting and
// nothing for joining, and the document has no member that could say so. Real names are at the hub and not here. Not
// payment: a statement says what is owed. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/money.h"
#include "sync/base/result.h"
#include "sync/model/ledger_events.h"
#include "sync/model/prize_tax.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace millpond::model {

struct DistributorContract {
  std::uint32_t id{};
  std::string code;           // of this contract alone
  base::MemberId own_member;  // the distributor's own membership, whose purchases bring no commission; 0: none
  base::LocalDate starts;
  base::LocalDate ends;  // last day
  std::int64_t commission_basis_points{};
  std::int32_t return_days{};  // commission is earned when that many days after the sale are over
  PrizeTax tax;                // of what a statement pays out
  friend bool operator==(const DistributorContract&, const DistributorContract&) = default;
};

// {version, contracts[{id, code, own_member (absent: none) as "M-...", starts, ends, commission_basis_points,
// return_days, tax{class, rate_bp, free_up_to_minor}}]}. Error: programme_invalid with "POINTER: what is wrong".
// Refused besides: ids or codes used twice, an end before the start.
struct Distributors {
  std::uint32_t version{};
  std::vector<DistributorContract> contracts;
};
[[nodiscard]] base::Result<Distributors> parse_distributors(base::ByteView json);

// A paid sale by a code. From SaleRecorded (net paid: the total less points, coupons and gift cards) and the missing
// fact code_used; buyer 0: nobody identified.
struct CodeSale {
  EventKey sale;
  std::string code;
  base::MemberId buyer;
  base::LocalDate date;
  base::Currency currency;
  std::int64_t net_paid_minor{};
  friend bool operator==(const CodeSale&, const CodeSale&) = default;
};

// From SaleRefunded. Refunds of a sale add up; one key counts once.
struct CodeRefund {
  EventKey key;
  EventKey sale;
  base::LocalDate date;
  std::int64_t net_minor{};
  friend bool operator==(const CodeRefund&, const CodeRefund&) = default;
};

// What a statement says of one sale. Of one that was settled before only the difference: below zero after a late
// refund.
struct CommissionLine {
  EventKey sale;
  base::LocalDate date;
  std::int64_t net_minor{};         // what is left of the sale
  std::int64_t commission_minor{};  // percentage of it, half up, less what earlier statements gave
  friend bool operator==(const CommissionLine&, const CommissionLine&) = default;
};

struct CommissionStatement {
  std::uint32_t contract{};
  std::vector<CommissionLine> lines;     // by date, then sale
  std::int64_t commission_minor{};       // sum of the lines
  std::int64_t brought_forward_minor{};  // at most 0: what earlier statements could not take back
  std::int64_t gross_minor{};            // commission and what was brought forward, never below 0
  std::int64_t tax_withheld_minor{};     // of gross
  std::int64_t payable_minor{};          // gross less tax
  std::int64_t carried_forward_minor{};  // at most 0: to the next statement
  friend bool operator==(const CommissionStatement&, const CommissionStatement&) = default;
};

// The statement as of the beginning of `until`: every sale by the contract's code on the contract's days whose return
// window is over by then, less refunds before then, less what earlier statements gave for it. So a sale or a refund
// that arrives late is in the next statement, nothing is paid twice, and all statements of a sale add up to the
// percentage of what is left of it. In any order of sales and refunds. Errors: currency_mismatch; bad_input for amounts
// below zero or beyond amount_minor_max, and for one sale told with two contents.
[[nodiscard]] base::Result<CommissionStatement> commission_statement(
    const DistributorContract& contract, base::Currency currency, std::span<const CodeSale> sales,
    std::span<const CodeRefund> refunds, std::span<const CommissionLine> earlier, std::int64_t brought_forward_minor,
    base::LocalDate until);

}  // namespace millpond::model
