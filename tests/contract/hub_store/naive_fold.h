// SPDX-License-Identifier: Apache-2.0
// NaiveFold: what a history of facts comes to, by the plainest code that can say it: maps, one fact at a time, nothing
// kept for later. Stage 2 of every engine is compared with it.
#pragma once

#include "sync/model/rules.h"
#include "sync/wire/canonical.h"
#include "tests/contract/hub_store/naive_coupons.h"
#include "tests/contract/hub_store/naive_leases.h"
#include "tests/contract/hub_store/naive_member.h"
#include "tests/contract/hub_store/naive_returns.h"

#include <map>
#include <set>

namespace millpond::tests {

class NaiveFold : public NaiveCoupons {
 public:
  using Member = NaiveMember;
  void apply(const Place& at, const wire::Row& row) {
    began_.try_emplace(lane_of(at), began_.size());
    const auto fact = wire::decode_fact(row.canonical);
    payload_ = row.payload;
    if (!fact) return tell(fact.error().code);
    const auto& stamp = fact->stamp;
    if (Place{stamp.terminal.value, stamp.epoch.value, stamp.seq.value} != at) return tell(base::Code::bad_input);
    booked_ = 0;
    told_now_.reset();
    std::visit([&](const auto& body) { on(at, body); }, fact->body);
    const bool counts = !told_now_ || *told_now_ == Code::member_unknown || *told_now_ == Code::points_short ||
                        *told_now_ == Code::points_cap;
    returns_.log(at, *fact, counts, booked_);
    for (const auto& key : returns_.brought_back()) {
      const auto before = told_now_;
      if (const auto told = settle(key); told == Code::points_overdrawn && !before) tell(*told);
    }
  }
  void remove(base::MemberId member) {
    for (const auto id : group_of(member.value)) {
      if (members[id].removed) continue;
      members[id].removed = true;
      members[id].version += 1;
      std::erase_if(phones, [&](const auto& entry) { return entry.second == id; });
    }
  }
  bool merge(std::uint64_t from, std::uint64_t into) {
    auto& alias = members[from];
    auto& target = members[into];
    const bool both = alias.enrolled && !alias.removed && target.enrolled && !target.removed;
    if (!both || alias.same_as != 0 || root_of(into) == from) return false;
    if (group_of(from).size() + group_of(into).size() > wire::member_aliases_max + 1) return false;
    alias.same_as = into;
    alias.version += 1;
    target.version += 1;
    return true;
  }
  bool unmerge(std::uint64_t from) {
    auto& alias = members[from];
    if (alias.same_as == 0 || alias.removed) return false;
    members[alias.same_as].version += 1;
    alias.version += 1;
    alias.same_as = 0;
    return true;
  }
  [[nodiscard]] std::uint64_t root_of(std::uint64_t id) const {
    for (auto at = members.find(id); at != members.end() && at->second.same_as != 0; at = members.find(id)) {
      id = at->second.same_as;
    }
    return id;
  }
  // Everybody who is the same person.
  [[nodiscard]] std::set<std::uint64_t> group_of(std::uint64_t id) const {
    std::set<std::uint64_t> group{root_of(id)};
    for (const auto& [other, member] : members) {
      if (root_of(other) == root_of(id)) group.insert(other);
    }
    return group;
  }

  std::map<std::uint64_t, Member> members;
  std::map<base::Bytes, std::uint64_t> phones;                                                  // by sealed box
  std::map<std::pair<std::uint64_t, model::ProfileField>, std::uint32_t> profiles;              // version
  std::map<std::pair<std::uint64_t, model::Purpose>, std::pair<std::uint32_t, bool>> consents;  // version, granted
  std::uint64_t sales{};
  std::uint64_t disputes{};
  std::set<base::Hash> causes_of_awards;
  std::map<std::uint64_t, std::int64_t> lines_of_coupons;  // what each took off its sales' lines
  std::int64_t points_lost{};
  NaiveLeases leases;

