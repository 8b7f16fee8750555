// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/offers.h"

#include <algorithm>

namespace millpond::flow {
namespace {

constexpr std::int64_t enough_minor = 1'000'000'000;

const model::CouponOffer* offer_of(const model::Programme& programme, const model::CampaignAction& action) {
  if (action.kind != model::ActionKind::coupon) return nullptr;
  const auto found = std::ranges::find_if(
      programme.coupons, [&](const model::CouponOffer& offer) { return offer.id.value == action.number; });
  return found == programme.coupons.end() ? nullptr : &*found;
}

bool runs(const model::Campaign& campaign, base::StoreId store, const model::StoreMoment& now) {
  if (campaign.stopped) return false;
  if (campaign.trigger != model::Trigger::sale_paid || now.date < campaign.starts || campaign.ends < now.date)
    return false;
  const auto& only = campaign.only_stores;
  if (!only.empty() && std::ranges::find(only, store.value) == only.end()) return false;
  // Goods that it must be, a tender or something about the member: then "spend and get" would not be true of everybody.
  model::Basket basket;
  basket.store = store;
  return campaign.when.evaluate({}, {.now = now, .basket = &basket, .paid_minor = enough_minor}) == model::Truth::yes;
}

}  // namespace

std::vector<Promised> promised(const model::Programme& programme, base::StoreId store, const model::StoreMoment& now) {
  std::vector<Promised> all;
  for (const auto& campaign : programme.campaigns) {
    if (!runs(campaign, store, now)) continue;
    for (const auto& action : campaign.actions) {
      if (const auto* const offer = offer_of(programme, action)) all.push_back({&campaign, offer});
    }
  }
  std::ranges::stable_sort(all, std::ranges::greater{}, [](const Promised& each) { return each.offer->value_minor; });
  if (all.size() > promised_max) all.resize(promised_max);
  return all;
}

}  // namespace millpond::flow
