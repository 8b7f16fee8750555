// SPDX-License-Identifier: Apache-2.0
// Facts: what happened at a terminal, as values that never change once committed. Not requests, not state: a fact is
// true when it exists, and everything else (balances, coupon states, figures) is a fold over facts. Personal data is
// never in a fact; a fact holds at most a salted hash of a payload that is stored and erased beside it.
// Kinds and field numbers are persisted in the canonical bytes of `wire`: never renumber, never reuse.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/money.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

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
  points_reversed = 10,
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

enum class Channel : std::uint8_t { kiosk = 1, cashier = 2, gateway = 3 };
enum class Purpose : std::uint8_t { membership = 1, marketing = 2, profiling = 3, partners = 4 };

struct Consent {
  Purpose purpose{};
  bool granted{};
  base::Hash text_hash{};  // BLAKE2b-256 of the words that were shown
  std::string language;    // BCP 47: "zh-CN"
  friend bool operator==(const Consent&, const Consent&) = default;
};

struct MemberEnrolled {
  base::MemberId member;
  base::StoreId store;
  Channel channel{};
  std::vector<Consent> consents;
  base::Hash payload_hash{};  // BLAKE2b-256(salt || payload); zero without a payload
  friend bool operator==(const MemberEnrolled&, const MemberEnrolled&) = default;
};

// Unique at the hub. Tills restart their numbers daily, so the business date belongs to the key.
struct SaleKey {
  base::StoreId store;
  std::string till;
  base::LocalDate business_date;
  std::string transaction;
  friend auto operator<=>(const SaleKey&, const SaleKey&) = default;
};

struct SaleLine {
  std::string id;
  std::string sku;
  std::string quantity;  // decimal as the till wrote it: "1", "0.350"
  std::string category;
  std::int64_t net_minor{};
  std::int64_t discount_minor{};
  friend bool operator==(const SaleLine&, const SaleLine&) = default;
};

enum class TenderType : std::uint8_t {
  cash = 1,
  card = 2,
  wechat_pay = 3,
  alipay = 4,
  points = 5,
  coupon = 6,
  gift_card = 7,
  other = 8
};

struct Tender {
  TenderType type{};
  std::int64_t amount_minor{};
  // Of a payment provider, which the type names: the same payment told by another till, an import or the provider is
  // the same sale. Empty where the till does not say.
  std::string provider_transaction{};
  std::string merchant{};  // the account that was paid into, as the provider numbers it
  friend bool operator==(const Tender&, const Tender&) = default;
};

// The first bytes of the SHA-256 of what the till posted. It tells two sales of one key apart that differ by accident;
// whoever holds a till's key can post what they like anyway. The whole hash stays in the journal.
using BodyTag = std::array<std::uint8_t, 8>;
[[nodiscard]] inline BodyTag body_tag_of(const base::Hash& body_hash) {
  BodyTag tag;
  std::copy_n(body_hash.begin(), tag.size(), tag.begin());
  return tag;
}

struct SaleRecorded {
  SaleKey key;
  base::MemberId member;  // 0: nobody identified
  base::Currency currency;
  std::int64_t total_minor{};
  std::int64_t tax_minor{};
  std::int64_t eligible_minor{};  // what earns, after discounts
  std::vector<SaleLine> lines;
  std::vector<Tender> tenders;
  BodyTag body_tag{};  // the same key with another tag is a dispute
  bool training{};
  friend bool operator==(const SaleRecorded&, const SaleRecorded&) = default;
};

struct PointsEarned {
  base::MemberId member;
  base::Seq sale;  // of this terminal
  std::int64_t points{};
  std::int64_t base_minor{};
  base::Epoch sale_epoch{};  // 0: the epoch of this fact; another one only after a fork split an action
  friend bool operator==(const PointsEarned&, const PointsEarned&) = default;
};

struct CouponIssued {
  base::CouponId coupon;
  base::MemberId member;  // 0: bearer
  base::CampaignId campaign;
  base::StoreId store;
  std::int64_t value_minor{};
  std::int64_t threshold_minor{};
  base::LocalDate not_before;
  base::LocalDate expires;  // last day it is good
  base::Hash cause{};       // H(brand, payment, campaign, member, ordinal): one coupon per cause, wherever it is issued
  base::Seq sale;
  base::Epoch sale_epoch{};  // as in PointsEarned
  friend bool operator==(const CouponIssued&, const CouponIssued&) = default;
};

struct CouponRedeemed {  // CONFIRMED, because the right was held here
  base::CouponId coupon;
  base::MemberId member;
  base::CampaignId campaign;
  base::Seq sale;
  std::int64_t value_minor{};
  base::Epoch sale_epoch{};  // as in PointsEarned
  friend bool operator==(const CouponRedeemed&, const CouponRedeemed&) = default;
};

// A paid sale that used a coupon this terminal could not honour. The sale stands; the value is booked as loss.
struct CouponOverRedeemed {
  base::CouponId coupon;
  base::MemberId member;
  base::CampaignId campaign;
  base::Seq sale;
  std::int64_t value_minor{};
  std::string reason;        // base::code_name of why: "coupon_spent"
  base::Epoch sale_epoch{};  // as in PointsEarned
  friend bool operator==(const CouponOverRedeemed&, const CouponOverRedeemed&) = default;
};

enum class PrintOutcome : std::uint8_t { sent = 1, confirmed = 2, uncertain = 3, failed = 4 };

struct PrintFinished {
  base::Seq intent;  // the sale or enrolment whose slip it is
  PrintOutcome outcome{};
  friend bool operator==(const PrintFinished&, const PrintFinished&) = default;
};

