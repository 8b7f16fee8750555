// SPDX-License-Identifier: Apache-2.0
// Effects: what one fact does to members, sales, coupons and losses. Runs inside the projector's transaction; private
// to this room. Members are folded in memory and written once by flush(), because a turn names few of them often;
// everything else is written at once. A fact is judged before anything of it is written, so that it needs no savepoint
// of its own: an error is trouble of the database. Amounts are bounded, so that no sum leaves 64 bits.
#pragma once

#include "sync/hub/core/campaign_book.h"
#include "sync/hub/core/effects_values.h"
#include "sync/hub/core/feed_rows.h"
#include "sync/hub/core/folded_member.h"
#include "sync/hub/core/hub_values.h"
#include "sync/hub/core/lot_book.h"
#include "sync/hub/core/profile_book.h"
#include "sync/hub/core/raw_facts.h"

#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace millpond::hub {

class Effects {
 public:
  Effects(sqlite::Connection& database, FeedRows& feed, Counters& counters);
  void believe_receipts(ReceiptChecker check) { check_receipt_ = std::move(check); }
  // Whose lots points come in, and whose campaigns are counted by member; neither happens without it.
  void find_programmes_with(KnownProgrammes::Find find) { programmes_.find_with(std::move(find)); }

  // Applies a fact that was understood.
  [[nodiscard]] base::Result<Applied> apply(Lane lane, const WaitingFact& waiting);
  // Books points that the hub gives for a sale which its terminal told without a programme.
  [[nodiscard]] base::Result<Applied> rate(const FactPlace& sale, const WaitingFact& waiting);
  // Books what the hub decided of a promise, or of what happened, and gives for it; no fact: nothing is given.
  [[nodiscard]] base::Result<Applied> decide(const DecisionEntry& entry, const WaitingFact* given);
  // What is known of a person of before a time, for whoever decides; `occasion`: the sale that it is about.
  [[nodiscard]] base::Result<PersonBefore> person_before(base::MemberId id, std::int64_t at_ms,
                                                         const FactPlace& occasion);
  // How many points of a member expiry would take, of lots that ended by a time; and books that it did.
  [[nodiscard]] base::Result<std::int64_t> points_due(base::MemberId member, std::int64_t until_ms);
  [[nodiscard]] base::Result<Applied> expire_points(base::MemberId member, std::int64_t until_ms);
  [[nodiscard]] base::Result<Applied> adjust_points(const LotMoment& moment, std::int64_t points);
  [[nodiscard]] ProfileBook& profiles() { return profiles_; }
  // Removes a member with all its aliases: tombstones, no payload, no identity; the ledger keeps their facts.
  [[nodiscard]] base::Result<> remove_member(base::MemberId member, std::int64_t now_ms);
  // From now on `from`, with those that are its aliases, is the member that `into` is; each keeps its own ledger.
  // False, and nothing is changed, when they are one already, `from` is another one's alias, one of them is not
  // enrolled, or they would be more than a row can name.
  [[nodiscard]] base::Result<bool> merge(base::MemberId from, base::MemberId into);
  // Undoes the merge that made `from` an alias; its own aliases go with it. False when there was none.
  [[nodiscard]] base::Result<bool> unmerge(base::MemberId from);
  // What the chain says of a member from now on; nothing for who was removed.
  [[nodiscard]] base::Result<> mark(base::MemberId id, const model::MemberMark& mark, base::LocalDate day);
  // The member that an alias, or an alias of an alias, is; of any other number that number.
  [[nodiscard]] base::Result<base::MemberId> root_of(base::MemberId id);
  // Answers a terminal that asks whether it may honour a coupon, and books a yes.
  [[nodiscard]] base::Result<RedeemAnswer> redeem(const RedeemQuestion& question);
  // Books a yes that the hub's log tells; nothing when it is booked already, or was cancelled.
  [[nodiscard]] base::Result<> book_confirmation(const Confirmation& told);
  // What a lane used from a fact on is its holders' again, of lane 0 one coupon of a yes; what it gave is void.
  [[nodiscard]] base::Result<> undo_uses(Lane lane, std::uint64_t from);
  [[nodiscard]] base::Result<> undo_gifts(Lane lane, std::uint64_t from);
  // The rights of a lane are the hub's through a fact of it.
  [[nodiscard]] base::Result<> break_rights(Lane lane, base::Seq through);
  // A pool with every share that something is left of, to cut from.
  [[nodiscard]] base::Result<model::LeasePool> whole_pool(model::LeaseKind kind, std::uint64_t subject,
                                                          std::int64_t cap);
  // Books a lease that was cut, and tells its terminal.
  [[nodiscard]] base::Result<> keep_cut(const Cut& cut, std::int64_t cut_ms);
  // Points of a person that may be spent now and that nobody has asked for (HubStore::lease_points).
  [[nodiscard]] base::Result<std::int64_t> free_points(base::MemberId member, std::int64_t now_ms);
  [[nodiscard]] base::Result<> give_up_lease(base::LeaseId lease);
  // Books whose a payer is, as the hub's log tells; nothing when it is somebody's already, or the member is none.
  [[nodiscard]] base::Result<> know_payer(base::ByteView payer, base::MemberId member, base::Seq of_log);
  // Facts whose use counted before and was displaced by a better one since the last call: their senders should hear.
  [[nodiscard]] std::vector<FactPlace> take_displaced() { return std::exchange(displaced_, {}); }
  // Flags since the last call, oldest first.
  [[nodiscard]] std::vector<Flag> take_flags() { return std::exchange(flags_, {}); }
  // Writes members that changed and their downlink rows; only the last state travels.
  [[nodiscard]] base::Result<> flush();
  // Forgets what was folded and not written, after the database has undone the rest.
  void forget();

