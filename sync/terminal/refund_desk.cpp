// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/refund_desk.h"

#include "sync/model/causes.h"
#include "sync/model/refund.h"
#include "sync/terminal/issuing.h"
#include "sync/terminal/moment.h"
#include "sync/terminal/rules.h"
#include "sync/wire/canonical.h"

#include <algorithm>

namespace millpond::terminal {
namespace {

// What one refund does inside its transaction. run() begins afresh, so repeating it after a rollback is safe. On the
// journal's thread.
class RefundAction {
 public:
  struct Setup {
    const Identity& identity;
    const model::RuleBook* rules;  // nullptr: none
    store::Replica& replica;
    Moment moment;
    const RefundRequest& request;
    const RefundDesk::Compose& compose;
    bool disputed_before{};  // this very body
  };
  explicit RefundAction(const Setup& setup) : setup_{setup} {}

  base::Result<> run(store::Transaction& transaction);
  base::Result<bool> is_recorded(store::Transaction& transaction);
  base::Result<std::optional<RefundDesk::Standing>> look(store::Transaction& transaction) const;
  [[nodiscard]] RefundOutcome& outcome() { return outcome_; }

 private:
  struct Change {  // what this refund adds to those before
    model::SaleEffects effects;
    model::RefundSum sum;
    model::Refunded before;
    model::Refunded after;
  };
  base::Result<base::Seq> append(store::Transaction& transaction, const model::FactBody& body) const;
  base::Result<> answer_again(store::Transaction& transaction, const store::StoredSale& stored);
  base::Result<std::optional<model::SaleEffects>> find_effects(store::Transaction& transaction) const;
  base::Result<std::optional<Change>> find_change(store::Transaction& transaction);
  [[nodiscard]] model::SaleRefunded fact() const;
  base::Result<> take_back(store::Transaction& transaction, const Change& change);
  base::Result<> void_coupon(store::Transaction& transaction, const model::CouponIssued& issued);
  base::Result<> return_coupon(store::Transaction& transaction, const model::SaleCoupon& used);
  base::Result<std::optional<model::CouponIssued>> terms_of(store::Transaction& transaction,
                                                            base::CouponId coupon) const;
  base::Result<> queue_slip(store::Transaction& transaction) const;

