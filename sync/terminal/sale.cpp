// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/classify.h"
#include "sync/model/spending.h"
#include "sync/terminal/kept_basket.h"
#include "sync/terminal/person.h"
#include "sync/terminal/sale_attempt.h"

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
PresentedCoupon present(const base::Result<codes::CouponCode>& read, const std::optional<codes::CouponCode>& unchecked,
                        std::size_t index, const HubReply& reply, store::Replica& replica) {
  PresentedCoupon presented{index, read, {}};
  if (read || !unchecked) return presented;
  using model::HubWord;
  if (reply.word == HubWord::confirmed || (reply.word == HubWord::refused && !denies_code(reply.why.code))) {
    presented.code = *unchecked;
  } else if (reply.word == HubWord::refused) {
    presented.code = base::Error{reply.why.code, "read code", "the hub knows no such code"};
  } else if (reply.word == HubWord::silent) {
    presented.open = unchecked->coupon;
  } else if (reply.word == HubWord::not_asked) {
    // Perhaps this very sale asked before this machine died.
    const auto row = replica.find_coupon(unchecked->coupon);
    if (row && *row && (*row)->state == wire::CouponState::redeemed) presented.open = unchecked->coupon;
  }
  return presented;
}

}  // namespace

// Signatures are checked here, where tills do not wait for each other.
Terminal::Attempt Terminal::attempt_of(const SaleRequest& request) {
  Attempt attempt{.request = request};
  attempt.rules = rules();
  const Reading reading{identity_, journal_, replica_};
  const auto& typed = request.member_code;
  const bool names_itself = request.sale.member || typed.empty();
  if (!names_itself && is_phone(typed)) {
    attempt.typed = prepare_joining({typed, {}, model::Channel::gateway});
  } else if (!names_itself && codes::classify(typed) != codes::TextKind::member_number) {
    attempt.shown = read_shown(typed);
  }
  for (const auto& text : request.redemptions) {
    auto read = read_coupon_code(text, reading);
    auto unchecked = read ? std::nullopt : unchecked_coupon(text, reading);
    attempt.coupons.push_back({std::move(read), std::move(unchecked)});
  }
  attempt.honouring = read_honouring(journal_, replica_, time_, identity_.unbound.has_value());
  attempt.answers.coupons = request.hub_replies;
  attempt.answers.points_refusal = request.points_refusal;
  attempt.asked = !request.ask_hub || !request.hub_replies.empty();
  return attempt;
}

// A code that was shown and is not usable is not replaced by whoever stands at the screen: it may be someone else. A
// typed phone names nobody yet.
base::Result<Terminal::Named> Terminal::named_in(store::Transaction& transaction, Attempt& attempt) {
  const auto& request = attempt.request;
  if (attempt.typed) return Named{};
  if (attempt.shown) {
    MILLPOND_TRY(const auto code, *attempt.shown);
    MILLPOND_TRY(const auto member, member_of(code.payload));
    return Named{member, code.strength(), std::holds_alternative<codes::RotatingCode>(code.payload)};
  }
  if (!request.sale.member && !request.member_code.empty()) {
    const auto number = base::parse_id('M', request.member_code);
    if (!number) { return base::Error{base::Code::code_malformed, "identify", "white space around a member number"}; }
    MILLPOND_TRY(const auto person, find_person(base::MemberId{*number}));
    MILLPOND_TRY(const bool enrolled_here, transaction.has_member(base::MemberId{*number}));
    if (!person.row && !enrolled_here) return base::Error{base::Code::member_unknown, "find member", "not known here"};
    return Named{person.member, model::Strength::phone_typed};
  }
  if (!request.sale.member && !request.basket.empty()) {
    MILLPOND_TRY(const auto baskets, kept_baskets(transaction));
    const auto mine = own_basket(baskets, request.sale.key.till, request.basket, {});
    if (mine && baskets[*mine].member) return Named{baskets[*mine].member, baskets[*mine].strength};
  }
  auto session = SaleRequest::Session{request.session_member, request.session_strength};
  if (request.sale.member) session.member = request.sale.member;
  if (!session.member && request.claim_session && !attempt.recorded) {
    if (!attempt.claimed) attempt.claimed = request.claim_session();
    session = *attempt.claimed;
  }
  return Named{session.member, session.member ? session.strength : model::Strength::nobody};
}

