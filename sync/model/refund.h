// SPDX-License-Identifier: Apache-2.0
// Refund: what comes of a sale when goods of it come back. Everything is a sum over all refunds of the sale and what
// the sale itself had recorded, never today's rule, so that it does not matter who told which refund first. Not the
// ledger (lots.h) and not a decision whether to refund: money was given back already. Terminal and hub run this same
// code. Pure; integers only; no amount that fits its type overflows.
#pragma once

#include "sync/model/facts.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millpond::model {

// Facts of one sale stand behind it, in one action with it; further than this nobody looks for them.
inline constexpr std::uint64_t facts_of_sale_max = 256;

// A coupon that a sale used, whoever held the right.
struct SaleCoupon {
  base::CouponId coupon;
  base::MemberId member;
  base::CampaignId campaign;
  std::int64_t value_minor{};       // what it took off
  std::vector<LineDiscount> lines;  // empty: not told, all of the sale
  friend bool operator==(const SaleCoupon&, const SaleCoupon&) = default;
};

// What one sale was and did, from its own facts.
struct SaleEffects {
  template <class Body>
  struct At {  // a fact with its place
    base::Seq seq;
    Body body;
    friend bool operator==(const At&, const At&) = default;
  };
  SaleRecorded sale;
  // Points of the sale's member.
  std::vector<At<PointsEarned>> earned;
  std::vector<At<PointsSpent>> spent;
  std::vector<At<AwardGiven>> given;  // points only, none that are deferred
  std::vector<CouponIssued> issued;
  std::vector<SaleCoupon> used;
};

// Goes through the facts behind a sale, up to the next sale or refund. Those of other actions in between do not matter.
class SaleReader {
 public:
  // Where the sale's fact stands. Facts that were moved into another epoch name that of the sale (PointsEarned).
  SaleReader(SaleRecorded sale, base::Epoch epoch, base::Seq seq);
  // Neither this one nor those behind it are of the sale.
  [[nodiscard]] static bool ends(const FactBody& body);
  void take(const Fact& fact);
  [[nodiscard]] const SaleEffects& effects() const { return effects_; }

 private:
  SaleEffects effects_;
  base::Epoch epoch_;
  base::Seq seq_;
};

// All that came back of one sale, over all its refunds.
struct RefundSum {
  std::map<std::string, std::int64_t> lines;  // SaleLine::id to net
  std::int64_t total_minor{};
  bool whole{};
  friend bool operator==(const RefundSum&, const RefundSum&) = default;
};
void add_refund(RefundSum& sum, const SaleRefunded& refund);

// What a sum of refunds comes to. A line is at most once what it was, lines that the sale does not have and amounts
// without lines count for the rest of the sale. What earned is a part of the lines that the till did not exclude.
struct Refunded {
  bool whole{};
  std::int64_t net_minor{};            // of the total
  std::int64_t base_minor{};           // of earning_base()
  std::int64_t paid_minor{};           // of what was paid with money: less coupons and points, line by line
  std::int64_t excess_minor{};         // more than the sale was
  std::int64_t eligible_left_minor{};  // of the eligible amount, what did not come back
  // Of what it earned, floor(points * base / whole base) each, and of what campaigns gave what does not stand.
  std::int64_t points_taken{};
  std::int64_t points_returned{};        // of what it spent, by net
  std::vector<base::CouponId> returned;  // coupons of which every line came back
  // Coupons that it had brought and that do not stand: nothing of the sale is left, or less than their
  // least_paid_minor.
  std::vector<base::CouponId> voided;
  friend bool operator==(const Refunded&, const Refunded&) = default;
};
[[nodiscard]] Refunded refunded(const SaleEffects& effects, const RefundSum& sum);

}  // namespace millpond::model
