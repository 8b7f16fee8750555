// SPDX-License-Identifier: Apache-2.0
#include "sync/model/referral.h"

#include "sync/crypto/hash.h"
#include "sync/model/calendar.h"
#include "sync/model/document.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 16U << 10;
constexpr std::int64_t id_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t hold_days_max = 90;
constexpr std::int64_t rewards_max = 100'000;

enum class Side : std::uint8_t { referrer = 1, referee = 2 };  // persisted in causes

// BLAKE2b-256 over brand, referee and side: a referee is bound once, so this is one reward for each side. Persisted in
// facts: never change.
base::Hash reward_cause(const base::BrandId& brand, base::MemberId referee, Side side) {
  base::Bytes cause;
  base::append(cause, base::view_of("MILLPOND-REFERRAL1"));
  base::append(cause, brand.bytes);
  base::append_big_endian(cause, referee.value, 8);
  base::append_big_endian(cause, static_cast<std::uint64_t>(side), 1);
  return crypto::blake2b(cause);
}

bool share(const std::vector<base::Hash>& a, const std::vector<base::Hash>& b) {
  return std::ranges::any_of(a, [&](const auto& mark) { return std::ranges::find(b, mark) != b.end(); });
}

// Whether the referee stands above the referrer. Circles that are there already end the walk.
bool is_above(base::MemberId referee, base::MemberId referrer,
              const std::map<base::MemberId, base::MemberId>& referred_by) {
  std::set<base::MemberId> seen;
  for (auto above = referred_by.find(referrer); above != referred_by.end(); above = referred_by.find(above->second)) {
    if (above->second == referee) return true;
    if (!seen.insert(above->second).second) return false;
  }
  return false;
}

ReviewReasons review_reasons(const BindCase& of) {
  ReviewReasons reasons = 0;
  const auto add = [&](bool holds, ReviewReasons reason) {
    if (holds) reasons = static_cast<ReviewReasons>(reasons | reason);
  };
  add(of.referrer.person() == of.referee, review_self);
  add(of.referee_was_member, review_existing_member);
  add(share(of.referrer_marks.phones, of.referee_marks.phones), review_shared_phone);
  add(share(of.referrer_marks.devices, of.referee_marks.devices), review_shared_device);
  add(share(of.referrer_marks.payers, of.referee_marks.payers), review_shared_payer);
  return reasons;
}

class Fold {
 public:
  Fold(const ReferralRules& rules, base::MemberId referee) : rules_{rules} { referral_.referee = referee; }

  void apply(const ReferralStep& event) {
    now_ms_ = event.occurred_ms;
    std::visit(*this, event.body);
  }

  void operator()(const ReferralBound& bound) {
    if (referral_.state != ReferralState::unbound) return;
    referral_.state = ReferralState::bound;
    referral_.referrer = bound.referrer;
    referral_.reasons = bound.reasons;
    if (bought_) end(VoidReason::bought_before);
    if (declined_) end(VoidReason::declined);
  }

  void operator()(const RefereeBought& bought) {
    bought_ = true;
    if (referral_.state != ReferralState::bound || bought.net_minor < std::max<std::int64_t>(rules_.minimum_minor, 0))
      return;
    referral_.state = ReferralState::qualified;
    referral_.sale = bought.sale;
    referral_.qualified_ms = now_ms_;
    referral_.due_on = add_days(bought.date, std::int64_t{rules_.hold_days} + 1);
    net_minor_ = bought.net_minor;
    check_refunds();
  }

  void operator()(const RefereeRefunded& refund) {
    auto& sum = refunded_minor_[refund.sale];
    const auto more = std::max<std::int64_t>(refund.net_minor, 0);
    if (__builtin_add_overflow(sum, more, &sum)) sum = std::numeric_limits<std::int64_t>::max();
    check_refunds();
  }

  void operator()(const ReferralReviewed& reviewed) {
    if (reviewed.approved) {
      approved_on_ = std::max(approved_on_.value_or(reviewed.date), reviewed.date);
    } else {
      declined_ = true;
      end(VoidReason::declined);
    }
  }

  void operator()(const ReferralMerged& merge) { same_person_ = merge.merged; }

  void operator()(const ReferralSettled& settled) {
    if (!settled.rewarded) return end(VoidReason::monthly_cap);
    rewarded_ = true;
    if (referral_.state == ReferralState::qualified) referral_.state = ReferralState::rewarded;
  }

  Referral finish() && {
    if (approved_on_ && referral_.reasons != 0) {
      referral_.reasons = 0;
      referral_.due_on = std::max(referral_.due_on, *approved_on_);
    }
    if (rewarded_ && referral_.state == ReferralState::qualified) referral_.state = ReferralState::rewarded;
    void_one_person();
    referral_.take_back = rewarded_ && referral_.state == ReferralState::voided;
    return std::move(referral_);
  }

