// SPDX-License-Identifier: Apache-2.0
#include "sync/model/rule_book.h"

#include "sync/model/allocate.h"

#include <algorithm>

namespace millpond::model {
namespace {

constexpr std::uint32_t no_store = 0xffff'ffff;         // no shop has this number
constexpr std::uint32_t ordinals_of_a_kind = 1U << 24;  // causes of other kinds than coupons begin here

bool fits(const Campaign& campaign, const Happening& happened) {
  if (!campaign.trigger_word.empty() && campaign.trigger_word != happened.word) return false;
  if (campaign.trigger == Trigger::tier_entered) return happened.number == campaign.trigger_number;
  return happened.number >= campaign.trigger_number;
}

}  // namespace

base::Bytes event_key(Trigger trigger, base::ByteView which) {
  base::Bytes key;
  base::append_big_endian(key, no_store, 4);
  base::append_big_endian(key, static_cast<std::uint8_t>(trigger), 1);
  base::append_big_endian(key, which.size(), 4);
  base::append(key, which);
  return key;
}

RuleBook::RuleBook(const Programme& programme) : programme_{programme} {
  const auto& campaigns = programme.campaigns;
  for (std::uint32_t at = 0; at < campaigns.size(); ++at) {
    const auto& campaign = campaigns[at];
    campaigns_.emplace(campaign.id, at);
    if (campaign.stopped) continue;
    auto& of = index_.at(static_cast<std::size_t>(campaign.trigger) - 1);
    if (campaign.only_stores.empty()) of.anywhere.push_back(at);
    for (const auto store : campaign.only_stores) of.by_store[store].push_back(at);
  }
  const auto by_amount = [&](std::uint32_t a, std::uint32_t b) {
    return std::pair{campaigns[a].least_paid_minor, a} < std::pair{campaigns[b].least_paid_minor, b};
  };
  for (auto& of : index_) {
    std::sort(of.anywhere.begin(), of.anywhere.end(), by_amount);
    for (auto& [store, places] : of.by_store) std::sort(places.begin(), places.end(), by_amount);
  }
  for (std::uint32_t at = 0; at < programme.coupons.size(); ++at) offers_.emplace(programme.coupons[at].id, at);
}

const Campaign* RuleBook::find_campaign(base::CampaignId id) const {
  const auto found = campaigns_.find(id);
  return found == campaigns_.end() ? nullptr : &programme_.campaigns[found->second];
}

const CouponOffer* RuleBook::find_offer(base::CampaignId id) const {
  const auto found = offers_.find(id);
  return found == offers_.end() ? nullptr : &programme_.coupons[found->second];
}

const BenefitPack* RuleBook::find_pack(std::uint32_t id) const {
  const auto found = std::find_if(programme_.packs.begin(), programme_.packs.end(),
                                  [id](const BenefitPack& pack) { return pack.id == id; });
  return found == programme_.packs.end() ? nullptr : &*found;
}

// One evaluation as it goes.
struct RuleBook::Turn {
  const base::BrandId& brand;
  const Happening& happened;
  const Shopper& shopper;
  const Circumstance& circumstance;
  const CampaignUses& uses;
  Evaluation& result;
  std::map<std::string_view, base::CampaignId> groups{};                     // which have had their one
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> given{};  // by number and kind

  void refuse(const Campaign& campaign, Obstacle why, std::int64_t missing_minor = 0,
              base::CampaignId other = {}) const {
    result.not_given.push_back({campaign.id, why, missing_minor, other});
  }
};

void RuleBook::collect(const Places& places, std::int64_t paid_minor, bool explain, Places& found) const {
  for (const auto at : places) {
    if (!explain && programme_.campaigns[at].least_paid_minor > paid_minor) break;
    found.push_back(at);
  }
}

RuleBook::Places RuleBook::candidates(const Happening& happened, const Circumstance& circumstance, bool explain) const {
  const auto& of = index_.at(static_cast<std::size_t>(happened.trigger) - 1);
  Places found;
  collect(of.anywhere, circumstance.paid_minor, explain, found);
  if (const auto here = of.by_store.find(circumstance.where().value); here != of.by_store.end()) {
    collect(here->second, circumstance.paid_minor, explain, found);
  }
  std::erase_if(found, [&](std::uint32_t at) {
    const auto& campaign = programme_.campaigns[at];
    const auto today = circumstance.now.date;
    return today < campaign.starts || campaign.ends < today || !fits(campaign, happened);
  });
  std::sort(found.begin(), found.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto& left = programme_.campaigns[a];
    const auto& right = programme_.campaigns[b];
    return std::pair{-left.priority, left.id} < std::pair{-right.priority, right.id};
  });
  return found;
}

Evaluation RuleBook::evaluate(const base::BrandId& brand, const Happening& happened, const Shopper& shopper,
                              const Circumstance& circumstance, const CampaignUses& uses, bool explain) const {
  Evaluation result;
  if (!shopper.member) return result;
  Turn turn{brand, happened, shopper, circumstance, uses, result};
  for (const auto at : candidates(happened, circumstance, explain)) {
    ++result.looked_at;
    consider(programme_.campaigns[at], turn);
  }
  return result;
}

std::int64_t RuleBook::face_of(base::CampaignId offer) const {
  const auto* const found = find_offer(offer);
  return found == nullptr ? 0 : multiply_held(found->value_minor, found->times_max);
}

