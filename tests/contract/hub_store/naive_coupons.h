// SPDX-License-Identifier: Apache-2.0
// NaiveCoupons: the part of NaiveFold that is about coupons and the rights to them. Not for use alone.
#pragma once

#include "sync/hub/core/hub_store.h"

#include <map>
#include <set>
#include <tuple>

namespace millpond::tests {

class NaiveCoupons {
 public:
  using Place = std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>;  // terminal, epoch, seq
  struct Coupon {
    wire::CouponState state{};
    base::Hash cause{};
    Place issue;
    std::int64_t value_minor{};
  };
  struct Standing {  // the use that counts
    std::optional<model::Use> use;
    std::optional<Place> place;  // of its fact; none before it has come
    std::int64_t value_minor{};
  };

  // As the hub answered a question.
  void confirm(const hub::RedeemQuestion& question) {
    auto& standing = standings[question.coupon.value];
    model::Booking booking{false, standing.use};
    const model::Use use{model::UseKind::confirmed, question.redemption, question.terminal, {}, {}};
    const bool same = standing.use && standing.use->redemption == question.redemption;
    const auto booked = model::book_use(booking, use, false);
    if (!booked.counts) return;
    if (booked.displaced) {
      lose(standing.value_minor);
      tell(Code::coupon_spent);
    }
    booking.standing->kind = model::UseKind::confirmed;
    yeses_[question.coupon.value] = {question.redemption, question.terminal.value};
    const auto issued = coupons.find(question.coupon.value);
    const auto value = issued == coupons.end() ? 0 : issued->second.value_minor;
    standing = {booking.standing, same ? standing.place : std::nullopt, same ? standing.value_minor : value};
    // Made void by a fact that has come and whose turn had not: whoever heard yes before that has used it.
    if (issued != coupons.end() && issued->second.state == wire::CouponState::voided) {
      issued->second.state = wire::CouponState::redeemed;
      kept.emplace(question.coupon.value, standing.value_minor);
    }
    mark(question.coupon, wire::CouponState::redeemed);
  }
  void break_rights(std::uint32_t terminal, const std::map<std::uint32_t, std::uint64_t>& heads) {
    for (const auto& [epoch, head] : heads) {
      auto& through = released_[{terminal, epoch}];
      through = std::max(through, head);
    }
  }

  std::map<std::uint64_t, Coupon> coupons;
  std::map<std::uint64_t, wire::CouponState> uses;
  std::map<std::uint64_t, Standing> standings;
  std::map<std::string, std::uint64_t> verdicts;
  std::map<std::uint64_t, std::int64_t> kept;  // coupons of sales that came back, used before
  std::uint64_t losses{};
  std::int64_t lost_minor{};

 protected:
  using Code = base::Code;
  using Lane = std::pair<std::uint32_t, std::uint32_t>;
  static Lane lane_of(const Place& at) { return {std::get<0>(at), std::get<1>(at)}; }

  using Payment = std::tuple<int, std::string, std::string>;
  static Payment payment_of(const model::SaleRecorded& sale, const model::Tender& tender) {
    const auto place = tender.merchant.empty() ? "store " + std::to_string(sale.key.store.value) : tender.merchant;
    return {static_cast<int>(tender.type), place, tender.provider_transaction};
  }

  static bool is_of_one_payment(const model::Tender& tender) {
    const auto digits = tender.provider_transaction.size();
    if (tender.type == model::TenderType::card) return digits >= 10;
    return digits > 0 && (tender.type == model::TenderType::wechat_pay || tender.type == model::TenderType::alipay);
  }

  // A coupon that is given is a fact of its own; one that is promised has a number.
  static bool is_no_award(const model::AwardGiven& fact) {
    if (fact.kind == model::ActionKind::coupon) return !fact.deferred || fact.number <= 0;
    return fact.kind == model::ActionKind::pack;
  }

