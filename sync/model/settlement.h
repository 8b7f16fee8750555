// SPDX-License-Identifier: Apache-2.0
// Settlement: who owes whom for partner coupons, where issuer, acceptor and those who pay differ. The acceptor took
// less money; each funder owes it a share. Not a figure (figures_money.h has the sum) and not payment: lines and
// statements that two books can be compared by, entry for entry. Pure; any thread.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/money.h"
#include "sync/base/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::model {

// Of the coupon's offer, in its order. The empty name is the brand.
struct PartnerShare {
  std::string partner;
  std::int64_t basis_points{};
  friend bool operator==(const PartnerShare&, const PartnerShare&) = default;
};

// What is wrong with shares: each is 1 to 10,000, no partner twice, and together exactly 10,000. None at all are in
// order: the brand pays alone.
[[nodiscard]] std::optional<std::string> shares_problem(std::span<const PartnerShare> shares);

// A coupon that was used. From CouponRedeemed, CouponConfirmed, CouponProvisional and the offer of the version it was
// issued with. One that turned out to be over-redeemed is booked as loss and is no row here.
struct PartnerRedemption {
  std::uint64_t redemption{};  // redemption_id() of rights.h
  base::CouponId coupon;
  base::LocalDate date;
  base::Currency currency;
  std::int64_t value_minor{};
  std::string issuer;
  std::string acceptor;
  std::vector<PartnerShare> funders;
  friend bool operator==(const PartnerRedemption&, const PartnerRedemption&) = default;
};

// The sale came back and the coupon with it. From CouponReturned.
struct PartnerReturn {
  std::uint64_t redemption{};
  base::LocalDate date;
};

struct SettlementLine {
  base::LocalDate date;
  std::uint64_t redemption{};
  base::CouponId coupon;
  bool returned{};
  std::string issuer;
  std::string payer;
  std::string payee;
  std::int64_t amount_minor{};  // below zero when returned: exactly what the redemption's line was
  friend auto operator<=>(const SettlementLine&, const SettlementLine&) = default;
};

// Lines of everything before `until` that earlier settlements do not have yet, so that what arrives late is in the next
// one and nothing is in two. Shares by largest remainder; a share of the acceptor's own is no line. In any order of
// rows, repetitions welcome. A return counts once, and not before its redemption is known. Errors: currency_mismatch;
// bad_input for shares_problem(), amounts below zero or beyond amount_minor_max, and one redemption told with two
// contents.
[[nodiscard]] base::Result<std::vector<SettlementLine>> settlement_lines(base::Currency currency,
                                                                         std::span<const PartnerRedemption> redemptions,
                                                                         std::span<const PartnerReturn> returns,
                                                                         std::span<const SettlementLine> earlier,
                                                                         base::LocalDate until);

struct PartnerStatement {
  std::string partner;
  std::vector<SettlementLine> lines;  // that name the partner, in the order of settlement_lines()
  std::int64_t owed_minor{};          // by the partner as payer
  std::int64_t due_minor{};           // to the partner as payee
  std::int64_t net_minor{};           // due less owed: paid to the partner, or by it when below zero
  friend bool operator==(const PartnerStatement&, const PartnerStatement&) = default;
};

// One for each partner that a line names, by name; the brand's comes first. Their nets add up to zero.
[[nodiscard]] std::vector<PartnerStatement> partner_statements(std::span<const SettlementLine> lines);

}  // namespace millpond::model