std::int64_t RuleBook::most_face_of(const Campaign& campaign) const {
  auto most = face_value(campaign.actions);
  if (!campaign.experiment) return most;
  for (const auto& variant : campaign.experiment->variants) most = std::max(most, face_value(variant.actions));
  return most;
}

std::int64_t RuleBook::face_value(const std::vector<CampaignAction>& actions) const {
  std::int64_t sum = 0;
  const auto count = [&](base::CampaignId offer, std::int64_t times) {
    sum = add_held(sum, multiply_held(face_of(offer), times));
  };
  for (const auto& action : actions) {
    if (action.kind == ActionKind::coupon) count({static_cast<std::uint32_t>(action.number)}, action.count);
    const auto* const pack =
        action.kind == ActionKind::pack ? find_pack(static_cast<std::uint32_t>(action.number)) : nullptr;
    if (pack == nullptr) continue;
    for (const auto& each : pack->coupons) count(each.offer, each.count);
  }
  return sum;
}

// Conditions first, then the group, then who is held out, then caps: a held-out member must not be told by a cap that
// others got something, and a group's turn is only taken by what gives.
void RuleBook::consider(const Campaign& campaign, Turn& turn) const {
  auto truth = campaign.when.evaluate(turn.shopper, turn.circumstance);
  // Its own days were compared with a clock that nobody vouches for.
  if (!turn.circumstance.time_known) truth = both(truth, Truth::unknown);
  if (truth == Truth::no) {
    const auto short_of = campaign.least_paid_minor - turn.circumstance.paid_minor;
    return turn.refuse(campaign, Obstacle::condition, short_of > 0 ? short_of : 0);
  }
  if (!campaign.group.empty()) {
    const auto had = turn.groups.find(campaign.group);
    if (had != turn.groups.end()) return turn.refuse(campaign, Obstacle::group, 0, had->second);
  }
  const auto variant = variant_of(turn.brand, campaign, turn.shopper.member);
  if (!variant) return turn.refuse(campaign, Obstacle::held_out);
  const auto& actions = campaign.experiment ? campaign.experiment->variants[*variant].actions : campaign.actions;
  const auto& caps = campaign.caps;
  bool let = true;  // a share of what the whole campaign may give
  if (caps != CampaignCaps{}) {
    const auto use = turn.uses ? turn.uses(campaign) : CampaignUse{};
    const auto within = [&truth](const auto& known, auto allows) {
      if (!known) truth = both(truth, Truth::unknown);
      return !known || allows(*known);
    };
    if (caps.per_member > 0 && !within(use.by_member, [&](auto used) { return used < caps.per_member; })) {
      return turn.refuse(campaign, Obstacle::member_cap);
    }
    if (caps.per_member_day > 0 &&
        !within(use.by_member_today, [&](auto used) { return used < caps.per_member_day; })) {
      return turn.refuse(campaign, Obstacle::member_day_cap);
    }
    if (caps.count > 0 && !within(use.left, [](auto left) { return left > 0; })) {
      return turn.refuse(campaign, Obstacle::used_up);
    }
    if (caps.money_minor > 0 && !within(use.left_minor, [&](auto left) { return left >= face_value(actions); })) {
      return turn.refuse(campaign, Obstacle::used_up);
    }
    let = (caps.count == 0 || use.left) && (caps.money_minor == 0 || use.left_minor);
  }
  // Whoever decides without asking does so about people. What is limited for everybody is never given twice.
  const bool decides = campaign.offline == OfflinePolicy::decide && let;
  if (truth == Truth::unknown && !decides && campaign.offline != OfflinePolicy::defer) {
    return turn.refuse(campaign, Obstacle::unknown);
  }
  if (!campaign.group.empty()) turn.groups.emplace(campaign.group, campaign.id);
  give(campaign, actions, truth == Truth::unknown && campaign.offline == OfflinePolicy::defer, *variant, turn);
}

void RuleBook::give(const Campaign& campaign, const std::vector<CampaignAction>& actions, bool deferred,
                    std::size_t variant, Turn& turn) const {
  const auto least_paid_minor = campaign.when.least_paid_minor(turn.shopper, turn.circumstance);
  const auto award = [&](CampaignAction action) {
    action.count = 1;
    const bool coupon = action.kind == ActionKind::coupon;
    const auto number = coupon ? static_cast<std::uint32_t>(action.number) : campaign.id.value;
    const auto first = coupon ? 0 : static_cast<std::uint32_t>(action.kind) * ordinals_of_a_kind;
    const auto ordinal = first + turn.given[{number, first}]++;
    const auto cause = cause_of(turn.brand, turn.happened.key, number, turn.shopper.member, ordinal);
    turn.result.awards.push_back(
        {campaign.id, variant, std::move(action), number, ordinal, cause, deferred, least_paid_minor});
  };
  for (const auto& action : actions) {
    const auto* const pack =
        action.kind == ActionKind::pack ? find_pack(static_cast<std::uint32_t>(action.number)) : nullptr;
    if (pack != nullptr) {
      for (const auto& each : pack->coupons) {
        for (std::int64_t i = 0; i < each.count; ++i) award({ActionKind::coupon, each.offer.value, 1, {}});
      }
      continue;
    }
    for (std::int64_t i = 0; i < action.count; ++i) award(action);
  }
}

}  // namespace millpond::model