 private:
  using Member = FoldedMember;
  struct Place {  // where the fact is
    Lane lane{};
    const model::Stamp& stamp;
    const WaitingFact& waiting;
  };
  using Coupon = KnownCoupon;

  base::Result<Applied> on(const Place& at, const model::MemberEnrolled& fact);
  base::Result<Applied> on(const Place& at, const model::SaleRecorded& fact);
  base::Result<Applied> on(const Place& at, const model::PointsEarned& fact);
  base::Result<Applied> earn(const Place& at, const FactPlace& sale, const model::PointsEarned& fact);
  [[nodiscard]] static LotMoment lot_moment(const Place& at, base::MemberId member);
  base::Result<FactPlace> sale_place(const Place& at, base::Seq sale, base::Epoch sale_epoch);
  base::Result<> give_lot(const Place& at, const FactPlace& sale, base::MemberId member, std::int64_t points,
                          model::LotSource source);
  base::Result<wire::MemberRow> row_of(base::MemberId id, const Member& state);
  base::Result<> take_unrated(const Place& at, const model::PointsEarned& fact);
  base::Result<Applied> on(const Place& at, const model::CouponIssued& fact);
  base::Result<Applied> issue(const Place& at, const model::CouponIssued& fact, bool again, const FactPlace& occasion);
  base::Result<Applied> on(const Place& at, const model::CouponRedeemed& fact);
  base::Result<Applied> on(const Place& at, const model::CouponOverRedeemed& fact);
  base::Result<Applied> on(const Place& at, const model::SaleDisputed& fact);
  base::Result<Applied> on(const Place& at, const model::EpochBegun& fact);
  base::Result<Applied> on(const Place& at, const model::PrintFinished& fact);
  base::Result<Applied> on(const Place& at, const model::SaleRefunded& fact);
  base::Result<Applied> on(const Place& at, const model::ProfileChanged& fact);
  base::Result<Applied> on(const Place& at, const model::ConsentChanged& fact);
  base::Result<Applied> on(const Place& at, const model::RightsReleased& fact);
  base::Result<Applied> on(const Place& at, const model::CouponConfirmed& fact);
  base::Result<Applied> on(const Place& at, const model::CouponProvisional& fact);
  base::Result<Applied> on(const Place& at, const model::RedemptionCancelled& fact);
  base::Result<Applied> on(const Place& at, const model::PointsSpent& fact);
  base::Result<Applied> on(const Place& at, const model::LeaseReturned& fact);
  base::Result<Applied> on(const Place& at, const model::AwardGiven& fact);
  base::Result<bool> keep_award(const Place& at, const model::AwardGiven& fact);
  base::Result<Applied> give(const Place& at, const model::AwardGiven& fact, const FactPlace& sale,
                             const FactPlace& occasion);
  base::Result<Applied> on(const Place& at, const model::CampaignDrawn& fact);
  base::Result<Applied> on(const Place& at, const model::CouponApplied& fact);
  base::Result<Applied> on(const Place& at, const model::CouponVoided& fact);
  base::Result<Applied> on(const Place& at, const model::CouponReturned& fact);
  base::Result<Applied> on(const Place& at, const model::ActApproved& fact);
  base::Result<Applied> on(const Place& at, const model::StaffChecked& fact);

