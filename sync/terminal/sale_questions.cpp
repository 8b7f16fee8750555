// SPDX-License-Identifier: Apache-2.0
// What a sale would ask the hub before it is recorded.
#include "sync/model/spending.h"
#include "sync/terminal/kept_basket.h"
#include "sync/terminal/moment.h"
#include "sync/terminal/person.h"
#include "sync/terminal/sale_attempt.h"

namespace millpond::terminal {

base::Result<HubQuestions> Terminal::questions(const SaleRequest& request) {
  auto attempt = attempt_of(request);
  HubQuestions found;
  MILLPOND_TRY_DO(read([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(const auto stored, transaction.find_sale(request.sale.key));
    if (stored || request.sale.training) {
      found.coupons.resize(request.redemptions.size());
      return {};
    }
    MILLPOND_TRY(found, questions_in(transaction, attempt));
    return {};
  }));
  return found;
}

// Of a sale that is not recorded yet.
base::Result<HubQuestions> Terminal::questions_in(store::Transaction& transaction, Attempt& attempt) {
  const auto& request = attempt.request;
  HubQuestions found;
  const bool brings_coupons = !request.redemptions.empty() || !request.basket.empty();
  if (!brings_coupons && request.spend_points <= 0) return found;
  const auto named = named_in(transaction, attempt);
  if (brings_coupons) { MILLPOND_TRY(found.coupons, ask_for_coupons(transaction, attempt, named)); }
  if (named && request.spend_points > 0) { MILLPOND_TRY(found.points, ask_for_points(transaction, attempt, *named)); }
  return found;
}

// What was kept for this sale was asked about then. Only a right that was here, and was released meanwhile, is asked
// for now, under the same redemption.
base::Result<std::vector<std::optional<wire::RedeemAsk>>> Terminal::ask_for_coupons(
    store::Transaction& transaction, const Attempt& attempt, const base::Result<Named>& named) const {
  const auto& request = attempt.request;
  const auto member = named ? named->member : base::MemberId{};
  const bool weak = !named || model::too_weak(named->strength, model::Deed::spend_little);
  struct Asked {
    base::CouponId coupon;
    std::uint64_t redemption{};
    std::string text;  // of a code that the hub must check
  };
  std::vector<Asked> asked(attempt.coupons.size());
  std::set<base::CouponId> shown;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto& read = attempt.coupons[i].read;
    const auto code = read ? std::optional{*read} : attempt.coupons[i].unchecked;
    if (code && read) shown.insert(code->coupon);
    // Of a coupon that this sale cannot use the hub would book a use in vain.
    if (!code || (code->member && weak)) continue;
    asked[i].coupon = code->coupon;
    asked[i].redemption = model::redemption_id(identity_.brand, request.sale.key, code->coupon);
    if (!read) asked[i].text = request.redemptions[i];
  }
  MILLPOND_TRY(const auto baskets, kept_baskets(transaction));
  if (const auto mine = own_basket(baskets, request.sale.key.till, request.basket, shown)) {
    for (const auto& each : baskets[*mine].coupons) {
      for (auto& other : asked) other.coupon = other.coupon == each.code.coupon ? base::CouponId{} : other.coupon;
      const bool open = each.reply.word == model::HubWord::not_asked;
      asked.push_back({open ? each.code.coupon : base::CouponId{}, each.redemption, {}});
    }
  }
  std::vector<std::optional<wire::RedeemAsk>> asks(asked.size());
  const auto live = journal_.published()->live_epoch;
  for (std::size_t i = 0; i < asks.size(); ++i) {
    if (!asked[i].coupon) continue;
    MILLPOND_TRY(const bool used, transaction.was_used(asked[i].coupon));
    MILLPOND_TRY(const auto local, transaction.find_coupon(asked[i].coupon));
    if (used || (local && local->held)) continue;
    asks[i] = wire::RedeemAsk{asked[i].redemption,         asked[i].coupon,         member, live,
                              request.sale.eligible_minor, std::move(asked[i].text)};
  }
  return asks;
}

base::Result<std::optional<wire::PointsAsk>> Terminal::ask_for_points(store::Transaction& transaction,
                                                                      const Attempt& attempt,
                                                                      const Named& named) const {
  const auto& request = attempt.request;
  const std::optional<wire::PointsAsk> none;
  if (!named.member || model::too_weak(named.strength, model::Deed::spend_little)) return none;
  const bool by_phone = named.rotating && !request.member_code.empty();  // whether it is fresh the sale finds out
  const bool enough = !model::too_weak(named.strength, model::spending(request.spend_points));
  if (!enough && !by_phone && !request.vouched_by) return none;
  const auto* const rules = attempt.rules ? &attempt.rules->programme : nullptr;
  const Moment moment{time_.now(), rules};
  if (!moment.day_known || attempt.honouring.suspended) return none;
  MILLPOND_TRY(const auto person, find_person(named.member));
  MILLPOND_TRY(const auto balance, spendable_points(transaction, person, rules, moment.today));
  if (balance < request.spend_points) return none;
  MILLPOND_TRY(const auto leases, transaction.leases(person.member));
  for (const auto& held : leases) {
    if (held.lease.kind != model::LeaseKind::points) continue;
    const model::LeaseCase lease{held.lease, held.use, request.spend_points, held.live_epoch, false, moment.now_ms};
    if (model::usable(lease) >= request.spend_points) return none;
  }
  return std::optional{wire::PointsAsk{model::redemption_id(identity_.brand, request.sale.key, {}), person.member,
                                       journal_.published()->live_epoch, request.spend_points}};
}

}  // namespace millpond::terminal
