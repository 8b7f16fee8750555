// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/person.h"
#include "sync/terminal/sale_action.h"
#include "sync/terminal/verified_code.h"

namespace millpond::terminal {

base::Result<SaleOutcome> Terminal::sale(const SaleRequest& request, const SaleAction::Compose& compose) {
  const auto rules = programme();
  auto recorded = request.sale;
  recorded.body_tag = model::body_tag_of(request.body_hash);
  std::optional<base::Code> member_problem;
  if (!recorded.member && !request.member_code.empty()) {
    // A code that was shown and is not usable is not replaced by whoever stands at the screen: it may be someone else.
    const auto named = read_member(request.member_code, {identity_, journal_, replica_});
    if (named)
      recorded.member = *named;
    else
      member_problem = named.error().code;
  } else if (!recorded.member) {
    recorded.member = request.session_member;
  }
  if (recorded.member) recorded.member = person_number(replica_, recorded.member);
  std::vector<PresentedCoupon> coupons;
  for (std::size_t i = 0; i < request.redemptions.size(); ++i) {
    coupons.push_back({i, read_coupon_code(request.redemptions[i], {identity_, journal_, replica_})});
  }
  Honouring honouring;
  if (!coupons.empty()) { MILLPOND_TRY(honouring, read_honouring(journal_, time_)); }
  honouring.replies = request.hub_replies;
  honouring.approved_by = request.approved_by;
  SaleAction action{{identity_, rules.get(), replica_, Moment{time_.now(), rules.get()}, std::move(recorded),
                     request.body_hash, member_problem, std::move(coupons), std::move(honouring), request.slip_locale,
                     compose}};
  auto committed = journal_.commit([&](store::Transaction& transaction) { return action.run(transaction); });
  MILLPOND_TRY_DO(
      settle(std::move(committed), [&](store::Transaction& transaction) { return action.is_recorded(transaction); }));
  return action.outcome();
}

base::Result<std::vector<std::optional<wire::RedeemAsk>>> Terminal::questions(const SaleRequest& request) {
  std::vector<std::optional<wire::RedeemAsk>> asks(request.redemptions.size());
  if (asks.empty() || request.sale.training) return asks;
  auto member = request.sale.member;
  if (!member && !request.member_code.empty()) {
    const auto named = read_member(request.member_code, {identity_, journal_, replica_});
    if (named) member = *named;
  } else if (!member) {
    member = request.session_member;
  }
  std::vector<base::CouponId> coupons(asks.size());
  for (std::size_t i = 0; i < asks.size(); ++i) {
    const auto code = read_coupon_code(request.redemptions[i], {identity_, journal_, replica_});
    if (code) coupons[i] = code->coupon;
  }
  base::Epoch live;
  base::Result<> looked;
  MILLPOND_TRY_DO(journal_.with([&](store::Journal& journal) {
    const auto outbox = journal.outbox();
    if (outbox) live = outbox->live_epoch;
    looked = journal.read([&](store::Transaction& transaction) -> base::Result<> {
      MILLPOND_TRY(const auto recorded, transaction.find_sale(request.sale.key));
      for (std::size_t i = 0; i < asks.size() && !recorded; ++i) {
        if (!coupons[i]) continue;
        MILLPOND_TRY(const bool used, transaction.was_used(coupons[i]));
        MILLPOND_TRY(const auto local, transaction.find_coupon(coupons[i]));
        if (used || (local && local->held)) continue;
        asks[i] = wire::RedeemAsk{model::redemption_id(identity_.brand, request.sale.key, coupons[i]), coupons[i],
                                  member, live, request.sale.eligible_minor};
      }
      return {};
    });
  }));
  MILLPOND_TRY_DO(looked);
  return asks;
}

base::Result<std::optional<store::StoredSale>> Terminal::find_sale(const model::SaleKey& key) {
  std::optional<store::StoredSale> found;
  MILLPOND_TRY_DO(read([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(found, transaction.find_sale(key));
    return {};
  }));
  return found;
}

}  // namespace millpond::terminal
