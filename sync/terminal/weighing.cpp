// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/weighing.h"

#include "sync/model/allocate.h"
#include "sync/model/rules.h"

namespace millpond::terminal {
namespace {

// The offer as it was when the coupon was made, as far as the coupon says so itself.
model::CouponOffer offer_of(const model::CouponOffer& now, const MemberCoupon& coupon) {
  auto offer = now;
  offer.threshold_minor = coupon.threshold_minor;
  offer.value_minor = coupon.value_minor;
  if (offer.type != model::CouponType::amount_off) offer.cap_minor = coupon.value_minor;
  return offer;
}

std::int64_t goods_of(const model::Basket& basket, const model::CouponScope& scope) {
  std::int64_t sum = 0;
  for (const auto& line : basket.lines) {
    if (model::in_scope(scope, line)) sum = model::add_held(sum, line.net_minor);
  }
  return sum;
}

// A discount of the delivery comes off the lines that are the delivery.
void spread_delivery(const model::SaleRecorded& sale, const model::CouponTaken& taken,
                     std::vector<std::int64_t>& by_line) {
  if (taken.delivery_minor == 0) return;
  std::vector<std::int64_t> weights;
  for (const auto& line : sale.lines) {
    weights.push_back(line.category == model::delivery_category ? std::max<std::int64_t>(line.net_minor, 0) : 0);
  }
  const auto parts = model::allocate(taken.delivery_minor, weights);
  for (std::size_t i = 0; i < parts.size(); ++i) by_line[i] += parts[i];
}

}  // namespace

std::vector<Weighed> weigh_coupons(const model::SaleRecorded& sale, std::span<const Shown* const> shown,
                                   const model::RuleBook* rules, const model::Shopper& shopper,
                                   const model::StoreMoment& now) {
  const auto basket = model::basket_of(sale);
  std::vector<Weighed> weighed(shown.size());
  std::vector<model::CouponOffer> offers;
  std::vector<std::size_t> places;
  offers.reserve(shown.size());  // what is held points into it
  std::vector<model::HeldCoupon> held;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i] == nullptr) continue;
    const auto& coupon = shown[i]->coupon;
    const auto* const offer = rules == nullptr ? nullptr : rules->find_offer(coupon.campaign);
    if (offer == nullptr) {
      weighed[i].discount_minor = coupon.value_minor;
      weighed[i].goods_minor = sale.eligible_minor;
      continue;
    }
    offers.push_back(offer_of(*offer, coupon));
    weighed[i].by_offer = true;
    weighed[i].goods_minor = std::min(goods_of(basket, offer->scope), sale.eligible_minor);
    held.push_back({coupon.coupon, &offers.back(), shown[i]->member, {coupon.not_before, coupon.expires}, {}});
    places.push_back(i);
  }
  const auto best = model::best_combination(basket, held, shopper, now);
  for (const auto& taken : best.taken) {
    auto& one = weighed[places[taken.coupon]];
    one.discount_minor = taken.discount_minor;
    one.by_line = taken.by_line;
    spread_delivery(sale, taken, one.by_line);
  }
  for (const auto& refused : best.refused) weighed[places[refused.coupon]].hurdle = refused;
  return weighed;
}

model::Shopper shopper_of(const Person& person, const model::Programme& programme, model::Strength strength,
                          const std::optional<VisitsHere>& here) {
  model::Shopper shopper;
  shopper.member = person.member;
  if (!person.member || !model::shown(strength, model::Surface::sale_slip).number) return shopper;
  if (!person.row) {
    if (here && here->enrolled) shopper.visits = here->pending;
    return shopper;
  }
  const auto& row = person.row->row;
  shopper.spend_minor = row.qualifying_minor;
  const auto standing = model::tier_standing(programme.tiers, *shopper.spend_minor);
  if (standing.tier) shopper.tier = *standing.tier;
  if (row.came_by != model::Channel{}) shopper.origin = row.came_by;
  if (!here || !row.visits) return shopper;  // a hub of before, or nobody who could say what came since
  if (!row.marks.rfm.empty()) shopper.rfm = row.marks.rfm;
  // A sale that the hub's word does not hold yet may have brought a tag.
  if (here->pending == 0) shopper.tags = row.marks.tags;
  shopper.visits = *row.visits + here->pending;
  if (here->pending == 0 && row.last_visit_day != 0) shopper.last_visit = base::LocalDate{row.last_visit_day};
  return shopper;
}

base::Result<model::CampaignUse> given_by(store::Transaction& transaction, const Person& person,
                                          model::Strength strength, const VisitsHere& here,
                                          const model::Campaign& campaign, base::LocalDate today) {
  model::CampaignUse use;
  if (!person.member || !model::shown(strength, model::Surface::sale_slip).number) return use;
  if (!person.row && !here.enrolled) return use;
  const auto told = person.row ? model::times_of(person.row->row.given, campaign.id) : model::CampaignTimes{};
  use.by_member = told.times;
  use.by_member_today = told.day == today ? told.times_that_day : 0;
  const auto since = person.row ? person.row->as_of_position : 0;
  const auto add = [&](base::MemberId number) -> base::Result<> {
    MILLPOND_TRY(const auto given, transaction.given_since(number, since, campaign.id, today));
    *use.by_member += given.times;
    *use.by_member_today += given.times_that_day;
    return {};
  };
  MILLPOND_TRY_DO(add(person.member));
  for (const auto number : person.others) MILLPOND_TRY_DO(add(number));
  return use;
}

base::Code code_of(model::Hurdle hurdle) {
  switch (hurdle) {
    case model::Hurdle::expired:
      return base::Code::code_expired;
    case model::Hurdle::other_member:
      return base::Code::coupon_other_member;
    case model::Hurdle::not_yet:
      return base::Code::code_not_yet_valid;
    case model::Hurdle::threshold:
      return base::Code::coupon_threshold;
    case model::Hurdle::store:
    case model::Hurdle::tier:
    case model::Hurdle::tag:
    case model::Hurdle::used_up:
    case model::Hurdle::weekday:
    case model::Hurdle::hours:
    case model::Hurdle::no_goods:
    case model::Hurdle::no_reward:
      break;
    case model::Hurdle::per_sale:
    case model::Hurdle::stack_group:
    case model::Hurdle::exclusive:
    case model::Hurdle::worth_less:
    case model::Hurdle::no_rest:
    case model::Hurdle::too_many:
      return base::Code::coupon_not_combined;
  }
  return base::Code::coupon_not_for_this;
}

}  // namespace millpond::terminal
