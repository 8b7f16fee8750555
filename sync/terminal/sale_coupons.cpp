// SPDX-License-Identifier: Apache-2.0
// The coupons of a sale: those whose codes came with it and those that were kept for its basket, what they take off,
// and by which right.
#include "sync/model/rules.h"
#include "sync/terminal/sale_action.h"

namespace millpond::terminal {

base::Result<> SaleAction::redeem_all(store::Transaction& transaction) {
  MILLPOND_TRY_DO(find_kept(transaction));
  std::vector<Candidate> candidates;
  for (const auto& presented : setup_.coupons) {
    if (!presented.code) {
      MILLPOND_TRY_DO(redeem_unchecked(transaction, presented));
    } else if (!used_.insert(presented.code->coupon).second) {
      // Scanned twice into one basket: the till counted it once or is told so now; there is no second value to book.
      outcome_.refused.push_back({.index = presented.index, .code = base::Code::coupon_spent});
    } else {
      MILLPOND_TRY(auto candidate, candidate_of(transaction, *presented.code, presented.index));
      candidates.push_back(std::move(candidate));
    }
  }
  for (std::size_t i = 0; kept_ && i < kept_->coupons.size(); ++i) {
    const auto& code = kept_->coupons[i].code;
    if (!used_.insert(code.coupon).second) continue;
    MILLPOND_TRY(auto candidate, candidate_of(transaction, code, setup_.coupons.size() + i));
    candidates.push_back(std::move(candidate));
  }
  const auto weighed = weigh_all(candidates);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    MILLPOND_TRY_DO(redeem(transaction, candidates[i], weighed[i]));
  }
  return let_kept_go(transaction);
}

base::Result<> SaleAction::find_kept(store::Transaction& transaction) {
  of_others_.clear();
  const bool named = !setup_.basket.empty();
  if (!named && setup_.coupons.empty()) return {};
  MILLPOND_TRY(auto baskets, kept_baskets(transaction));
  std::set<base::CouponId> shown;
  for (const auto& presented : setup_.coupons) {
    if (presented.code) shown.insert(presented.code->coupon);
  }
  const auto mine = own_basket(baskets, setup_.sale.key.till, setup_.basket, shown);
  for (std::size_t i = 0; i < baskets.size(); ++i) {
    if (mine && i == *mine) {
      kept_ = std::move(baskets[i]);
    } else if (is_kept(baskets[i], setup_.heard_ms)) {
      of_others_.push_back(std::move(baskets[i]));
    }
  }
  if (named && !kept_) outcome_.basket_problem = base::Code::hold_ended;
  return {};
}

// Shown twice in one sale it is one redemption, which is not taken back when it was honoured.
base::Result<> SaleAction::redeem_unchecked(store::Transaction& transaction, const PresentedCoupon& presented) {
  const bool again = presented.open && !used_.insert(presented.open).second;
  const auto why = again ? base::Code::coupon_spent : presented.code.error().code;
  outcome_.refused.push_back({.index = presented.index, .code = why});
  if (!presented.open || again) return {};
  return cancel(transaction, presented.open, redemption_of(presented.open));
}

std::uint64_t SaleAction::redemption_of(base::CouponId coupon) const {
  return model::redemption_id(setup_.identity.brand, setup_.sale.key, coupon);
}

base::Result<> SaleAction::cancel(store::Transaction& transaction, base::CouponId coupon,
                                  std::uint64_t redemption) const {
  MILLPOND_TRY_DO(append(transaction, model::RedemptionCancelled{coupon, redemption}));
  return {};
}

// What was worked out for these very goods stands; the hub was asked under the basket's own redemption then.
base::Result<SaleAction::Candidate> SaleAction::candidate_of(store::Transaction& transaction,
                                                             const codes::CouponCode& code, std::size_t index) {
  Candidate candidate;
  candidate.index = index;
  candidate.code = code;
  MILLPOND_TRY(candidate.shown, look_at(transaction, setup_.replica, programme(), code, setup_.sale.member));
  const auto reply_at = [&](std::size_t at) {
    return at < setup_.honouring.replies.size() ? setup_.honouring.replies[at] : HubReply{};
  };
  candidate.redemption = redemption_of(code.coupon);
  candidate.approved_by = setup_.honouring.approved_by;
  if (index < setup_.coupons.size()) candidate.shown.reply = reply_at(index);
  candidate.by_own_code = index < setup_.coupons.size();
  for (std::size_t i = 0; kept_ && i < kept_->coupons.size(); ++i) {
    const auto& kept = kept_->coupons[i];
    if (kept.code.coupon != code.coupon) continue;
    const auto now = reply_at(setup_.coupons.size() + i);
    candidate.redemption = kept.redemption;
    if (!candidate.approved_by) candidate.approved_by = kept_->approved_by;
    candidate.by_own_code = candidate.by_own_code || kept.by_own_code;
    candidate.shown.reply = now.word == model::HubWord::not_asked ? kept.reply : now;
    if (kept_->goods != goods_of(setup_.sale.lines)) continue;
    candidate.as_quoted.emplace();
    candidate.as_quoted->by_offer = true;
    candidate.as_quoted->discount_minor = kept.discount_minor;
    candidate.as_quoted->by_line = kept.by_line;
  }
  for (const auto& other : of_others_) {
    const auto holds = [&](const KeptCoupon& kept) { return kept.code.coupon == code.coupon; };
    candidate.kept_elsewhere = candidate.kept_elsewhere || std::ranges::any_of(other.coupons, holds);
  }
  return candidate;
}

