// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/classify.h"
#include "sync/model/spending.h"
#include "sync/terminal/kept_basket.h"
#include "sync/terminal/person.h"
#include "sync/terminal/rules.h"
#include "sync/terminal/sale_action.h"
#include "sync/terminal/verified_code.h"

namespace millpond::terminal {
namespace {

// What the hub says of a code, not of its coupon. A reason that this terminal does not know says nothing good.
bool denies_code(base::Code why) {
  using base::Code;
  return why == Code::code_forged || why == Code::code_unknown_issuer || why == Code::code_malformed ||
         why == Code::code_unknown_kind || why == Code::code_wrong_brand || why == Code::hub_refused;
}

// A code that this terminal cannot check is genuine when the hub, which can, says yes or no to its coupon. It counts
// only online: a word that leaves it open is no yes.
PresentedCoupon present(std::string_view text, std::size_t index, const HubReply& reply, const Reading& reading) {
  PresentedCoupon presented{index, read_coupon_code(text, reading), {}};
  const auto unchecked = presented.code ? std::nullopt : unchecked_coupon(text, reading);
  if (!unchecked) return presented;
  using model::HubWord;
  if (reply.word == HubWord::confirmed || (reply.word == HubWord::refused && !denies_code(reply.why.code))) {
    presented.code = *unchecked;
  } else if (reply.word == HubWord::refused) {
    presented.code = base::Error{reply.why.code, "read code", "the hub knows no such code"};
  } else if (reply.word == HubWord::silent) {
    presented.open = unchecked->coupon;
  } else if (reply.word == HubWord::not_asked) {
    // Perhaps this very sale asked before this machine died.
    const auto row = reading.replica.find_coupon(unchecked->coupon);
    if (row && *row && (*row)->state == wire::CouponState::redeemed) presented.open = unchecked->coupon;
  }
  return presented;
}

}  // namespace

// A code that was shown and is not usable is not replaced by whoever stands at the screen: it may be someone else.
base::Result<Terminal::Named> Terminal::named_by(const SaleRequest& request) {
  if (!request.sale.member && request.member_code.empty() && !request.basket.empty()) {
    MILLPOND_TRY(const auto kept, kept_for(request, {}));
    if (kept && kept->member) return Named{kept->member, kept->strength};
  }
  if (request.sale.member || request.member_code.empty()) {
    const auto member = request.sale.member ? request.sale.member : request.session_member;
    return Named{member, member ? request.session_strength : model::Strength::nobody};
  }
  if (is_phone(request.member_code)) return named_by_phone(request);
  if (codes::classify(request.member_code) == codes::TextKind::member_number) {
    MILLPOND_TRY(const auto found, identify(request.member_code));
    return Named{found.member, found.strength};
  }
  MILLPOND_TRY(const auto code, read_shown(request.member_code));
  MILLPOND_TRY(const auto member, member_of(code.payload));
  return Named{member, code.strength(), std::holds_alternative<codes::RotatingCode>(code.payload)};
}

// A number that nobody knows is enrolled, so that it earns as a known one does. The sale that is told again is recorded
// already, and nobody is enrolled or counted for it a second time.
base::Result<Terminal::Named> Terminal::named_by_phone(const SaleRequest& request) {
  MILLPOND_TRY(const auto recorded, find_sale(request.sale.key));
  if (recorded || request.sale.training) return Named{};
  MILLPOND_TRY(const auto typed, enrol({request.member_code, {}, model::Channel::gateway}));
  return Named{typed.member, typed.strength};
}

// What this sale's till has kept for it, as it is now.
base::Result<std::optional<KeptBasket>> Terminal::kept_for(const SaleRequest& request,
                                                           const std::set<base::CouponId>& shown) {
  std::optional<KeptBasket> kept;
  MILLPOND_TRY_DO(read([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(auto baskets, kept_baskets(transaction));
    const auto mine = own_basket(baskets, request.sale.key.till, request.basket, shown);
    if (mine) kept = std::move(baskets[*mine]);
    return {};
  }));
  return kept;
}

base::Result<SaleOutcome> Terminal::sale(const SaleRequest& request, const SaleAction::Compose& compose) {
  const auto now = rules();
  auto recorded = request.sale;
  recorded.body_tag = model::body_tag_of(request.body_hash);
  std::optional<base::Code> member_problem;
  const auto named = named_by(request);
  if (!named) member_problem = named.error().code;
  recorded.member = named ? named->member : base::MemberId{};
  const bool spends = request.spend_points > 0 && !request.sale.training;
  auto strength = named ? named->strength : model::Strength::nobody;
  // A code that changes counts once, so it is used up only where its being fresh is needed.
  const bool by_code = strength == model::Strength::member_code && !request.member_code.empty();
  if (spends && by_code) strength = strength_of(request.member_code);
  if (recorded.member) recorded.member = person_number(replica_, recorded.member);
  base::StaffId vouched_by;
  const bool of_code =
      !model::too_weak(strength, model::Deed::spend_little);  // who only typed a number is not vouched for
  if (spends && of_code && model::too_weak(strength, model::spending(request.spend_points)) && request.vouched_by) {
    vouched_by = request.vouched_by(recorded.member);
  }
  std::vector<PresentedCoupon> coupons;
  for (std::size_t i = 0; i < request.redemptions.size(); ++i) {
    const auto reply = i < request.hub_replies.size() ? request.hub_replies[i] : HubReply{};
    coupons.push_back(present(request.redemptions[i], i, reply, {identity_, journal_, replica_}));
  }
  Honouring honouring;
  if (!coupons.empty() || spends || !request.basket.empty()) {
    MILLPOND_TRY(honouring, read_honouring(journal_, replica_, time_, identity_.unbound.has_value()));
  }
  honouring.replies = request.hub_replies;
  honouring.approved_by = request.approved_by;
  const auto heard = time_.now();
  auto sold = heard;
  const auto completed_ms = request.completed_at_ms;
  const auto age_ms = heard.wall_ms - completed_ms;
  const bool told_late = request.late && age_ms > slip_age_max_ms;
  if (told_late && heard.day_known() && age_ms <= SaleRequest::told_late_max_ms) sold.wall_ms = completed_ms;
  auto told = told_cards_.row_of(recorded.member, heard.wall_ms);
  SaleAction action{{identity_,
                     now ? &now->book : nullptr,
                     replica_,
                     Moment{sold, now ? &now->programme : nullptr},
                     std::move(recorded),
                     strength,
                     request.body_hash,
                     member_problem,
                     std::move(coupons),
                     std::move(honouring),
                     request.slip_locale,
                     compose,
                     request.spend_points,
                     vouched_by,
                     std::move(told),
                     request.points_refusal,
                     request.basket,
                     told_late,
                     heard.wall_ms,
                     disputes_.knows(request.body_hash),
                     request.told_before}};
  auto committed = journal_.commit([&](store::Transaction& transaction) { return action.run(transaction); });
  MILLPOND_TRY_DO(
      settle(std::move(committed), [&](store::Transaction& transaction) { return action.is_recorded(transaction); }));
  if (action.outcome().kind == SaleOutcome::Kind::changed) disputes_.remember(request.body_hash);
  return action.outcome();
}

// What was kept for this sale was asked about then. Only a right that was here, and was released meanwhile, is asked
// for now, under the same redemption.
base::Result<std::vector<std::optional<wire::RedeemAsk>>> Terminal::questions(const SaleRequest& request) {
  std::vector<std::optional<wire::RedeemAsk>> asks(request.redemptions.size());
  if ((asks.empty() && request.basket.empty()) || request.sale.training) return asks;
  const auto named = is_phone(request.member_code) ? base::Result<Named>{Named{}} : named_by(request);
  const auto member = named ? named->member : base::MemberId{};
  const bool weak = !named || model::too_weak(named->strength, model::Deed::spend_little);
  struct Asked {
    base::CouponId coupon;
    std::uint64_t redemption{};
    std::string text;  // of a code that the hub must check
  };
  std::vector<Asked> asked(asks.size());
  std::set<base::CouponId> shown;
  for (std::size_t i = 0; i < asks.size(); ++i) {
    const Reading reading{identity_, journal_, replica_};
    const auto read = read_coupon_code(request.redemptions[i], reading);
    const auto code = read ? std::optional{*read} : unchecked_coupon(request.redemptions[i], reading);
    if (code && read) shown.insert(code->coupon);
    // Of a coupon that this sale cannot use the hub would book a use in vain.
    if (!code || (code->member && weak)) continue;
    asked[i].coupon = code->coupon;
    asked[i].redemption = model::redemption_id(identity_.brand, request.sale.key, code->coupon);
    if (!read) asked[i].text = request.redemptions[i];
  }
  MILLPOND_TRY(const auto kept, kept_for(request, shown));
  if (kept) {
    for (const auto& each : kept->coupons) {
      for (auto& other : asked) other.coupon = other.coupon == each.code.coupon ? base::CouponId{} : other.coupon;
      const bool open = each.reply.word == model::HubWord::not_asked;
      asked.push_back({open ? each.code.coupon : base::CouponId{}, each.redemption, {}});
    }
  }
  asks.resize(asked.size());
  base::Epoch live;
  base::Result<> looked;
  MILLPOND_TRY_DO(journal_.with([&](store::Journal& journal) {
    const auto outbox = journal.outbox();
    if (outbox) live = outbox->live_epoch;
    looked = journal.read([&](store::Transaction& transaction) -> base::Result<> {
      MILLPOND_TRY(const auto recorded, transaction.find_sale(request.sale.key));
      for (std::size_t i = 0; i < asks.size() && !recorded; ++i) {
        if (!asked[i].coupon) continue;
        MILLPOND_TRY(const bool used, transaction.was_used(asked[i].coupon));
        MILLPOND_TRY(const auto local, transaction.find_coupon(asked[i].coupon));
        if (used || (local && local->held)) continue;
        asks[i] = wire::RedeemAsk{asked[i].redemption,         asked[i].coupon,         member, live,
                                  request.sale.eligible_minor, std::move(asked[i].text)};
      }
      return {};
    });
  }));
  MILLPOND_TRY_DO(looked);
  return asks;
}

base::Result<std::optional<store::StoredSale>> Terminal::find_sale(const model::SaleKey& key) {
  std::optional<store::StoredSale> found;
  MILLPOND_TRY_DO(read([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(found, transaction.find_sale(key));
    return {};
  }));
  return found;
}

}  // namespace millpond::terminal