  void tell(Code code) {
    verdicts[std::string{base::code_name(code)}] += 1;
    told_now_ = code;
  }
  std::optional<Code> told_now_;  // of the fact at hand
  // Nobody can use it any more; of one that was used its value is the campaign's loss.
  [[nodiscard]] bool is_of_another(std::uint64_t id, const Place& at) const {
    const auto known = coupons.find(id);
    return known != coupons.end() && std::get<0>(known->second.issue) != std::get<0>(at);
  }
  void void_coupon(std::uint64_t id) {
    const auto coupon = coupons.find(id);
    if (coupon == coupons.end() || coupon->second.state == wire::CouponState::voided) return;
    const auto used = uses.find(id);
    if (used == uses.end() || used->second != wire::CouponState::redeemed) {
      coupon->second.state = wire::CouponState::voided;
    } else {
      kept.emplace(id, standings[id].value_minor);
    }
  }
  static bool plausible(std::int64_t amount) { return amount >= 0 && amount <= 100'000'000'000; }
  [[nodiscard]] bool repeated(const Place& at, base::Seq sale, base::Epoch epoch) const {
    return repeats_.contains({std::get<0>(at), epoch ? epoch.value : std::get<1>(at), sale.value});
  }
  void lose(std::int64_t value) {
    losses += 1;
    lost_minor += value;
  }

  void on(const Place&, const model::PrintFinished&) {}
  void on(const Place&, const model::ActApproved&) {}
  void on(const Place&, const model::StaffChecked&) {}
  void on(const Place& at, const model::EpochBegun& fact) {
    const bool same = fact.reason == model::EpochReason::damaged || fact.reason == model::EpochReason::ring_short;
    const Lane previous{std::get<0>(at), fact.previous.value};
    if (fact.previous && began_.contains(previous) && began_[previous] < began_[lane_of(at)]) {
      successors_.emplace(lane_of(at), std::pair{previous, fact.previous_head.value});
    }
    if (same && fact.previous && began_.contains(previous) && began_[previous] < began_[lane_of(at)]) {
      continued_.emplace(lane_of(at), previous);
    }
  }
  void on(const Place& at, const model::RightsReleased& fact) {
    if (fact.receiver) return;
    released_[lane_of(at)] = std::get<2>(at);
    for (auto lane = continued_.find(lane_of(at)); lane != continued_.end(); lane = continued_.find(lane->second)) {
      released_[lane->second] = UINT64_MAX;
    }
  }
  void on(const Place& at, const model::CouponConfirmed& fact) {
    const auto& standing = standings[fact.coupon.value].use;
    const bool known = standing && standing->kind == model::UseKind::confirmed && fact.redemption != 0 &&
                       standing->redemption == fact.redemption;
    use(at, fact, known ? model::UseKind::confirmed : model::UseKind::provisional, fact.redemption);
  }
  void on(const Place& at, const model::CouponProvisional& fact) {
    use(at, fact, model::UseKind::provisional, fact.redemption);
  }
  void on(const Place& at, const model::RedemptionCancelled& fact) {
    auto& standing = standings[fact.coupon.value];
    if (standing.place) {  // whoever gave its yes up honoured without asking
      const auto yes = yeses_.find(fact.coupon.value);
      const auto gave_up = std::pair{fact.redemption, std::get<0>(at)};
      if (yes == yeses_.end() || yes->second != gave_up || standing.use->redemption != fact.redemption) return;
      standing.use->kind = model::UseKind::provisional;
      yeses_.erase(yes);
      return;
    }
    model::Booking booking{false, standing.use};
    if (!model::cancel_use(booking, fact.redemption, {std::get<0>(at)})) return;
    standing.use.reset();
    uses.erase(fact.coupon.value);
    const auto known = coupons.find(fact.coupon.value);
    if (known != coupons.end() && known->second.state != wire::CouponState::voided) {
      known->second.state = wire::CouponState::issued;
    }
  }
  void on(const Place& at, const model::CouponIssued& fact) {
    if (!fact.coupon || !plausible(fact.value_minor) || !plausible(fact.threshold_minor)) return tell(Code::bad_input);
    if (coupons.contains(fact.coupon.value)) return tell(Code::id_clash);
    bool second = repeated(at, fact.sale, fact.sale_epoch);
    for (const auto& [id, coupon] : coupons) {
      second = second || (coupon.cause == fact.cause && coupon.state != wire::CouponState::voided);
    }
    const auto used = uses.find(fact.coupon.value);
    auto state = used == uses.end() ? wire::CouponState::issued : used->second;
    if (second) state = wire::CouponState::voided;
    coupons[fact.coupon.value] = {state, fact.cause, at, fact.value_minor};
    if (second) tell(Code::coupon_duplicate_issue);
  }
  void on(const Place& at, const model::CouponRedeemed& fact) { use(at, fact, model::UseKind::own_right, 0); }
  void on(const Place&, const model::CouponReturned& fact) {
    if (!fact.coupon) tell(Code::bad_input);
  }
  void on(const Place&, const model::CouponOverRedeemed& fact) {
    if (!fact.coupon || !plausible(fact.value_minor)) return tell(Code::bad_input);
    lose(fact.value_minor);
    const bool not_its_holder = fact.reason == "identity_too_weak" || fact.reason == "coupon_other_member" ||
                                fact.reason == "code_not_yet_valid";
    if (!not_its_holder && !uses.contains(fact.coupon.value)) mark(fact.coupon, wire::CouponState::over_redeemed);
  }
  template <class Fact>
  void use(const Place& at, const Fact& fact, model::UseKind kind, std::uint64_t redemption) {
    if (!fact.coupon || !plausible(fact.value_minor)) return tell(Code::bad_input);
    const auto known = coupons.find(fact.coupon.value);
    if (known != coupons.end() && known->second.state == wire::CouponState::voided) {
      lose(fact.value_minor);
      return tell(Code::coupon_void);
    }
    bool by_issuer = false;
    bool holds = true;
    if (known == coupons.end()) {
      by_issuer = base::id_origin(fact.coupon.value).value == std::get<0>(at);
    } else {
      const auto& issue = known->second.issue;
      auto lane = lane_of(at);
      for (; lane != lane_of(issue) && continued_.contains(lane);) lane = continued_.at(lane);
      by_issuer = lane == lane_of(issue);
      const auto released = released_.find(lane_of(issue));
      holds = released == released_.end() || std::get<2>(issue) > released->second;
    }
    auto& standing = standings[fact.coupon.value];
    model::Booking booking{holds, standing.use};
    const model::Use told{kind, redemption, {std::get<0>(at)}, {std::get<1>(at)}, {std::get<2>(at)}};
    const auto booked = model::book_use(booking, told, by_issuer);
    if (!booked.counts) {
      lose(fact.value_minor);
      return tell(Code::coupon_spent);
    }
    if (booked.displaced) {
      lose(standing.value_minor);
      tell(Code::coupon_spent);
    }
    standing = {booking.standing, at, fact.value_minor};
    mark(fact.coupon, wire::CouponState::redeemed);
  }
  void mark(base::CouponId coupon, wire::CouponState state) {
    uses[coupon.value] = state;
    const auto known = coupons.find(coupon.value);
    if (known != coupons.end() && known->second.state != wire::CouponState::voided) known->second.state = state;
  }

  std::map<std::uint64_t, std::pair<std::uint64_t, std::uint32_t>> yeses_;  // of each coupon, the last one and to whom
  std::map<Lane, std::size_t> began_;                                       // in which order
  std::map<Lane, std::pair<Lane, std::uint64_t>> successors_;               // the lane before, and its last fact
  std::map<Lane, Lane> continued_;                                          // the lane whose journal went on in it
  std::map<Lane, std::uint64_t> released_;                                  // through which seq
  std::set<Place> repeats_;                                                 // sales that had been told before
};

}  // namespace millpond::tests