// Everything that a sale reads of the journal is read here, so that it waits for one group commit and not for several.
base::Result<> Terminal::record(store::Transaction& transaction, Attempt& attempt) {
  const auto& request = attempt.request;
  const auto& key = request.sale.key;
  attempt.action.reset();
  attempt.questions.reset();
  MILLPOND_TRY(const auto stored, transaction.find_sale(key));
  attempt.recorded = stored.has_value();
  const bool is_new = !stored && !request.sale.training;
  if (is_new && !attempt.asked) {
    MILLPOND_TRY(auto questions, questions_in(transaction, attempt));
    const bool any = std::ranges::any_of(questions.coupons, [](const auto& ask) { return ask.has_value(); });
    if (any || questions.points) {
      attempt.questions = std::move(questions);
      return {};
    }
  }
  auto recorded = request.sale;
  recorded.body_tag = model::body_tag_of(request.body_hash);
  auto named = named_in(transaction, attempt);
  if (is_new && attempt.typed) {
    if (attempt.not_joined) {
      named = base::Error{*attempt.not_joined, "enrol", "at the till"};
    } else if (!*attempt.typed) {
      named = attempt.typed->error();
    } else {
      bool known = false;
      const auto joined = join(transaction, **attempt.typed, known);
      if (!joined) {
        attempt.not_joined = joined.error().code;
        return joined.error();
      }
      named = Named{joined->member, joined->strength};
    }
  }
  std::optional<base::Code> member_problem;
  if (!named) member_problem = named.error().code;
  recorded.member = named ? named->member : base::MemberId{};
  auto strength = named ? named->strength : model::Strength::nobody;
  const bool spends = request.spend_points > 0 && is_new;
  // A code that changes counts once, so it is used up only where its being fresh is needed.
  if (spends && strength == model::Strength::member_code && attempt.shown) {
    if (!attempt.fresh) { MILLPOND_TRY(attempt.fresh, strength_in(transaction, **attempt.shown)); }
    strength = *attempt.fresh;
  }
  if (recorded.member) recorded.member = person_number(replica_, recorded.member);
  const bool of_code =
      !model::too_weak(strength, model::Deed::spend_little);  // who only typed a number is not vouched for
  if (spends && of_code && model::too_weak(strength, model::spending(request.spend_points)) && request.vouched_by) {
    if (!attempt.vouched_by) attempt.vouched_by = request.vouched_by(recorded.member);
  }
  std::vector<PresentedCoupon> coupons;
  auto& replies = attempt.answers.coupons;
  for (std::size_t i = 0; i < attempt.coupons.size(); ++i) {
    const auto& [read, unchecked] = attempt.coupons[i];
    coupons.push_back(present(read, unchecked, i, i < replies.size() ? replies[i] : HubReply{}, replica_));
  }
  if (is_new && attempt.answers.keep_lease) static_cast<void>(attempt.answers.keep_lease(transaction));
  auto honouring = attempt.honouring;
  honouring.replies = replies;
  honouring.approved_by = request.approved_by;
  const auto* const now = attempt.rules.get();
  const auto heard = time_.now();
  auto sold = heard;
  const auto completed_ms = request.completed_at_ms;
  const auto age_ms = heard.wall_ms - completed_ms;
  const bool told_late = request.late && age_ms > slip_age_max_ms;
  if (told_late && heard.day_known() && age_ms <= SaleRequest::told_late_max_ms) sold.wall_ms = completed_ms;
  auto told = told_cards_.row_of(recorded.member, heard.wall_ms);
  attempt.action.emplace(SaleAction::Setup{identity_,
                                           now != nullptr ? &now->book : nullptr,
                                           replica_,
                                           Moment{sold, now != nullptr ? &now->programme : nullptr},
                                           std::move(recorded),
                                           strength,
                                           request.body_hash,
                                           member_problem,
                                           std::move(coupons),
                                           std::move(honouring),
                                           request.slip_locale,
                                           attempt.compose,
                                           request.spend_points,
                                           attempt.vouched_by.value_or(base::StaffId{}),
                                           std::move(told),
                                           attempt.answers.points_refusal,
                                           request.basket,
                                           told_late,
                                           heard.wall_ms,
                                           request.teller_keeps_changed || disputes_.knows(request.body_hash),
                                           request.told_before,
                                           request.invoice_code,
                                           request.slip_lines});
  return attempt.action->run(transaction);
}

base::Result<SaleOutcome> Terminal::sale(const SaleRequest& request, const SaleAction::Compose& compose) {
  auto attempt = attempt_of(request);
  attempt.compose = compose;
  for (;;) {
    const bool undone_before = attempt.not_joined.has_value();
    auto committed = journal_.commit([&](store::Transaction& transaction) { return record(transaction, attempt); });
    if (attempt.questions) {
      attempt.asked = true;
      attempt.answers = request.ask_hub(*attempt.questions);
      attempt.questions.reset();
      continue;
    }
    if (!committed && attempt.not_joined && !undone_before) continue;  // it is recorded without them
    MILLPOND_TRY_DO(settle(std::move(committed), [&](store::Transaction& transaction) -> base::Result<bool> {
      return attempt.action ? attempt.action->is_recorded(transaction) : false;
    }));
    const auto& outcome = attempt.action->outcome();
    if (outcome.kind == SaleOutcome::Kind::changed && !request.teller_keeps_changed)
      disputes_.remember(request.body_hash);
    return outcome;
  }
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
