// SPDX-License-Identifier: Apache-2.0
// Figures of who came and what they bought. All money is net and refund-adjusted: a refund counts at the date of its
// sale, so that a cohort's figures do not depend on when somebody brought something back. Folds over events in any
// order; O(n log n). "Within n days" is: at or after the start, and at most n dates later. Pure.
#pragma once

#include "sync/model/figures_base.h"
#include "sync/model/figures_events.h"

#include <array>
#include <span>
#include <vector>

namespace millpond::model {

// A sale with what refunds left of it.
struct NetSale {
  SaleEvent sale;
  std::int64_t net_minor{};
};

inline constexpr FigureFormula formula_net_sales{
    "net_sales", "sum over sales of max(net - refunds of the sale, 0); a sale refunded in full is no purchase"};

struct NetSales {
  std::vector<NetSale> sales;      // by date, minute, number; what was refunded in full is left out
  std::int64_t unmatched_minor{};  // refunds of sales that are not known, and beyond what was paid
  [[nodiscard]] std::int64_t sum_minor() const;
};

// A sale number that comes twice counts once, in the order of date, minute and amount.
[[nodiscard]] NetSales net_sales(std::span<const SaleEvent> sales, std::span<const RefundEvent> refunds);

// A person's start or deed.
struct Mark {
  base::MemberId member;
  When at;
};

// Of the persons whose first start is in the period, those with a deed within `days` of it. The fold below the rates.
[[nodiscard]] CohortRate rate_within(std::span<const Mark> starts, std::span<const Mark> deeds, const Period& period,
                                     std::int32_t days, base::LocalDate complete_to);

inline constexpr FigureFormula formula_visit_rate{
    "visit_rate", "members with an in-store event within 7 days of their first delivered message / members reached"};
inline constexpr std::int32_t visit_days = 7;
// 到店率. Only steps `delivered` count as reached; pass one campaign's contacts for one campaign.
[[nodiscard]] CohortRate visit_rate(std::span<const ContactEvent> contacts, std::span<const SeenEvent> seen,
                                    const NetSales& sales, const Period& period, base::LocalDate complete_to);

inline constexpr FigureFormula formula_online_to_store{
    "online_to_store", "members first seen online with a first store order within 30 days / members first seen online"};
inline constexpr FigureFormula formula_store_to_online{
    "store_to_online",
    "members first seen in store with a first online order within 30 days / members first seen in store"};
inline constexpr std::int32_t diversion_days = 30;
// 导流率, from where they were first seen to the other place.
[[nodiscard]] CohortRate diversion(Place first_seen, std::span<const SeenEvent> seen, const NetSales& sales,
                                   const Period& period, base::LocalDate complete_to);

inline constexpr FigureFormula formula_repeat_rate{
    "repeat_rate",
    "members with a second purchase within 30, 60, 90 days of their first / members with a first purchase"};
inline constexpr std::array<std::int32_t, 3> repeat_days{30, 60, 90};
// One for each of repeat_days; the cohort is those whose first purchase is in the period.
[[nodiscard]] std::array<CohortRate, 3> repeat_rates(const NetSales& sales, const Period& period,
                                                     base::LocalDate complete_to);

inline constexpr FigureFormula formula_first_order_conversion{
    "first_order_conversion", "members with a purchase within 30 days of their enrolment / members enrolled"};
inline constexpr std::int32_t conversion_days = 30;
[[nodiscard]] CohortRate first_order_conversion(std::span<const EnrolmentEvent> enrolments, const NetSales& sales,
                                                const Period& period, base::LocalDate complete_to);

inline constexpr FigureFormula formula_basket_value{"basket_value",
                                                    "net sales of members / their sales; the same of everybody else"};
inline constexpr FigureFormula formula_member_share{"member_share", "net sales of members / net sales of everybody"};
struct Baskets {
  Ratio members;  // minor units / sales
  Ratio others;
  Ratio member_share;  // minor units / minor units
  friend bool operator==(const Baskets&, const Baskets&) = default;
};
[[nodiscard]] Baskets baskets(const NetSales& sales, const Period& period);

}  // namespace millpond::model