// Why it cannot be used whatever it takes off. Whether a typed number is the coupon's owner would be told by yes and
// no, so a member's coupon is refused either way.
std::optional<base::Code> SaleAction::unusable(const Candidate& candidate) const {
  const auto& shown = candidate.shown;
  const bool confirmed = shown.reply.word == model::HubWord::confirmed;
  const auto weak = model::too_weak(setup_.strength, model::Deed::spend_little);
  if (setup_.sale.member && shown.member && weak) return weak;
  if (candidate.too_dear) return base::Code::identity_too_weak;
  if (shown.voided && !confirmed) return base::Code::coupon_void;
  if (shown.used) return base::Code::coupon_spent;
  if (candidate.kept_elsewhere) return base::Code::coupon_held;
  if (shown.spent_elsewhere && !confirmed) return base::Code::coupon_spent;
  return std::nullopt;
}

// Whoever held the card when the basket was kept was as certain as it says.
bool SaleAction::is_kept_for_member() const {
  const auto member = setup_.sale.member;
  return kept_ && member && kept_->member && person_number(setup_.replica, kept_->member) == member;
}

// Without what its card does not bring.
std::vector<Weighed> SaleAction::weigh_all(std::vector<Candidate>& candidates) const {
  const auto strength = is_kept_for_member() ? std::max(setup_.strength, kept_->strength) : setup_.strength;
  for (;;) {
    auto weighed = weigh_once(candidates);
    bool all = true;
    CardFloor floor{setup_.honouring, strength};
    CardFloor by_card{setup_.honouring, model::Strength::member_code};
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      auto& candidate = candidates[i];
      if (unusable(candidate) || weighed[i].hurdle) continue;
      candidate.too_dear = floor.is_too_dear(candidate.by_own_code, weighed[i].discount_minor);
      candidate.needs_word =
          !candidate.too_dear && by_card.is_too_dear(candidate.by_own_code, weighed[i].discount_minor);
      all = all && !candidate.too_dear;
    }
    if (all) return weighed;
  }
}

// Together, because what one takes off another finds gone.
std::vector<Weighed> SaleAction::weigh_once(const std::vector<Candidate>& candidates) const {
  std::vector<const Shown*> shown;
  bool as_quoted = !candidates.empty();
  for (const auto& candidate : candidates) {
    shown.push_back(unusable(candidate) ? nullptr : &candidate.shown);
    as_quoted = as_quoted && candidate.as_quoted;
  }
  const auto& moment = setup_.moment;
  auto now = model::store_moment(moment.now_ms, moment.utc_offset_min);
  if (kept_) now = kept_->moment;
  model::Shopper shopper;
  shopper.member = setup_.sale.member;
  // By the hub's word alone: a tag that a sale of now brings is good for coupons once the hub has said so.
  if (setup_.rules != nullptr) { shopper = shopper_of(person(), *programme(), setup_.strength, VisitsHere{}); }
  auto weighed = weigh_coupons(setup_.sale, shown, setup_.rules, shopper, now);
  for (std::size_t i = 0; as_quoted && i < candidates.size(); ++i) weighed[i] = *candidates[i].as_quoted;
  return weighed;
}