 private:
  // What was rewarded stays so: the return window is over, and other reasons are a person's to weigh.
  void end(VoidReason reason) {
    if (referral_.state != ReferralState::bound && referral_.state != ReferralState::qualified) return;
    referral_.state = ReferralState::voided;
    referral_.void_reason = reason;
  }

  // A merge counts whenever it comes, and as long as it is not undone. Who invites himself waits for a person like
  // others under review, but no approval makes two people of one.
  void void_one_person() {
    const bool in_force = referral_.state == ReferralState::bound || referral_.state == ReferralState::qualified ||
                          referral_.state == ReferralState::rewarded;
    const bool self = referral_.referrer.person() == referral_.referee && referral_.state != ReferralState::bound;
    if (!in_force || !(same_person_ || self)) return;
    referral_.state = ReferralState::voided;
    referral_.void_reason = VoidReason::same_person;
  }

  void check_refunds() {
    if (referral_.state != ReferralState::qualified) return;
    const auto refunded = refunded_minor_.find(referral_.sale);
    if (refunded == refunded_minor_.end() || refunded->second == 0) return;
    if (net_minor_ - refunded->second < rules_.minimum_minor) end(VoidReason::refunded);
  }

  const ReferralRules& rules_;
  Referral referral_;
  std::map<EventKey, std::int64_t> refunded_minor_;
  std::int64_t net_minor_{};
  std::int64_t now_ms_{};
  std::optional<base::LocalDate> approved_on_;
  bool bought_{};
  bool declined_{};
  bool same_person_{};
  bool rewarded_{};
};

}  // namespace

base::Result<ReferralRules> parse_referral_rules(base::ByteView json) {
  Document file{json, document_bytes_max, "read referral rules"};
  auto document = file.root();
  const auto count = [&](const char* key, std::int64_t most) {
    return static_cast<std::int32_t>(document.integer(key, 0, most));
  };
  ReferralRules rules;
  rules.version = static_cast<std::uint32_t>(document.integer("version", 1, id_max));
  rules.minimum_minor = document.integer("minimum_minor", 0, amount_minor_max);
  rules.hold_days = count("hold_days", hold_days_max);
  rules.rewards_a_month_max = count("rewards_a_month_max", rewards_max);
  rules.staff_rewards_a_month_max = count("staff_rewards_a_month_max", rewards_max);
  rules.referrer_pack.value = static_cast<std::uint32_t>(document.integer_or("referrer_pack", 0, 1, id_max));
  rules.referee_pack.value = static_cast<std::uint32_t>(document.integer_or("referee_pack", 0, 1, id_max));
  document.finish();
  if (const auto problem = file.problem()) return *problem;
  return rules;
}

BindDecision decide_bind(const BindCase& of, const std::map<base::MemberId, base::MemberId>& referred_by) {
  if (!of.referee || (!of.referrer.member && !of.referrer.staff)) return {BindRefusal::nobody, 0};
  if (referred_by.contains(of.referee)) return {BindRefusal::bound_already, 0};
  if (of.referee_has_bought) return {BindRefusal::bought_before, 0};
  if (of.referrer.member && is_above(of.referee, of.referrer.member, referred_by)) return {BindRefusal::circular, 0};
  return {BindRefusal::none, review_reasons(of)};
}

Referral fold_referral(const ReferralRules& rules, base::MemberId referee, std::vector<ReferralStep> events) {
  std::ranges::sort(events);
  Fold fold{rules, referee};
  std::set<EventKey> seen;
  for (const auto& event : events) {
    if (seen.insert(event.key).second) fold.apply(event);
  }
  return std::move(fold).finish();
}

std::vector<ReferralReward> settle_referrals(const ReferralRules& rules, const base::BrandId& brand,
                                             std::span<const Referral> of_one_referrer, base::LocalDate today) {
  std::vector<const Referral*> due;
  std::map<base::LocalDate, std::int64_t> given;  // by the first of the month
  for (const auto& referral : of_one_referrer) {
    const bool open = referral.state == ReferralState::qualified && referral.reasons == 0 && referral.due_on <= today;
    if (open) due.push_back(&referral);
    const bool counted = referral.state == ReferralState::rewarded || referral.take_back;
    if (counted) ++given[first_of_month(referral.due_on)];
  }
  std::ranges::sort(due, {}, [](const Referral* referral) {
    return std::tuple{referral->qualified_ms, referral->sale, referral->referee};
  });
  std::vector<ReferralReward> rewards;
  for (const auto* referral : due) {
    const auto most = referral->referrer.member ? rules.rewards_a_month_max : rules.staff_rewards_a_month_max;
    auto& count = given[first_of_month(referral->due_on)];
    const bool rewarded = count < most;
    if (rewarded) ++count;
    rewards.push_back({referral->referee, rewarded, reward_cause(brand, referral->referee, Side::referrer),
                       reward_cause(brand, referral->referee, Side::referee)});
  }
  return rewards;
}

}  // namespace millpond::model
