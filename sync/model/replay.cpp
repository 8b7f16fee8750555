// SPDX-License-Identifier: Apache-2.0
#include "sync/model/replay.h"

#include "sync/model/allocate.h"

#include <set>

namespace millpond::model {
namespace {

base::Bytes key_of(const PastEvent& event, const StoreMoment& moment) {
  const SaleKey sale{event.basket.store, "", moment.date, event.transaction};
  if (event.trigger == Trigger::sale_paid) return event_key(sale);
  return event_key(event.trigger, base::view_of(event.transaction));
}

}  // namespace

Replay::Brought Replay::worth_of(const Award& award) const {
  if (award.action.kind == ActionKind::points) return {0, award.action.number};
  if (award.action.kind != ActionKind::coupon) return {};
  return {book_.face_of({award.number}), 0};
}

void Replay::on(const PastEvent& event) {
  ++events_;
  if (event.heard_ms) ++late_;
  if (event.kind == PastKind::refund || event.kind == PastKind::voided) return came_back(event);
  if (event.kind == PastKind::happened) happened(event);
}

void Replay::came_back(const PastEvent& event) {
  const auto found = brought_.find(Place{event.basket.store, event.of});
  if (!event.whole || found == brought_.end()) return;
  for (const auto& [id, brought] : found->second) {
    auto& campaign = campaigns_[id];
    ++campaign.undone;
    campaign.undone_minor = add_held(campaign.undone_minor, brought.minor);
  }
  brought_.erase(found);  // told twice it still came back once
}

void Replay::happened(const PastEvent& event) {
  const bool sale = event.trigger == Trigger::sale_paid;
  if (sale) ++sales_;
  if (sale) eligible_minor_ = add_held(eligible_minor_, event.eligible_minor);
  const auto moment = store_moment(event.at_ms, offset_at(book_.programme(), event.at_ms));
  const auto key = key_of(event, moment);
  const auto member = event.shopper.member.value;
  const auto uses = [&](const Campaign& campaign) {
    const auto& so_far = campaigns_[campaign.id];
    const auto& used = used_[campaign.id];
    const auto count = [](const auto& map, const auto& of) {
      const auto found = map.find(of);
      return found == map.end() ? std::int64_t{0} : found->second;
    };
    CampaignUse use;
    use.by_member = count(used.by_member, member);
    use.by_member_today = count(used.by_member_day, std::pair{member, moment.date});
    use.left = campaign.caps.count - static_cast<std::int64_t>(so_far.gave);
    use.left_minor = campaign.caps.money_minor - so_far.face_minor;
    return use;
  };
  const Happening happening{event.trigger, event.word, event.number, key};
  const Circumstance circumstance{moment, &event.basket, event.eligible_minor, event.paid_with};
  const auto evaluation = book_.evaluate(brand_, happening, event.shopper, circumstance, uses);
  std::map<base::CampaignId, Brought> gave;
  for (const auto& award : evaluation.awards) {
    auto& campaign = campaigns_[award.campaign];
    const auto worth = worth_of(award);
    if (award.deferred) ++campaign.deferred;
    if (award.action.kind == ActionKind::coupon) ++campaign.coupons;
    campaign.points = add_held(campaign.points, worth.points);
    campaign.face_minor = add_held(campaign.face_minor, worth.minor);
    auto& brought = gave[award.campaign];
    brought.minor = add_held(brought.minor, worth.minor);
    brought.points = add_held(brought.points, worth.points);
  }
  for (const auto& [id, brought] : gave) {
    auto& campaign = campaigns_[id];
    ++campaign.looked_at;
    ++campaign.gave;
    auto& used = used_[id];
    if (used.by_member[member]++ == 0) ++campaign.members;
    ++used.by_member_day[{member, moment.date}];
  }
  for (const auto& refused : evaluation.not_given) {
    ++campaigns_[refused.campaign].looked_at;
    if (refused.why == Obstacle::held_out) ++campaigns_[refused.campaign].held_out;
  }
  if (sale && !gave.empty()) {
    brought_.insert_or_assign(Place{event.basket.store, event.transaction}, std::move(gave));
  }
  blindly(event, happening, circumstance);
}

// A terminal that was told nothing and can ask nobody: of the member it knows who it is, and no cap of a member can be
// kept. What the whole campaign may give was let to terminals beforehand, at the most all of it.
void Replay::blindly(const PastEvent& event, const Happening& happening, const Circumstance& circumstance) {
  Shopper stranger;
  stranger.member = event.shopper.member;
  const auto unknown = [&](const Campaign& campaign) {
    const auto& so_far = campaigns_[campaign.id];
    CampaignUse use;
    use.left = campaign.caps.count - static_cast<std::int64_t>(so_far.blind_gave);
    use.left_minor = campaign.caps.money_minor - so_far.blind_minor;
    return use;
  };
  std::set<base::CampaignId> gave;
  for (const auto& award : book_.evaluate(brand_, happening, stranger, circumstance, unknown).awards) {
    if (award.deferred) continue;
    auto& campaign = campaigns_[award.campaign];
    const auto worth = worth_of(award);
    campaign.blind_minor = add_held(campaign.blind_minor, worth.minor);
    campaign.blind_points = add_held(campaign.blind_points, worth.points);
    if (gave.insert(award.campaign).second) ++campaign.blind_gave;
  }
}

}  // namespace millpond::model