  const Setup setup_;
  RefundOutcome outcome_;
};

bool holds(const std::vector<base::CouponId>& coupons, base::CouponId coupon) {
  return std::ranges::find(coupons, coupon) != coupons.end();
}

base::Result<base::Seq> RefundAction::append(store::Transaction& transaction, const model::FactBody& body) const {
  const auto& moment = setup_.moment;
  return transaction.append(body, moment.now_ms, moment.utc_offset_min, moment.programme_version);
}

base::Result<> RefundAction::run(store::Transaction& transaction) {
  outcome_ = {};
  const auto& request = setup_.request;
  MILLPOND_TRY(const auto stored, transaction.find_sale(request.key));
  if (stored) return answer_again(transaction, *stored);
  MILLPOND_TRY(const auto change, find_change(transaction));
  auto refund = fact();
  if (change) refund.member = change->effects.sale.member;
  if (change) refund.currency = change->effects.sale.currency;
  MILLPOND_TRY(outcome_.seq, append(transaction, refund));
  if (change) MILLPOND_TRY_DO(take_back(transaction, *change));
  if (request.approved_by) {
    MILLPOND_TRY_DO(append(
        transaction, model::ActApproved{
                         model::Act::sale_corrected, request.approved_by, {}, refund.member, outcome_.seq.value, {}}));
  }
  if (!request.training) MILLPOND_TRY_DO(queue_slip(transaction));
  if (setup_.compose) outcome_.answer = setup_.compose(outcome_);
  return transaction.put_sale({request.key, request.body_hash, outcome_.seq, outcome_.answer});
}

model::SaleRefunded RefundAction::fact() const {
  const auto& request = setup_.request;
  model::SaleRefunded refund;
  refund.key = request.key;
  refund.of = request.of;
  refund.currency = request.currency;
  refund.total_minor = outcome_.total_minor;
  refund.whole = request.whole;
  refund.lines = request.lines;
  refund.body_tag = model::body_tag_of(request.body_hash);
  refund.training = request.training;
  refund.sale_known = outcome_.sale_known;
  refund.points_taken = outcome_.points_taken;
  refund.points_returned = outcome_.points_returned;
  refund.operator_id = request.operator_id;
  return refund;
}

base::Result<> RefundAction::answer_again(store::Transaction& transaction, const store::StoredSale& stored) {
  outcome_.seq = stored.seq;
  if (stored.body_hash == setup_.request.body_hash) {
    outcome_.kind = RefundOutcome::Kind::repeated;
    outcome_.answer = stored.answer;
    return {};
  }
  outcome_.kind = RefundOutcome::Kind::changed;
  outcome_.total_minor = setup_.request.total_minor;
  if (setup_.compose) outcome_.answer = setup_.compose(outcome_);
  if (setup_.disputed_before) return {};
  MILLPOND_TRY_DO(append(transaction, model::SaleDisputed{setup_.request.key, setup_.request.body_hash}));
  const auto& moment = setup_.moment;
  const model::Stamp stamp{setup_.identity.certificate.terminal,
                           {},
                           {},
                           moment.now_ms,
                           moment.utc_offset_min,
                           moment.today,
                           moment.programme_version};
  MILLPOND_TRY(const auto content, wire::encode_fact({stamp, fact()}));
  return transaction.put_review("refund_changed", content, moment.now_ms);
}

// What is no longer kept, or changed on the disk, is not known.
base::Result<std::optional<model::SaleEffects>> RefundAction::find_effects(store::Transaction& transaction) const {
  std::optional<model::SaleEffects> none;
  MILLPOND_TRY(const auto stored, transaction.find_sale(setup_.request.of));
  if (!stored) return none;
  std::optional<model::SaleReader> reader;
  auto next = stored->seq;
  while (next.value <= stored->seq.value + model::facts_of_sale_max) {
    const auto facts = transaction.facts_from(stored->epoch, next, model::facts_of_sale_max);
    if (!facts && reader) break;  // the head, or facts that are gone: what is there is all there is
    if (!facts) return none;
    for (const auto& fact : *facts) {
      if (!reader) {
        const auto* const sale = std::get_if<model::SaleRecorded>(&fact.body);
        const auto& currency = setup_.request.currency;
        if (sale == nullptr || sale->training) return none;
        if (currency != base::Currency{} && sale->currency != currency) return none;
        reader.emplace(*sale, stored->epoch, stored->seq);
      } else if (model::SaleReader::ends(fact.body)) {
        return std::optional{reader->effects()};
      } else {
        reader->take(fact);
      }
    }
    next.value += facts->size();
  }
  return reader ? std::optional{reader->effects()} : none;
}

base::Result<std::optional<RefundDesk::Standing>> RefundAction::look(store::Transaction& transaction) const {
  std::optional<RefundDesk::Standing> standing;
  MILLPOND_TRY(const auto effects, find_effects(transaction));
  if (!effects) return standing;
  MILLPOND_TRY(const auto sum, transaction.refunds_of(setup_.request.of));
  return std::optional{RefundDesk::Standing{effects->sale.total_minor, model::refunded(*effects, sum).net_minor}};
}

// Fills in what the outcome says of it.
base::Result<std::optional<RefundAction::Change>> RefundAction::find_change(store::Transaction& transaction) {
  const auto& request = setup_.request;
  outcome_.kind = RefundOutcome::Kind::recorded;
  outcome_.total_minor = request.total_minor;
  std::optional<Change> none;
  if (request.training) return none;
  MILLPOND_TRY(auto effects, find_effects(transaction));
  if (!effects) return none;
  MILLPOND_TRY(auto sum, transaction.refunds_of(request.of));
  Change change{std::move(*effects), std::move(sum), {}, {}};
  change.before = model::refunded(change.effects, change.sum);
  outcome_.sale_known = true;
  if (request.whole) {
    outcome_.total_minor = std::max<std::int64_t>(change.effects.sale.total_minor - change.before.net_minor, 0);
  }
  model::add_refund(change.sum, fact());
  change.after = model::refunded(change.effects, change.sum);
  const auto& before = change.before;
  const auto& after = change.after;
  outcome_.paid_minor = after.paid_minor - before.paid_minor;
  outcome_.points_taken = after.points_taken - before.points_taken;
  outcome_.points_returned = after.points_returned - before.points_returned;
  outcome_.excess_minor = after.excess_minor - before.excess_minor;
  return std::optional{std::move(change)};
}

base::Result<> RefundAction::take_back(store::Transaction& transaction, const Change& change) {
  MILLPOND_TRY_DO(transaction.put_refunds(setup_.request.of, change.sum));
  for (const auto& issued : change.effects.issued) {
    const bool now = holds(change.after.voided, issued.coupon) && !holds(change.before.voided, issued.coupon);
    if (now) MILLPOND_TRY_DO(void_coupon(transaction, issued));
  }
  for (const auto& used : change.effects.used) {
    const bool now = holds(change.after.returned, used.coupon) && !holds(change.before.returned, used.coupon);
    if (now) MILLPOND_TRY_DO(return_coupon(transaction, used));
  }
  return {};
}

base::Result<> RefundAction::void_coupon(store::Transaction& transaction, const model::CouponIssued& issued) {
  MILLPOND_TRY(bool used, transaction.was_used(issued.coupon));
  if (!used) {
    const auto row = setup_.replica.find_coupon(issued.coupon);
    used = row && *row && (*row)->state == wire::CouponState::redeemed;
  }
  MILLPOND_TRY_DO(append(transaction,
                         model::CouponVoided{issued.coupon, issued.member, issued.campaign, issued.value_minor, used}));
  outcome_.voided.push_back({issued.coupon, issued.value_minor, used});
  return {};
}

// What the coupon was, from whoever knows: the use says only what it took off.
base::Result<std::optional<model::CouponIssued>> RefundAction::terms_of(store::Transaction& transaction,
                                                                        base::CouponId coupon) const {
  std::optional<model::CouponIssued> terms;
  MILLPOND_TRY(const auto local, transaction.find_coupon(coupon));
  if (local) return std::optional{local->issued};
  const auto row = setup_.replica.find_coupon(coupon);
  if (!row || !*row) return terms;
  terms.emplace();
  terms->coupon = coupon;
  terms->member = (*row)->member;
  terms->campaign = (*row)->campaign;
  terms->value_minor = (*row)->value_minor;
  terms->threshold_minor = (*row)->threshold_minor;
  terms->not_before = base::LocalDate{(*row)->not_before_day};
  terms->expires = base::LocalDate{(*row)->expires_day};
  return terms;
}

base::Result<> RefundAction::return_coupon(store::Transaction& transaction, const model::SaleCoupon& used) {
  const auto& identity = setup_.identity;
  const auto& moment = setup_.moment;
  MILLPOND_TRY(auto terms, terms_of(transaction, used.coupon));
  auto why = why_not_issue(identity, moment);
  if (!why && !terms) why = base::Code::coupon_unknown;
  if (!why && terms->expires < moment.today) why = base::Code::code_expired;
  if (why) {
    outcome_.coupon_refused = why;
    MILLPOND_TRY_DO(append(transaction, model::CouponReturned{used.coupon, used.member, used.campaign, {}}));
    return {};
  }
  auto event = model::event_key(setup_.request.of);
  base::append_big_endian(event, used.coupon.value, 8);
  terms->cause = model::cause_of(identity.brand, event, 0, terms->member, 0);
  MILLPOND_TRY(const auto earlier, transaction.find_cause(terms->cause));
  if (earlier) return {};
  MILLPOND_TRY(const auto id, transaction.next_id());
  terms->coupon = base::CouponId{id};
  terms->store = identity.certificate.store;
  terms->sale = outcome_.seq;
  terms->sale_epoch = {};
  // No campaign gave this one: CouponReturned says which it stands for.
  terms->by = {};
  terms->variant = 0;
  terms->least_paid_minor = 0;
  MILLPOND_TRY_DO(append(transaction, model::CouponReturned{used.coupon, used.member, used.campaign, terms->coupon}));
  MILLPOND_TRY_DO(append(transaction, *terms));
  const auto* const offer = setup_.rules == nullptr ? nullptr : setup_.rules->find_offer(terms->campaign);
  outcome_.returned.push_back(issued_coupon(identity, *terms, offer != nullptr && offer->confirmed_only));
  return {};
}

base::Result<> RefundAction::queue_slip(store::Transaction& transaction) const {
  Slip slip;
  slip.kind = Slip::Kind::refund;
  slip.total_minor = outcome_.total_minor;
  slip.at_ms = setup_.moment.now_ms;
  slip.seq = outcome_.seq;
  slip.issued = outcome_.returned;
  slip.of_transaction = setup_.request.of.transaction;
  slip.points_taken = outcome_.points_taken;
  slip.points_returned = outcome_.points_returned;
  slip.sale_known = outcome_.sale_known;
  slip.voided = static_cast<std::uint32_t>(outcome_.voided.size());
  // The till prints that money came back; this slip says what became of points and coupons.
  const bool says_something = !outcome_.sale_known || slip.points_taken > 0 || slip.points_returned > 0 ||
                              !outcome_.voided.empty() || !outcome_.returned.empty();
  if (!says_something) return {};
  store::PrintIntent intent;
  intent.of = outcome_.seq;
  intent.locale = setup_.request.slip_locale;
  intent.content = encode_slip(slip);
  return transaction.put_print_intent(intent);
}

base::Result<bool> RefundAction::is_recorded(store::Transaction& transaction) {
  MILLPOND_TRY(const auto stored, transaction.find_sale(setup_.request.key));
  if (!stored) return false;
  const bool same = stored->body_hash == setup_.request.body_hash;
  if (same && outcome_.kind == RefundOutcome::Kind::recorded && stored->seq == outcome_.seq) return true;
  outcome_ = {};
  outcome_.seq = stored->seq;
  outcome_.kind = same ? RefundOutcome::Kind::repeated : RefundOutcome::Kind::changed;
  if (same) outcome_.answer = stored->answer;
  return true;
}

}  // namespace

base::Result<RefundOutcome> RefundDesk::refund(const RefundRequest& request, const Compose& compose) {
  const auto now = terminal_.rules();
  RefundAction action{{terminal_.identity_, now ? &now->book : nullptr, terminal_.replica_,
                       Moment{terminal_.time_.now(), now ? &now->programme : nullptr}, request, compose,
                       terminal_.disputes_.knows(request.body_hash)}};
  auto committed = terminal_.journal_.commit([&](store::Transaction& transaction) { return action.run(transaction); });
  MILLPOND_TRY_DO(terminal_.settle(std::move(committed),
                                   [&](store::Transaction& transaction) { return action.is_recorded(transaction); }));
  if (action.outcome().kind == RefundOutcome::Kind::changed) terminal_.disputes_.remember(request.body_hash);
  return std::move(action.outcome());
}

base::Result<std::optional<RefundDesk::Standing>> RefundDesk::look(const model::SaleKey& sale) {
  RefundRequest request;
  request.of = sale;
  const Compose nothing;
  const RefundAction action{
      {terminal_.identity_, nullptr, terminal_.replica_, Moment{terminal_.time_.now(), nullptr}, request, nothing}};
  std::optional<Standing> standing;
  MILLPOND_TRY_DO(terminal_.read([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(standing, action.look(transaction));
    return {};
  }));
  return standing;
}

}  // namespace millpond::terminal
