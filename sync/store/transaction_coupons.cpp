// SPDX-License-Identifier: Apache-2.0
// Coupons as actions see them: the table's rows with what is not settled yet.
#include "sync/store/action_transaction.h"

#include <algorithm>

namespace millpond::store {
namespace {

const std::string& coupon_select() {
  static const auto text = std::string{"SELECT "} + coupon_terms_columns +
                           ", sale_position, state, redeemed_position, position, ordinal, sum FROM coupons ";
  return text;
}

}  // namespace

// Nothing when the row changed on the disk: what it was worth is no longer known.
std::optional<ActionTransaction::KnownCoupon> ActionTransaction::coupon_of(const sqlite::Statement& row) const {
  LocalCoupon coupon;
  coupon.issued = coupon_terms(row);
  if (sum_of_coupon(coupon.issued, row.integer(10)) != row.unsigned_integer(14)) return std::optional<KnownCoupon>{};
  const auto sale = at(row.unsigned_integer(9));
  coupon.issued.sale = sale.seq;
  if (sale.epoch != at(row.unsigned_integer(12)).epoch) coupon.issued.sale_epoch = sale.epoch;
  coupon.state = static_cast<wire::CouponState>(row.integer(10));
  const auto redeemed = at(row.unsigned_integer(11));
  coupon.redeemed_in = redeemed.seq;
  coupon.redeemed_epoch = redeemed.epoch;
  fold_use(coupon);
  return KnownCoupon{std::move(coupon), row.integer(13)};
}

ActionTransaction::KnownCoupon ActionTransaction::coupon_of(const UnsettledCoupon& unsettled) const {
  const auto* const epoch = journal_.epoch_at(unsettled.position);
  KnownCoupon known{{unsettled.issued, wire::CouponState::issued, {}, {}}, epoch == nullptr ? -1 : epoch->ordinal};
  const auto sale = at(unsettled.sale_position);
  known.coupon.issued.sale = sale.seq;
  known.coupon.issued.sale_epoch = epoch != nullptr && sale.epoch == epoch->epoch ? base::Epoch{} : sale.epoch;
  fold_use(known.coupon);
  return known;
}

void ActionTransaction::fold_use(LocalCoupon& coupon) const {
  const auto* const use = journal_.unsettled_.find_use(coupon.issued.coupon);
  if (use == nullptr) return;
  coupon.state = wire::CouponState::redeemed;
  const auto redeemed = at(use->sale_position);
  coupon.redeemed_in = redeemed.seq;
  coupon.redeemed_epoch = redeemed.epoch;
}

// A coupon of an earlier epoch is no longer this terminal's to honour: a new epoch surrenders every right, because the
// file may be a copy. That it was spent stays known.
bool ActionTransaction::is_ours(const KnownCoupon& known) const {
  return known.ordinal == live().ordinal || known.coupon.state != wire::CouponState::issued;
}

base::Result<std::optional<LocalCoupon>> ActionTransaction::find_coupon(base::CouponId coupon) {
  std::optional<KnownCoupon> known;
  if (const auto* const unsettled = journal_.unsettled_.find_coupon(coupon)) {
    known = coupon_of(*unsettled);
  } else {
    MILLPOND_TRY(auto query, db_.prepare(coupon_select() + "WHERE coupon = ?1"));
    MILLPOND_TRY_DO(query.bind(coupon));
    MILLPOND_TRY(const bool row, query.step());
    if (row) known = coupon_of(query);
  }
  if (!known || !is_ours(*known)) return std::optional<LocalCoupon>{};
  return std::optional{std::move(known->coupon)};
}

base::Result<std::optional<base::CouponId>> ActionTransaction::find_cause(const base::Hash& cause) {
  if (const auto* const unsettled = journal_.unsettled_.find_cause(cause))
    return std::optional{unsettled->issued.coupon};
  MILLPOND_TRY(const auto found, db_.query_integer("SELECT coupon FROM coupons WHERE cause = ?1", cause));
  if (!found) return std::optional<base::CouponId>{};
  return std::optional{base::CouponId{static_cast<std::uint64_t>(*found)}};
}

base::Result<std::vector<LocalCoupon>> ActionTransaction::coupons_of(base::MemberId member) {
  MILLPOND_TRY(auto query, db_.prepare(coupon_select() + "WHERE member = ?1"));
  MILLPOND_TRY_DO(query.bind(member));
  std::vector<LocalCoupon> coupons;
  const auto keep = [&](std::optional<KnownCoupon> known) {
    if (known && is_ours(*known)) coupons.push_back(std::move(known->coupon));
  };
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    keep(coupon_of(query));
  }
  for (const auto& unsettled : journal_.unsettled_.coupons) {
    if (unsettled.issued.member == member) keep(coupon_of(unsettled));
  }
  std::ranges::sort(coupons, {}, [](const auto& coupon) {
    return std::pair{coupon.issued.expires.days, coupon.issued.coupon.value};
  });
  return coupons;
}

}  // namespace millpond::store
