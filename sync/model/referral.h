// SPDX-License-Identifier: Apache-2.0
// Referral (老带新): who brought whom, and when that is rewarded. One level only: a referral has a referrer, and a
// referrer has nobody above. BOUND -> QUALIFIED (the first paid sale at or above a minimum) -> held for the return
// window -> REWARDED or VOIDED. A fold that sorts by (occurred, key), so that the order of delivery does not matter.
// Not the reward itself: whoever grants looks the cause up first. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"
#include "sync/model/ledger_events.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace millpond::model {

struct ReferralRules {
  std::uint32_t version{};
  std::int64_t minimum_minor{};              // inclusive, of one paid sale, net
  std::int32_t hold_days{};                  // the return window: rewarded when that many days after the sale are over
  std::int32_t rewards_a_month_max{};        // of a member who refers
  std::int32_t staff_rewards_a_month_max{};  // of an employee who refers
  base::CampaignId referrer_pack;            // 0: none; an employee's reward is a figure of staff goals instead
  base::CampaignId referee_pack;             // 0: none
  friend bool operator==(const ReferralRules&, const ReferralRules&) = default;
};

// {version, minimum_minor, hold_days, rewards_a_month_max, staff_rewards_a_month_max, referrer_pack (0), referee_pack
// (0)}; what stands in parentheses is meant when the member is missing. Error: programme_invalid with "POINTER: what is
// wrong". There is no way to write a second level.
[[nodiscard]] base::Result<ReferralRules> parse_referral_rules(base::ByteView json);

// --- binding

// A member or an employee; the other one is 0. own_member: the employee's own membership, 0 when there is none.
struct Referrer {
  base::MemberId member;
  base::StaffId staff;
  base::MemberId own_member;
  friend auto operator<=>(const Referrer&, const Referrer&) = default;
  [[nodiscard]] base::MemberId person() const { return member ? member : own_member; }
};

// Opaque hashes of what may be shared; which hash is the caller's affair, as long as equal things have equal ones.
struct IdentityMarks {
  std::vector<base::Hash> phones;
  std::vector<base::Hash> devices;
  std::vector<base::Hash> payers;
};

// Why a person has to look at it. Bits; persisted: never renumber.
using ReviewReasons = std::uint8_t;
inline constexpr ReviewReasons review_self = 1;
inline constexpr ReviewReasons review_existing_member = 2;
inline constexpr ReviewReasons review_shared_phone = 4;
inline constexpr ReviewReasons review_shared_device = 8;
inline constexpr ReviewReasons review_shared_payer = 16;

struct BindCase {
  Referrer referrer;
  base::MemberId referee;
  bool referee_was_member{};  // had enrolled before the invitation was opened
  bool referee_has_bought{};
  IdentityMarks referrer_marks;
  IdentityMarks referee_marks;
};

enum class BindRefusal : std::uint8_t { none, nobody, bound_already, bought_before, circular };

struct BindDecision {
  BindRefusal refusal{};
  ReviewReasons reasons{};  // bound all the same; no reward before a person has approved
  friend bool operator==(const BindDecision&, const BindDecision&) = default;
};

// referred_by: every referee that is known, with the member who referred; employees are not in it. O(length of the
// chain above the referrer * log). A terminal without a line knows few of them: the hub decides again, and its word
// counts.
[[nodiscard]] BindDecision decide_bind(const BindCase& of, const std::map<base::MemberId, base::MemberId>& referred_by);

// --- what happened to one referee's referral; all facts of this are missing but those named

struct ReferralBound {  // referral_bound; a second one of the same referee counts for nothing
  Referrer referrer;
  ReviewReasons reasons{};
  friend auto operator<=>(const ReferralBound&, const ReferralBound&) = default;
};
struct RefereeBought {  // SaleRecorded of the referee
  EventKey sale;
  std::int64_t net_minor{};
  base::LocalDate date;
  friend auto operator<=>(const RefereeBought&, const RefereeBought&) = default;
};
struct RefereeRefunded {  // sale_refunded; refunds of a sale add up
  EventKey sale;
  std::int64_t net_minor{};
  friend auto operator<=>(const RefereeRefunded&, const RefereeRefunded&) = default;
};
struct ReferralReviewed {  // referral_reviewed
  bool approved{};
  base::LocalDate date;
  friend auto operator<=>(const ReferralReviewed&, const ReferralReviewed&) = default;
};
struct ReferralMerged {  // member_merged of referrer and referee; merged false: member_unmerged
  bool merged{};
  friend auto operator<=>(const ReferralMerged&, const ReferralMerged&) = default;
};
struct ReferralSettled {  // referral_rewarded, referral_capped: what settle_referrals() decided
  bool rewarded{};
  friend auto operator<=>(const ReferralSettled&, const ReferralSettled&) = default;
};

struct ReferralStep {
  std::int64_t occurred_ms{};  // corrected
  EventKey key;
  std::variant<ReferralBound, RefereeBought, RefereeRefunded, ReferralReviewed, ReferralMerged, ReferralSettled> body;
  friend auto operator<=>(const ReferralStep&, const ReferralStep&) = default;
};

// --- where it stands

enum class ReferralState : std::uint8_t { unbound, bound, qualified, rewarded, voided };

enum class VoidReason : std::uint8_t { none, bought_before, same_person, refunded, declined, monthly_cap };

struct Referral {
  base::MemberId referee;
  ReferralState state{};
  VoidReason void_reason{};
  Referrer referrer;
  ReviewReasons reasons{};  // still waiting for a person; 0: nothing stands against it
  EventKey sale;            // that qualified
  std::int64_t qualified_ms{};
  base::LocalDate due_on;  // qualified: the first day of the reward, unless a review is open
  bool take_back{};        // rewarded and voided since: a person decides about an adjustment
  friend bool operator==(const Referral&, const Referral&) = default;
};

[[nodiscard]] Referral fold_referral(const ReferralRules& rules, base::MemberId referee,
                                     std::vector<ReferralStep> events);

// --- rewards

struct ReferralReward {
  base::MemberId referee;
  bool rewarded{};              // false: above the month's cap, and void
  base::Hash referrer_cause{};  // one a referee, ever
  base::Hash referee_cause{};
  friend bool operator==(const ReferralReward&, const ReferralReward&) = default;
};

// What is due today of one referrer's referrals, each of which the caller records as ReferralSettled. The cap counts
// the rewards of the calendar month in which they fell due; those given count first, then whoever qualified first.
[[nodiscard]] std::vector<ReferralReward> settle_referrals(const ReferralRules& rules, const base::BrandId& brand,
                                                           std::span<const Referral> of_one_referrer,
                                                           base::LocalDate today);

}  // namespace millpond::model
