// SPDX-License-Identifier: Apache-2.0
// Facts: what happened at a terminal, as values that never change once committed. Not requests, not state: a fact is
// true when it exists, and everything else (balances, coupon states, figures) is a fold over facts. Personal data is
// never in a fact; a fact holds at most a salted hash of a payload that is stored and erased beside it.
// Kinds and field numbers are persisted in the canonical bytes of `wire`: never renumber, never reuse.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/model/award_facts.h"
#include "sync/model/coupon_facts.h"
#include "sync/model/member_facts.h"
#include "sync/model/sale_facts.h"
#include "sync/model/staff_facts.h"

#include <cstdint>
#include <string_view>
#include <variant>

namespace millpond::model {

enum class FactKind : std::uint16_t {
  epoch_begun = 1,
  member_enrolled = 2,
  sale_recorded = 3,
  points_earned = 4,
  coupon_issued = 5,
  coupon_redeemed = 6,
  coupon_over_redeemed = 7,
  print_finished = 8,
  sale_disputed = 9,
  sale_refunded = 10,
  profile_changed = 11,
  consent_changed = 12,
  rights_released = 13,
  coupon_confirmed = 14,
  coupon_provisional = 15,
  redemption_cancelled = 16,
  points_spent = 17,
  lease_returned = 18,
  act_approved = 19,
  staff_checked = 20,
  award_given = 21,
  coupon_applied = 22,
  coupon_voided = 23,
  coupon_returned = 24,
  campaign_drawn = 25,
};

// Where and when, common to every fact. (terminal, epoch, seq) is its key.
struct Stamp {
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq seq;
  std::int64_t occurred_at_ms{};  // this machine's wall clock; labels, never orders
  std::int32_t utc_offset_min{};  // of the store, from the programme; folds use date and offset, not a zone database
  base::LocalDate local_date;     // at the store
  std::uint32_t programme_version{};  // the rules it was rated with; 0 when there were none
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

enum class EpochReason : std::uint8_t {
  first_start = 1,
  machine_changed = 2,
  disk_changed = 3,
  journal_lost = 4,
  fork = 5,
  damaged = 6,     // stored facts changed on the disk; what is whole goes on in the new epoch
  ring_short = 7,  // a restored hub lacks facts that are no longer kept here
};

struct EpochBegun {
  EpochReason reason{};
  base::Epoch previous;
  base::Seq previous_head;
  friend bool operator==(const EpochBegun&, const EpochBegun&) = default;
};

enum class PrintOutcome : std::uint8_t { sent = 1, confirmed = 2, uncertain = 3, failed = 4 };

struct PrintFinished {
  base::Seq intent;  // the sale or enrolment whose slip it is
  PrintOutcome outcome{};
  friend bool operator==(const PrintFinished&, const PrintFinished&) = default;
};

using FactBody =
    std::variant<EpochBegun, MemberEnrolled, SaleRecorded, PointsEarned, CouponIssued, CouponRedeemed,
                 CouponOverRedeemed, PrintFinished, SaleDisputed, SaleRefunded, ProfileChanged, ConsentChanged,
                 RightsReleased, CouponConfirmed, CouponProvisional, RedemptionCancelled, PointsSpent, LeaseReturned,
                 ActApproved, StaffChecked, AwardGiven, CouponApplied, CouponVoided, CouponReturned, CampaignDrawn>;

struct Fact {
  Stamp stamp;
  FactBody body;
  friend bool operator==(const Fact&, const Fact&) = default;
};

[[nodiscard]] FactKind kind_of(const FactBody& body);
// "sale_recorded": for listings and logs.
[[nodiscard]] std::string_view kind_name(FactKind kind);
// The member a fact belongs to; 0 when to nobody.
[[nodiscard]] base::MemberId member_of(const FactBody& body);

}  // namespace millpond::model
