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
std::optional<LocalCoupon> ActionTransaction::coupon_of(const sqlite::Statement& row) const {
  LocalCoupon coupon;
  coupon.issued = coupon_terms(row);
  if (sum_of_coupon(coupon.issued, row.integer(10)) != row.unsigned_integer(14)) return std::optional<LocalCoupon>{};
  const auto sale = at(row.unsigned_integer(9));
  coupon.issued.sale = sale.seq;
  if (sale.epoch != at(row.unsigned_integer(12)).epoch) coupon.issued.sale_epoch = sale.epoch;
  coupon.state = static_cast<wire::CouponState>(row.integer(10));
  const auto redeemed = at(row.unsigned_integer(11));
  coupon.redeemed_in = redeemed.seq;
  coupon.redeemed_epoch = redeemed.epoch;
  fold_use(coupon);
  if (row.integer(13) == live().ordinal) fold_right(coupon, row.unsigned_integer(12));
  return std::optional{std::move(coupon)};
}

LocalCoupon ActionTransaction::coupon_of(const UnsettledCoupon& unsettled) const {
  const auto* const epoch = journal_.epoch_at(unsettled.position);
  LocalCoupon coupon{unsettled.issued, wire::CouponState::issued, {}, {}};
  const auto sale = at(unsettled.sale_position);
  coupon.issued.sale = sale.seq;
  coupon.issued.sale_epoch = epoch != nullptr && sale.epoch == epoch->epoch ? base::Epoch{} : sale.epoch;
  fold_use(coupon);
  if (epoch == &live()) fold_right(coupon, unsettled.position);
  return coupon;
}

void ActionTransaction::fold_use(LocalCoupon& coupon) const {
  const auto* const use = journal_.unsettled_.find_use(coupon.issued.coupon);
  if (use == nullptr) return;
  if (use->voided) {
    if (coupon.state == wire::CouponState::issued) coupon.state = wire::CouponState::voided;
    return;
  }
  coupon.state = wire::CouponState::redeemed;
  const auto redeemed = at(use->sale_position);
  coupon.redeemed_in = redeemed.seq;
  coupon.redeemed_epoch = redeemed.epoch;
}

// Of a coupon of the live epoch. The file may be a copy, so that rights never go from one epoch to the next.
void ActionTransaction::fold_right(LocalCoupon& coupon, std::uint64_t position) const {
  coupon.held = coupon.state == wire::CouponState::issued && position > journal_.released();
}

base::Result<std::optional<LocalCoupon>> ActionTransaction::find_coupon(base::CouponId coupon) {
  if (const auto* const unsettled = journal_.unsettled_.find_coupon(coupon))
    return std::optional{coupon_of(*unsettled)};
  MILLPOND_TRY(auto query, db_.prepare(coupon_select() + "WHERE coupon = ?1"));
  MILLPOND_TRY_DO(query.bind(coupon));
  MILLPOND_TRY(const bool row, query.step());
  return row ? coupon_of(query) : std::optional<LocalCoupon>{};
}

base::Result<bool> ActionTransaction::was_used(base::CouponId coupon) {
  const auto* const unsettled = journal_.unsettled_.find_use(coupon);
  if (unsettled != nullptr && !unsettled->voided) return true;
  MILLPOND_TRY(const auto used, db_.query_integer("SELECT 1 FROM coupon_uses WHERE coupon = ?1 UNION ALL "
                                                  "SELECT 1 FROM coupons WHERE coupon = ?1 AND state = ?2",
                                                  coupon, wire::CouponState::redeemed));
  return used.has_value();
}

base::Result<model::Outstanding> ActionTransaction::outstanding(base::MemberId member, base::LocalDate day) {
  model::Outstanding sum;
  const auto add = [&](const CouponUse& use, bool queued) {
    if (use.kind != model::UseKind::provisional) return;
    if (queued) {
      sum.minor += use.value_minor;
      sum.uses += 1;
    }
    if (member && use.member == member && use.day == day) sum.uses_of_member_today += 1;
  };
  for (const auto& row : journal_.unsettled_.uses) add(row.use, true);  // they are settled before they are acknowledged
  MILLPOND_TRY(auto query, db_.prepare("SELECT u.coupon, u.kind, u.member, u.day, u.value_minor, u.sum, EXISTS("
                                       "SELECT 1 FROM outbox o WHERE o.position = u.position) FROM coupon_uses u"));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return sum;
    const auto use = use_of_row(query);
    if (sum_of_use(use) != query.unsigned_integer(5)) { return model::Outstanding{INT64_MAX, UINT32_MAX, UINT32_MAX}; }
    add(use, query.integer(6) != 0);
  }
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
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    if (auto known = coupon_of(query)) coupons.push_back(std::move(*known));
  }
  for (const auto& unsettled : journal_.unsettled_.coupons) {
    if (unsettled.issued.member == member) coupons.push_back(coupon_of(unsettled));
  }
  std::ranges::sort(coupons, {}, [](const auto& coupon) {
    return std::pair{coupon.issued.expires.days, coupon.issued.coupon.value};
  });
  return coupons;
}

}  // namespace millpond::store