  base::Result<Member*> member(base::MemberId id);
  // A root and everybody who is the same, ascending but for the root, which comes first.
  base::Result<std::vector<base::MemberId>> group_of(base::MemberId root);
  base::Result<> regroup(const std::vector<base::MemberId>& group);
  base::Result<> remove_one(base::MemberId id, std::int64_t now_ms);
  base::Result<> publish_group(base::MemberId root);
  base::Result<Applied> keep_identity(const Place& at, const model::MemberEnrolled& fact);
  base::Result<std::optional<Judged>> claim_phone(const Place& at, base::MemberId member, const OpenedPhone& phone);
  base::Result<> find_by_phone(const Place& at, base::MemberId found, const OpenedPhone& phone);
  // effects_ledger.cpp: where a sale's payments were told before; and they are known from now on.
  base::Result<PaidBefore> paid_before(const Place& at, const model::SaleRecorded& fact);
  base::Result<> know_payments(Lane from, const model::SaleRecorded& fact, const SaleTeller& teller);
  // By its key. One that the hub booked gives way to a terminal's.
  base::Result<std::optional<SaleTeller>> told_before(const Place& at, const model::SaleRecorded& fact);
  base::Result<> give_way(const Place& at, base::Seq of_hub, const model::SaleRecorded& fact);
  // Where another fact of this terminal is; nothing when its epoch is not known here.
  base::Result<std::optional<Lane>> lane_of(const Place& at, base::Epoch epoch);
  // effects_refunds.cpp
  base::Result<> watch_lost(const Place& at, const model::EpochBegun& fact);
  base::Result<> follow(const Place& at, const model::EpochBegun& fact);
  base::Result<> load_open();
  struct TakenBack {
    bool overdrawn{};
    std::int64_t excess_minor{};
  };
  base::Result<TakenBack> take_back(const Place& at, const FactPlace& sale);
  base::Result<model::RefundSum> refunds_of(const model::SaleKey& sale);
  base::Result<bool> settle_open(const Place& at);
  base::Result<> claim(const Place& at, const model::SaleRecorded& fact);
  base::Result<> void_coupon(base::CouponId id);
  base::Result<> free_coupon(base::CouponId id, std::uint64_t redemption);
  base::Result<> keep_coupon(base::CouponId id, const Coupon& coupon, std::int64_t value_minor);
  base::Result<Applied> give_up_yes(const Place& at, const model::RedemptionCancelled& fact, const StandingUse& before);
  base::Result<bool> was_cancelled(std::uint64_t redemption, base::TerminalId terminal);
  base::Result<> confirm(const Coupon& known, const Confirmation& told, const std::optional<StandingUse>& before);
  base::Result<std::int64_t> person_points(base::MemberId id);
  base::Result<bool> same_person(base::MemberId one, base::MemberId other);
  base::Result<std::optional<Judged>> find_judgement(const Place& at);
  base::Result<> judge(const Place& at, const Judged& judged);
  base::Result<> keep_consents(const Place& at, const model::MemberEnrolled& fact);
  base::Result<> hear_age(const Place& at, Member& state, const std::vector<model::Consent>& consents);
  base::Result<> tell_profile(base::MemberId id);
  base::Result<> forget_conclusions(base::MemberId id, Member& state);
  base::Result<> link_proved(base::MemberId id, base::LocalDate day);
  base::Result<> see(const Place& at, base::MemberId id, base::StoreId store, Member& state);
  base::Result<bool> duplicate_sale(const Place& at, base::Seq sale, base::Epoch sale_epoch);
  base::Result<> count_given(const Place& at, base::MemberId member, base::CampaignId campaign, const FactPlace& sale);
  base::Result<> note(const Place& at, Happened happened, base::ByteView which);
  base::Result<bool> starts_any(std::uint32_t version, model::Trigger trigger);
  base::Result<> note_visit(const Place& at, const model::SaleRecorded& fact, const Member& state, std::int64_t earned);
  base::Result<> note_tier(const Place& at, const model::SaleRecorded& fact, std::int64_t earned);
  base::Result<bool> same_cause(const model::CouponIssued& fact);
  base::Result<Coupon> coupon(base::CouponId id);
  base::Result<Applied> book(const Place& at, const Used& used);
  base::Result<> book_loss(const FactPlace& at, const Used& used, std::string_view reason);
  base::Result<std::optional<StandingUse>> standing_of(base::CouponId coupon);
  // Whether the right to a coupon is still its issuer's, and whether a lane is of the journal that issued it.
  base::Result<bool> issuer_holds(const Coupon& coupon);
  [[nodiscard]] static bool is_foreign(const Place& at, std::uint64_t id);
  [[nodiscard]] Applied refuse_foreign(const Place& at, base::MemberId member);
  base::Result<bool> is_of_issuer(const Place& at, const Coupon& coupon, base::CouponId id);
  base::Result<> release(Lane lane, base::Seq through);
  base::Result<> count_standing(const Coupon& coupon, const StandingUse& now, const std::optional<StandingUse>& before);
  base::Result<> displace(const StandingUse& before);
  // effects_leases.cpp
  static HeldShare share_of(const sqlite::Statement& row);
  base::Result<std::optional<HeldShare>> find_share(base::LeaseId lease);
  base::Result<model::LeasePool> pool_of(model::LeaseKind kind, std::uint64_t subject, std::int64_t cap);
  base::Result<> keep_pool(model::LeaseKind kind, std::uint64_t subject, const model::LeasePool& pool,
                           std::int64_t excess);
  base::Result<> keep_cap(model::LeaseKind kind, std::uint64_t subject, std::int64_t cap);
  base::Result<> keep_share(base::LeaseId lease, const model::LeasePool& pool, std::int64_t told);
  static base::Result<std::int64_t> within_ceiling(sqlite::Connection& database, const HeldShare& held,
                                                   const LeaseUse& use);
  base::Result<std::int64_t> use_lease(const Place& at, const LeaseUse& use);
  base::Result<> end_older_leases(const Place& at);
  base::Result<> store_member(base::MemberId id, Member& member);
  static void note_counted(Member& member);
  void count_member(const Member& member, std::int64_t sign);
  base::Result<> publish_one(base::MemberId id, Member& member);

