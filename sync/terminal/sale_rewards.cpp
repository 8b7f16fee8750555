// SPDX-License-Identifier: Apache-2.0
// What campaigns give for a sale, and the shares of their limits that it comes out of.
#include "sync/terminal/issuing.h"
#include "sync/terminal/sale_action.h"

#include <utility>

namespace millpond::terminal {

// What campaigns give for a paid sale. A member whose number was only typed gets coupons for whoever holds them,
// because a code names its owner, and whoever typed a number must not read whose that is.
base::Result<> SaleAction::reward(store::Transaction& transaction) {
  const auto& sale = setup_.sale;
  if (setup_.rules == nullptr || sale.currency != programme()->currency) return {};
  const auto basket = model::basket_of(sale);
  std::vector<model::TenderType> paid_with;
  for (const auto& tender : sale.tenders) paid_with.push_back(tender.type);
  const auto key = model::event_key(sale.key);
  const model::Circumstance circumstance{model::store_moment(setup_.moment.now_ms, setup_.moment.utc_offset_min),
                                         &basket,
                                         sale.eligible_minor,
                                         paid_with,
                                         {},
                                         setup_.moment.day_known};
  VisitsHere here;
  MILLPOND_TRY(here.pending, pending_visits(transaction, person()));
  if (sale.member) here.pending -= 1;  // this one
  MILLPOND_TRY(here.enrolled, transaction.has_member(person().member));
  base::Result<> counted;
  const model::CampaignUses uses = [&](const model::Campaign& campaign) {
    auto use = use_of(transaction, campaign, here);
    if (use) return *use;
    counted = std::move(use).error();
    return model::CampaignUse{};
  };
  const auto evaluation =
      setup_.rules->evaluate(setup_.identity.brand, {model::Trigger::sale_paid, {}, 0, key},
                             shopper_of(person(), *programme(), setup_.strength, here), circumstance, uses);
  MILLPOND_TRY_DO(counted);
  for (const auto& refused : evaluation.not_given) {
    if (refused.why == model::Obstacle::used_up) outcome_.used_up.push_back(refused.campaign);
  }
  // What a typed number is promised would tell whose it is.
  const bool tells = model::shown(setup_.strength, model::Surface::sale_slip).number;
  for (const auto& award : evaluation.awards) {
    const bool told = !outcome_.promised.empty() && outcome_.promised.back() == award.campaign;
    if (award.deferred && tells && !told) outcome_.promised.push_back(award.campaign);
  }
  // Awards of one campaign stand together.
  for (auto award = evaluation.awards.begin(); award != evaluation.awards.end();) {
    const auto campaign = award->campaign;
    Gave gave;
    for (; award != evaluation.awards.end() && award->campaign == campaign; ++award) {
      MILLPOND_TRY(const auto one, give(transaction, *award));
      gave.any = gave.any || one.any;
      gave.minor += one.minor;
    }
    if (gave.any) MILLPOND_TRY_DO(draw(transaction, campaign, gave));
  }
  return {};
}

// Of this terminal's share of a limit; nothing where it was let none for the life that it lives.
base::Result<std::optional<std::int64_t>> SaleAction::left_of(store::Transaction& transaction, model::LeaseKind kind,
                                                              base::CampaignId campaign) {
  MILLPOND_TRY(const auto held, transaction.lease_of(kind, campaign.value, setup_.sale.member));
  if (!held || held->lease.epoch != held->live_epoch) return std::optional<std::int64_t>{};
  const auto now_ms = setup_.moment.day_known ? std::optional{setup_.heard_ms} : std::nullopt;
  return std::optional{
      model::usable({held->lease, held->use, INT64_MAX, held->live_epoch, setup_.honouring.suspended, now_ms})};
}

// What the member had of it, and what this terminal may still give of it to anybody.
base::Result<model::CampaignUse> SaleAction::use_of(store::Transaction& transaction, const model::Campaign& campaign,
                                                    const VisitsHere& here) {
  MILLPOND_TRY(auto use, given_by(transaction, person(), setup_.strength, here, campaign, setup_.moment.today));
  if (campaign.caps.count > 0) {
    MILLPOND_TRY(use.left, left_of(transaction, model::LeaseKind::campaign_count, campaign.id));
  }
  if (campaign.caps.money_minor > 0) {
    MILLPOND_TRY(use.left_minor, left_of(transaction, model::LeaseKind::campaign_budget, campaign.id));
  }
  return use;
}

// What was given is taken from the shares that it came out of.
base::Result<> SaleAction::draw(store::Transaction& transaction, base::CampaignId campaign, const Gave& gave) {
  const auto* const rules = setup_.rules->find_campaign(campaign);
  if (rules == nullptr) return {};
  const auto take = [&](model::LeaseKind kind, std::int64_t cap, std::int64_t amount) -> base::Result<> {
    if (cap <= 0 || amount <= 0) return {};
    MILLPOND_TRY(const auto held, transaction.lease_of(kind, campaign.value, setup_.sale.member));
    if (!held) return {};
    MILLPOND_TRY_DO(
        append(transaction,
               model::CampaignDrawn{setup_.sale.member, campaign, kind, held->lease.id, amount, outcome_.seq, {}}));
    return {};
  };
  MILLPOND_TRY_DO(take(model::LeaseKind::campaign_count, rules->caps.count, 1));
  return take(model::LeaseKind::campaign_budget, rules->caps.money_minor, gave.minor);
}

base::Result<SaleAction::Gave> SaleAction::give(store::Transaction& transaction, const model::Award& award) {
  const auto& action = award.action;
  if (action.kind == model::ActionKind::coupon && !award.deferred) return issue(transaction, award);
  MILLPOND_TRY_DO(append(transaction, model::AwardGiven{setup_.sale.member,
                                                        award.campaign,
                                                        action.kind,
                                                        action.number,
                                                        action.word,
                                                        award.cause,
                                                        static_cast<std::uint32_t>(award.variant),
                                                        award.deferred,
                                                        outcome_.seq,
                                                        {},
                                                        award.least_paid_minor}));
  if (action.kind == model::ActionKind::points && !award.deferred) outcome_.points_given += action.number;
  return Gave{!award.deferred, 0};
}

base::Result<SaleAction::Gave> SaleAction::issue(store::Transaction& transaction, const model::Award& award) {
  const auto& identity = setup_.identity;
  const auto* const offer = setup_.rules->find_offer({award.number});
  if (offer == nullptr) return Gave{};
  outcome_.coupon_refused = why_not_issue(identity, setup_.moment);
  if (outcome_.coupon_refused) return Gave{};
  const bool named = model::shown(setup_.strength, model::Surface::sale_slip).number;
  if (!named && setup_.told_late) return Gave{};  // nobody is there to hold it
  const auto member = named ? setup_.sale.member : base::MemberId{};
  const auto cause =
      named ? award.cause
            : model::cause_of(identity.brand, model::event_key(setup_.sale.key), award.number, member, award.ordinal);
  MILLPOND_TRY(const auto earlier, transaction.find_cause(cause));
  if (earlier) return Gave{};
  MILLPOND_TRY(const auto id, transaction.next_id());
  const auto days = model::good_days(offer->days, setup_.moment.today);
  if (days.last < days.first) return Gave{};  // its own days are over
  const model::CouponIssued coupon{base::CouponId{id},
                                   member,
                                   offer->id,
                                   identity.certificate.store,
                                   offer->value_minor,
                                   offer->threshold_minor,
                                   days.first,
                                   days.last,
                                   cause,
                                   outcome_.seq,
                                   {},
                                   award.campaign,
                                   static_cast<std::uint32_t>(award.variant),
                                   award.least_paid_minor};
  MILLPOND_TRY_DO(append(transaction, coupon));
  outcome_.issued.push_back(issued_coupon(identity, coupon, offer->confirmed_only));
  return Gave{true, setup_.rules->face_of(offer->id)};
}

}  // namespace millpond::terminal
