// SPDX-License-Identifier: Apache-2.0
// SaleAction: what one sale does inside its transaction: the sale's fact, the coupons it used, what it earned, the
// coupon it brought, the slip, the answer. Inside `terminal` only. One attempt; run() begins afresh, so repeating it
// after a rollback is safe. On the journal's thread.
#pragma once

#include "sync/codes/payload.h"
#include "sync/model/rule_book.h"
#include "sync/terminal/honouring.h"
#include "sync/terminal/kept_basket.h"
#include "sync/terminal/moment.h"
#include "sync/terminal/person.h"
#include "sync/terminal/terminal.h"
#include "sync/terminal/weighing.h"

#include <set>

namespace millpond::terminal {

// A redemption as the till scanned it, read and verified before the transaction.
struct PresentedCoupon {
  std::size_t index{};
  base::Result<codes::CouponCode> code;
  base::CouponId open{};  // of a code that is not known to be genuine, to whose redemption the hub may have said yes
};

class SaleAction {
 public:
  using Compose = std::function<base::Bytes(const SaleOutcome&)>;

  struct Setup {
    const Identity& identity;
    const model::RuleBook* rules;  // nullptr: unrated
    store::Replica& replica;
    Moment moment;             // of the sale
    model::SaleRecorded sale;  // with its member and tag
    model::Strength strength{};
    base::Hash body_hash{};
    std::optional<base::Code> member_problem;
    std::vector<PresentedCoupon> coupons;
    Honouring honouring;
    std::string slip_locale;
    Compose compose;
    std::int64_t spend_points{};
    base::StaffId vouched_by{};                  // that whoever shows a picture of a card is its member
    std::optional<store::ReplicaMember> told{};  // what the hub has just said of the member
    std::optional<base::Code> points_refusal{};
    std::string basket;
    bool told_late{};
    std::int64_t heard_ms{};  // when it was told: for what is limited by the time of now
    bool disputed_before{};   // this very body, or whoever told of it keeps what differs
    std::function<bool(const base::Bytes&)> told_before{};
    std::string invoice_code{};
    SlipLines slip_lines{};
  };

  explicit SaleAction(Setup setup) : setup_{std::move(setup)} {}

  [[nodiscard]] base::Result<> run(store::Transaction& transaction);
  // Whether the sale that run() saw or recorded is in the journal; corrects the outcome to what is there.
  [[nodiscard]] base::Result<bool> is_recorded(store::Transaction& transaction);
  [[nodiscard]] const SaleOutcome& outcome() const { return outcome_; }

 private:
  [[nodiscard]] base::Result<base::Seq> append(store::Transaction& transaction, const model::FactBody& body) const;
  [[nodiscard]] base::Result<> answer_again(store::Transaction& transaction, const store::StoredSale& stored);
  [[nodiscard]] bool is_same(const store::StoredSale& stored) const;
  // Coupons: sale_coupons.cpp.
  struct Candidate {  // a coupon of this sale that is genuine
    std::size_t index{};
    codes::CouponCode code;
    Shown shown;
    std::uint64_t redemption{};
    bool kept_elsewhere{};             // for another basket
    bool by_own_code{true};            // otherwise the member's card brought it
    bool too_dear{};                   // for that
    bool needs_word{};                 // by a card alone it would be
    base::StaffId approved_by{};       // for this sale, or for the basket that it was kept for
    std::optional<Weighed> as_quoted;  // when it was kept for these very goods
  };
  [[nodiscard]] base::Result<> redeem_all(store::Transaction& transaction);
  [[nodiscard]] base::Result<> find_kept(store::Transaction& transaction);
  [[nodiscard]] base::Result<> redeem_unchecked(store::Transaction& transaction, const PresentedCoupon& presented);
  [[nodiscard]] base::Result<Candidate> candidate_of(store::Transaction& transaction, const codes::CouponCode& code,
                                                     std::size_t index);
  [[nodiscard]] std::vector<Weighed> weigh_all(std::vector<Candidate>& candidates) const;
  [[nodiscard]] std::vector<Weighed> weigh_once(const std::vector<Candidate>& candidates) const;
  [[nodiscard]] bool is_kept_for_member() const;
  [[nodiscard]] base::Result<> record_vouch(store::Transaction& transaction, base::StaffId by);
  [[nodiscard]] std::optional<base::Code> unusable(const Candidate& candidate) const;
  [[nodiscard]] base::Result<> redeem(store::Transaction& transaction, Candidate& candidate, const Weighed& weighed);
  [[nodiscard]] base::Result<> refuse(store::Transaction& transaction, const Candidate& candidate,
                                      const Weighed& weighed, model::WhyNot why);
  [[nodiscard]] base::Result<> honour(store::Transaction& transaction, const Candidate& candidate,
                                      const Weighed& weighed, model::Honour how);
  [[nodiscard]] base::Result<> cancel(store::Transaction& transaction, base::CouponId coupon,
                                      std::uint64_t redemption) const;
  [[nodiscard]] base::Result<> let_kept_go(store::Transaction& transaction);
  [[nodiscard]] std::uint64_t redemption_of(base::CouponId coupon) const;
  [[nodiscard]] base::Result<> spend(store::Transaction& transaction);
  [[nodiscard]] base::Result<std::int64_t> balance_of(store::Transaction& transaction);
  [[nodiscard]] Person person() const;  // of the sale
  [[nodiscard]] base::Result<> earn(store::Transaction& transaction);
  [[nodiscard]] base::Result<> honour(store::Transaction& transaction, const Shown& shown, model::Honour how);
  [[nodiscard]] base::Result<> reward(store::Transaction& transaction);
  // What was given, by a campaign or by one award of it; `minor`: face values of coupons.
  struct Gave {
    bool any{};
    std::int64_t minor{};
  };
  [[nodiscard]] base::Result<Gave> give(store::Transaction& transaction, const model::Award& award);
  [[nodiscard]] base::Result<Gave> issue(store::Transaction& transaction, const model::Award& award);
  [[nodiscard]] base::Result<std::optional<std::int64_t>> left_of(store::Transaction& transaction,
                                                                  model::LeaseKind kind, base::CampaignId campaign);
  [[nodiscard]] base::Result<model::CampaignUse> use_of(store::Transaction& transaction,
                                                        const model::Campaign& campaign, const VisitsHere& here);
  [[nodiscard]] base::Result<> draw(store::Transaction& transaction, base::CampaignId campaign, const Gave& gave);
  [[nodiscard]] const model::Programme* programme() const;
  [[nodiscard]] base::Result<> weigh(store::Transaction& transaction);
  [[nodiscard]] base::Result<> queue_slip(store::Transaction& transaction) const;

  Setup setup_;
  SaleOutcome outcome_;
  std::set<base::CouponId> used_;      // in this sale
  std::optional<KeptBasket> kept_;     // what was kept for it
  std::vector<KeptBasket> of_others_;  // what is kept for other baskets
  bool vouch_recorded_{};
};

}  // namespace millpond::terminal