base::Result<> SaleAction::redeem(store::Transaction& transaction, Candidate& candidate, const Weighed& weighed) {
  auto& shown = candidate.shown;
  shown.coupon.discount_minor = weighed.discount_minor;
  auto of = case_of(setup_.honouring, shown, setup_.sale);
  of.value_minor = weighed.discount_minor;
  of.approved = static_cast<bool>(candidate.approved_by);
  of.time_trusted = setup_.moment.day_known;
  of.today = setup_.moment.today;
  const auto heard_day = base::local_date_at(setup_.heard_ms, setup_.moment.utc_offset_min);
  MILLPOND_TRY(of.outstanding, transaction.outstanding(setup_.sale.member, heard_day));
  if (const auto why = unusable(candidate)) return refuse(transaction, candidate, weighed, {*why, 0, {}});
  if (candidate.as_quoted) {
    // Both were looked at when it was quoted.
    of.terms.threshold_minor = 0;
    of.today = kept_->moment.date;
  }
  const auto decided = model::decide_honour(of);
  if (decided.honour == model::Honour::declined) return refuse(transaction, candidate, weighed, decided.why);
  if (!weighed.hurdle) return honour(transaction, candidate, weighed, decided.honour);
  const auto& hurdle = *weighed.hurdle;
  const auto missing = hurdle.why == model::Hurdle::threshold ? hurdle.missing : 0;
  return refuse(transaction, candidate, weighed, {code_of(hurdle.why), missing, hurdle.date});
}

base::Result<> SaleAction::refuse(store::Transaction& transaction, const Candidate& candidate, const Weighed& weighed,
                                  model::WhyNot why) {
  const auto& code = candidate.code;
  const auto& shown = candidate.shown;
  // One of ours that the journal does not know was issued in an earlier life, whose rights are surrendered.
  const bool ours = code.issuer.terminal_id() == setup_.identity.certificate.terminal;
  if (ours && !shown.known && why.code == base::Code::coupon_elsewhere) why.code = base::Code::coupon_unknown;
  outcome_.refused.push_back(
      {candidate.index, why.code, why.missing_minor, why.date, code.coupon, code.campaign, weighed.hurdle});
  // The hub may have said yes to this very redemption, now or before this machine died, and must not keep it booked.
  const auto word = shown.reply.word;
  if (word == model::HubWord::confirmed || word == model::HubWord::silent || shown.spent_elsewhere) {
    MILLPOND_TRY_DO(cancel(transaction, code.coupon, candidate.redemption));
  }
  MILLPOND_TRY_DO(
      append(transaction, model::CouponOverRedeemed{code.coupon, code.member, code.campaign, outcome_.seq,
                                                    code.value_minor, std::string{base::code_name(why.code)}}));
  return {};
}

base::Result<> SaleAction::honour(store::Transaction& transaction, const Candidate& candidate, const Weighed& weighed,
                                  model::Honour how) {
  const auto& shown = candidate.shown;
  const auto& coupon = shown.coupon;
  const auto value_minor = weighed.discount_minor;
  const auto shower = setup_.sale.member ? setup_.sale.member : shown.member;
  const auto seq = outcome_.seq;
  const auto& honouring = setup_.honouring;
  model::FactBody fact = model::CouponRedeemed{coupon.coupon, shown.member, coupon.campaign, seq, value_minor};
  if (how == model::Honour::confirmed) {
    fact = model::CouponConfirmed{coupon.coupon,      shower, coupon.campaign, seq, value_minor, candidate.redemption,
                                  shown.reply.receipt};
  } else if (how == model::Honour::provisional) {
    // Only where somebody had to say yes.
    const bool late = honouring.limits && honouring.silent_ms >= honouring.limits->approval_after_ms;
    const auto by = late ? candidate.approved_by : base::StaffId{};
    if (by) {
      MILLPOND_TRY_DO(append(
          transaction, model::ActApproved{model::Act::late_provisional, by, {}, shower, coupon.coupon.value, {}}));
    }
    fact = model::CouponProvisional{coupon.coupon,
                                    shower,
                                    coupon.campaign,
                                    seq,
                                    value_minor,
                                    candidate.redemption,
                                    honouring.limits ? honouring.limits->version : 0,
                                    by};
  }
  const auto by = is_kept_for_member() ? kept_->vouched_by : base::StaffId{};
  if (by && candidate.needs_word) MILLPOND_TRY_DO(record_vouch(transaction, by));
  MILLPOND_TRY_DO(append(transaction, fact));
  if (setup_.sale.lines.size() > 1) {
    model::CouponApplied applied{coupon.coupon, seq, {}};
    for (std::size_t i = 0; i < weighed.by_line.size(); ++i) {
      if (weighed.by_line[i] > 0) applied.lines.push_back({static_cast<std::uint32_t>(i), weighed.by_line[i]});
    }
    if (!applied.lines.empty()) MILLPOND_TRY_DO(append(transaction, applied));
  }
  outcome_.redeemed.push_back(coupon);
  outcome_.honoured.push_back(how);
  return {};
}

// The sale has come. What was kept for it and it did not use is everybody's again; every kept coupon was tried above.
base::Result<> SaleAction::let_kept_go(store::Transaction& transaction) {
  if (!kept_) return {};
  return transaction.drop_hold(kept_->id);
}

}  // namespace millpond::terminal