 private:
  using NaiveCoupons::on;
  void on(const Place& at, const model::EpochBegun& fact) {
    leases.begin_epoch({std::get<0>(at)}, {std::get<1>(at)});
    NaiveCoupons::on(at, fact);
  }
  void on(const Place& at, const model::PointsSpent& fact) {
    if (!fact.member || fact.points <= 0 || fact.points > model::points_per_sale_max) return tell(Code::bad_input);
    const auto covered = fact.points - leases.use({std::get<0>(at)}, fact.lease, fact.member, fact.points);
    if (repeated(at, fact.sale, fact.sale_epoch)) return tell(Code::sale_duplicate);
    std::int64_t sum = 0;
    for (const auto id : group_of(fact.member.value)) {
      if (const auto known = members.find(id); known != members.end()) sum += known->second.points;
    }
    const auto booked = std::clamp<std::int64_t>(sum, 0, covered);
    booked_ = booked;
    if (booked > 0) {
      members[fact.member.value].points -= booked;
      members[fact.member.value].version += 1;
    }
    points_lost += fact.points - booked;
    const auto known = members.find(fact.member.value);
    if (booked < covered) {
      tell(Code::points_short);
    } else if (covered < fact.points) {
      tell(Code::points_cap);
    } else if (known != members.end() && known->second.removed) {
      tell(Code::member_unknown);
    }
  }
  void on(const Place& at, const model::CampaignDrawn& fact) {
    if (const auto why = leases.draw({std::get<0>(at)}, fact)) tell(*why);
  }
  void on(const Place& at, const model::LeaseReturned& fact) {
    if (!leases.give_back({std::get<0>(at)}, fact.lease)) tell(Code::bad_input);
  }
  void on(const Place&, const model::SaleDisputed&) { disputes += 1; }
  void on(const Place&, const model::MemberEnrolled& fact) {
    if (!fact.member) return tell(Code::bad_input);
    auto& member = members[fact.member.value];
    if (member.removed) return tell(Code::member_unknown);
    if (member.enrolled) return tell(Code::id_clash);
    member.enrolled = true;
    member.came_by = fact.channel;
    member.version += 1;
    if (payload_.empty()) return;
    if (!phones.try_emplace(payload_, fact.member.value).second) tell(Code::member_exists);
  }
  void on(const Place& at, const model::SaleRecorded& fact) {
    if (!plausible(fact.total_minor) || !plausible(fact.eligible_minor)) return tell(Code::sale_malformed);
    if (fact.training) return;
    bool again = names_.contains(fact.key);
    for (const auto& tender : fact.tenders) again = again || payments_.contains(payment_of(fact, tender));
    names_.insert(fact.key);
    for (const auto& tender : fact.tenders) {
      if (is_of_one_payment(tender)) payments_.insert(payment_of(fact, tender));
    }
    sales += again ? 0 : 1;
    if (again) {
      repeats_.insert(at);
      return tell(Code::sale_duplicate);
    }
    returns_.sell(at, fact);
    if (!fact.member) return;
    members[fact.member.value].qualifying += model::earning_base(fact);
    members[fact.member.value].visits += 1;
    members[fact.member.value].version += 1;
  }
  void on(const Place& at, const model::PointsEarned& fact) {
    if (!fact.member || fact.points < 0 || fact.points > model::points_per_sale_max) return tell(Code::bad_input);
    if (repeated(at, fact.sale, fact.sale_epoch)) return tell(Code::sale_duplicate);
    auto& member = members[fact.member.value];
    member.points += fact.points;
    member.version += 1;
    if (member.removed) tell(Code::member_unknown);
  }
  void on(const Place& at, const model::CouponApplied& fact) {
    constexpr std::int64_t most = 100'000'000'000;
    std::int64_t sum = 0;
    std::int64_t before = -1;
    bool good = fact.coupon.value != 0 && !fact.lines.empty();
    for (const auto& each : fact.lines) {
      good = good && each.line > before && each.discount_minor > 0 && each.discount_minor <= most;
      if (good) sum += each.discount_minor;
      good = good && sum <= most;
      before = each.line;
    }
    if (!good) return tell(base::Code::bad_input);
    if (repeated(at, fact.sale, fact.sale_epoch)) return tell(base::Code::sale_duplicate);
    for (const auto& each : fact.lines) lines_of_coupons[fact.coupon.value] += each.discount_minor;
  }
  void on(const Place& at, const model::AwardGiven& fact) {
    using enum model::ActionKind;
    const bool of_points = fact.kind == points;
    if (!fact.member || !fact.campaign || is_no_award(fact)) return tell(Code::bad_input);
    if (of_points && (fact.number <= 0 || fact.number > model::points_per_sale_max)) return tell(Code::bad_input);
    if (repeated(at, fact.sale, fact.sale_epoch)) return tell(Code::sale_duplicate);
    if (!causes_of_awards.insert(fact.cause).second) return tell(Code::award_duplicate);
    if (fact.kind == tag && !fact.deferred) {
      auto& tagged = members[fact.member.value];
      if (!tagged.removed && model::apply_mark(tagged.marks, {model::MarkKind::tag, fact.word})) tagged.version += 1;
    }
    if (!of_points || fact.deferred) return;
    auto& member = members[fact.member.value];
    member.points += fact.number;
    member.version += 1;
    if (member.removed) tell(Code::member_unknown);
  }
  void on(const Place&, const model::SaleRefunded& fact) {
    if (!plausible(fact.total_minor)) return tell(Code::sale_malformed);
    if (fact.training) return;
    if (!returns_.refund(fact)) return tell(Code::sale_duplicate);
    if (const auto told = settle(fact.of)) tell(*told);
  }
  void on(const Place& at, const model::CouponVoided& fact) {
    if (!fact.coupon || !plausible(fact.value_minor)) return tell(Code::bad_input);
    if (is_of_another(fact.coupon.value, at)) return tell(Code::id_clash);
    void_coupon(fact.coupon.value);
  }
  // Books what has come back of a sale by now, less what was booked before.
  std::optional<Code> settle(const model::SaleKey& key) {
    const auto back = returns_.back_of(key, successors_);
    if (!back) return std::nullopt;
    const auto& [member, points, qualifying, too_much, voided, gone] = *back;
    for (const auto coupon : voided) void_coupon(coupon);
    const auto told = too_much ? std::optional{Code::refund_too_much} : std::nullopt;
    if (member == 0 || (points == 0 && qualifying == 0 && !gone)) return told;
    auto& whose = members[member];
    whose.points += points;
    whose.qualifying -= qualifying;
    whose.visits -= gone ? 1 : 0;
    whose.version += 1;
    std::int64_t sum = 0;
    for (const auto id : group_of(member)) sum += members[id].points;
    return points < 0 && sum < 0 ? std::optional{Code::points_overdrawn} : told;
  }
  void on(const Place&, const model::ProfileChanged& fact) {
    if (!fact.member) return tell(Code::bad_input);
    if (members[fact.member.value].removed) return tell(Code::member_unknown);
    auto& version = profiles[{fact.member.value, fact.field}];
    version += 1;
    if (version - 1 != fact.base_version) tell(Code::profile_clash);
  }
  void on(const Place&, const model::ConsentChanged& fact) {
    if (!fact.member) return tell(Code::bad_input);
    if (members[fact.member.value].removed) return tell(Code::member_unknown);
    auto& [version, granted] = consents.try_emplace({fact.member.value, fact.consent.purpose}, 0U, true).first->second;
    if (fact.consent.granted && !granted && version != fact.base_version) return tell(Code::consent_withdrawn);
    version += 1;
    granted = fact.consent.granted;
  }
  base::Bytes payload_;  // of the fact at hand
  std::set<model::SaleKey> names_;
  std::set<Payment> payments_;
  std::int64_t booked_{};  // of points that the fact at hand spent
  NaiveReturns returns_;
};

}  // namespace millpond::tests