  sqlite::Connection& database_;
  FeedRows& feed_;
  Counters& counters_;
  std::unordered_map<base::MemberId, Member> members_;
  RawFacts raw_;
  KnownProgrammes programmes_;
  LotBook lots_;
  ProfileBook profiles_;
  CampaignBook campaigns_;
  std::map<std::uint32_t, std::uint32_t> started_;  // a bit a trigger, by version of the programme
  std::optional<std::int64_t> decides_since_ms_;    // asked once
  ReceiptChecker check_receipt_;                    // nothing is believed without it
  std::optional<bool> claims_open_;                 // refunds of sales that were not told yet; asked once a turn
  // Sales that came back before all of them was told, by the lanes that may bring the rest; loaded once a turn.
  std::optional<std::multimap<Lane, FactPlace>> sales_open_;
  std::vector<FactPlace> displaced_;
  std::vector<Flag> flags_;
  std::map<Lane, bool> has_duplicates_;  // lanes of which a sale was told before; asked once a turn
  Held find_member_;
  Held write_member_;
  Held insert_sale_;
  Held find_cause_;
  Held find_use_;
  Held insert_coupon_;
  Held find_coupon_;
  Held write_use_;
  Held write_state_;
  Held find_release_;
  Held write_release_;
  Held find_continued_;
  Held find_phone_;
  Held insert_identity_;
  Held find_payment_;
  Held insert_payment_;
  Held find_judged_;
  Held find_aliases_;
};

}  // namespace millpond::hub