// The same sale key arrived with another body. The first stands; this one waits for a person.
struct SaleDisputed {
  SaleKey key;
  base::Hash body_hash{};  // SHA-256 of what the till posted
  friend bool operator==(const SaleDisputed&, const SaleDisputed&) = default;
};

// Takes back what a sale had earned, wholly or in part. The only way in which a ledger goes down without a purchase:
// what was booked stays.
struct PointsReversed {
  base::MemberId member;
  base::Seq earned;  // a PointsEarned of this terminal
  std::int64_t points{};
  std::string reason;          // "refund"
  base::Epoch earned_epoch{};  // as in PointsEarned
  friend bool operator==(const PointsReversed&, const PointsReversed&) = default;
};

enum class ProfileField : std::uint8_t { name = 1, birthday = 2, language = 3, email = 4 };

// One field of a profile, changed by somebody who saw its version base_version (0: never set). The value is personal
// and travels sealed beside the fact.
struct ProfileChanged {
  base::MemberId member;
  ProfileField field{};
  std::uint32_t base_version{};
  base::Hash payload_hash{};  // BLAKE2b-256(salt || payload); zero: the field was emptied
  friend bool operator==(const ProfileChanged&, const ProfileChanged&) = default;
};

// One purpose, agreed to or withdrawn by a member who saw its version base_version (0: as at the enrolment).
struct ConsentChanged {
  base::MemberId member;
  std::uint32_t base_version{};
  Consent consent;
  friend bool operator==(const ConsentChanged&, const ConsentChanged&) = default;
};

// From here on this terminal no longer treats the coupons that it issued in this epoch before this fact as its own: the
// receiver holds their rights (rights.h). In the log, because only its order tells both sides the same.
struct RightsReleased {
  base::TerminalId receiver;  // 0: the hub
  friend bool operator==(const RightsReleased&, const RightsReleased&) = default;
};

// CONFIRMED by the hub while the till waited. The receipt is the hub's signature over brand, redemption, coupon and
// terminal, so that a hub restored from a backup believes its own word.
struct CouponConfirmed {
  base::CouponId coupon;
  base::MemberId member;
  base::CampaignId campaign;
  base::Seq sale;
  std::int64_t value_minor{};
  std::uint64_t redemption{};              // redemption_id() of rights.h
  std::array<std::uint8_t, 64> receipt{};  // context::redemption
  base::Epoch sale_epoch{};                // as in PointsEarned
  friend bool operator==(const CouponConfirmed&, const CouponConfirmed&) = default;
};

// PROVISIONAL: honoured without asking whoever holds the right, within what the hub allows (rights.h).
struct CouponProvisional {
  base::CouponId coupon;
  base::MemberId member;
  base::CampaignId campaign;
  base::Seq sale;
  std::int64_t value_minor{};
  std::uint64_t redemption{};
  std::uint32_t limits_version{};
  base::StaffId approved_by;  // 0: nobody had to
  base::Epoch sale_epoch{};   // as in PointsEarned
  friend bool operator==(const CouponProvisional&, const CouponProvisional&) = default;
};

// The hub said yes and the sale never came: the till gave up, or the hold ran out.
struct RedemptionCancelled {
  base::CouponId coupon;
  std::uint64_t redemption{};
  friend bool operator==(const RedemptionCancelled&, const RedemptionCancelled&) = default;
};

struct PointsSpent {
  base::MemberId member;
  base::Seq sale;
  std::int64_t points{};     // positive
  base::LeaseId lease;       // what allowed it offline; 0: the hub said yes
  base::Epoch sale_epoch{};  // as in PointsEarned
  friend bool operator==(const PointsSpent&, const PointsSpent&) = default;
};

// The terminal will not use a lease any more; what it used is in facts before this one.
struct LeaseReturned {
  base::LeaseId lease;
  std::int64_t used{};  // in the lease's unit
  friend bool operator==(const LeaseReturned&, const LeaseReturned&) = default;
};

// What needs a person who may do it. Persisted: never renumber.
enum class Act : std::uint8_t {
  manual_lookup = 1,      // a member by phone, without a code
  identity_approved = 2,  // a cashier says that this is the member
  late_provisional = 3,   // a coupon after a day without the hub
  pin_set = 4,
  pin_unlocked = 5,
  card_reprinted = 6,
  member_exported = 7,
  member_erased = 8,
  sale_corrected = 9,
};

struct ActApproved {
  Act act{};
  base::StaffId by;
  base::StaffId asked_by;   // 0: the same person
  base::MemberId member;    // 0: about no member
  std::uint64_t subject{};  // a coupon, a person, a sale's seq, as the act says
  std::string reason;
  friend bool operator==(const ActApproved&, const ActApproved&) = default;
};

enum class StaffCheck : std::uint8_t { passed = 1, missed = 2, locked = 3, left = 4 };

// A PIN was entered, or a person left. The count of misses is durable before the PIN is looked at.
struct StaffChecked {
  base::StaffId staff;
  StaffCheck outcome{};
  friend bool operator==(const StaffChecked&, const StaffChecked&) = default;
};

using FactBody = std::variant<EpochBegun, MemberEnrolled, SaleRecorded, PointsEarned, CouponIssued, CouponRedeemed,
                              CouponOverRedeemed, PrintFinished, SaleDisputed, PointsReversed, ProfileChanged,
                              ConsentChanged, RightsReleased, CouponConfirmed, CouponProvisional, RedemptionCancelled,
                              PointsSpent, LeaseReturned, ActApproved, StaffChecked>;

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
