// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/sale_action.h"

#include "sync/model/rules.h"
#include "sync/model/spending.h"
#include "sync/terminal/issuing.h"
#include "sync/terminal/member_coupon.h"
#include "sync/terminal/person.h"
#include "sync/terminal/weighing.h"
#include "sync/wire/canonical.h"

#include <algorithm>
#include <utility>

namespace millpond::terminal {

base::Result<base::Seq> SaleAction::append(store::Transaction& transaction, const model::FactBody& body) const {
  const auto& moment = setup_.moment;
  return transaction.append(body, moment.now_ms, moment.utc_offset_min, moment.programme_version);
}

base::Result<> SaleAction::run(store::Transaction& transaction) {
  outcome_ = {};
  used_.clear();
  kept_.reset();
  vouch_recorded_ = false;
  outcome_.member = setup_.sale.member;
  outcome_.strength = setup_.strength;
  outcome_.member_problem = setup_.member_problem;
  MILLPOND_TRY(const auto stored, transaction.find_sale(setup_.sale.key));
  if (stored) return answer_again(transaction, *stored);

  outcome_.kind = SaleOutcome::Kind::recorded;
  MILLPOND_TRY(outcome_.seq, append(transaction, setup_.sale));
  if (!setup_.sale.training) {
    MILLPOND_TRY_DO(redeem_all(transaction));
    MILLPOND_TRY_DO(spend(transaction));
    MILLPOND_TRY_DO(earn(transaction));
    MILLPOND_TRY_DO(reward(transaction));
  }
  MILLPOND_TRY_DO(weigh(transaction));
  if (!setup_.sale.training) MILLPOND_TRY_DO(queue_slip(transaction));
  if (setup_.compose) outcome_.answer = setup_.compose(outcome_);
  return transaction.put_sale({setup_.sale.key, setup_.body_hash, outcome_.seq, outcome_.answer});
}

bool SaleAction::is_same(const store::StoredSale& stored) const {
  return stored.body_hash == setup_.body_hash || (setup_.told_before && setup_.told_before(stored.answer));
}

base::Result<> SaleAction::answer_again(store::Transaction& transaction, const store::StoredSale& stored) {
  outcome_.seq = stored.seq;
  if (is_same(stored)) {
    outcome_.kind = SaleOutcome::Kind::repeated;
    outcome_.answer = stored.answer;
    return {};
  }
  outcome_.kind = SaleOutcome::Kind::changed;
  if (setup_.compose) outcome_.answer = setup_.compose(outcome_);
  if (setup_.disputed_before) return {};
  MILLPOND_TRY_DO(append(transaction, model::SaleDisputed{setup_.sale.key, setup_.body_hash}));
  const auto& moment = setup_.moment;
  const model::Fact rejected{{setup_.identity.certificate.terminal,
                              {},
                              {},
                              moment.now_ms,
                              moment.utc_offset_min,
                              moment.today,
                              moment.programme_version},
                             setup_.sale};
  MILLPOND_TRY(const auto content, wire::encode_fact(rejected));
  return transaction.put_review("sale_changed", content, setup_.heard_ms);
}

// The newest lease of the points decides. One that came since the action began was put here on this thread.
base::Result<> SaleAction::spend(store::Transaction& transaction) {
  if (setup_.spend_points <= 0) return {};
  const auto member = setup_.sale.member;
  model::SpendCase of;
  of.points = setup_.spend_points;
  of.strength = member ? setup_.strength : model::Strength::nobody;
  MILLPOND_TRY(of.balance, spendable_points(transaction, person(), programme(), setup_.moment.today));
  MILLPOND_TRY(const auto leases, transaction.leases(member));
  base::LeaseId lease;
  for (const auto& held : leases) {
    if (held.lease.kind != model::LeaseKind::points) continue;
    const auto now_ms = setup_.moment.day_known ? std::optional{setup_.heard_ms} : std::nullopt;
    of.lease = model::LeaseCase{held.lease, held.use, of.points, held.live_epoch, setup_.honouring.suspended, now_ms};
    lease = held.lease.id;
  }
  const bool by_basket =
      !setup_.vouched_by && is_kept_for_member() && model::spending(of.points) == model::Deed::spend_much;
  const auto by = by_basket ? kept_->vouched_by : setup_.vouched_by;
  if (member && by) of.strength = std::max(of.strength, model::Strength::vouched);
  outcome_.points_refused = setup_.honouring.suspended ? std::optional{base::Code::value_suspended} : why_not_spend(of);
  if (outcome_.points_refused == base::Code::points_cap && setup_.points_refusal) {
    outcome_.points_refused = setup_.points_refusal;
  }
  if (outcome_.points_refused) return {};
  if (member && by) MILLPOND_TRY_DO(record_vouch(transaction, by));
  MILLPOND_TRY_DO(append(transaction, model::PointsSpent{member, outcome_.seq, of.points, lease, {}}));
  outcome_.points_spent = of.points;
  return {};
}

// That whoever stands there is the member: once, whatever of the sale it was needed for.
base::Result<> SaleAction::record_vouch(store::Transaction& transaction, base::StaffId by) {
  if (std::exchange(vouch_recorded_, true)) return {};
  MILLPOND_TRY_DO(
      append(transaction,
             model::ActApproved{model::Act::identity_approved, by, {}, setup_.sale.member, outcome_.seq.value, {}}));
  return {};
}

base::Result<> SaleAction::earn(store::Transaction& transaction) {
  if (setup_.rules == nullptr) return {};
  const auto earning = model::earning_of(*programme(), setup_.sale);
  if (!earning) return {};
  outcome_.points_earned = earning->points;
  MILLPOND_TRY_DO(
      append(transaction, model::PointsEarned{setup_.sale.member, outcome_.seq, earning->points, earning->base_minor}));
  return {};
}

const model::Programme* SaleAction::programme() const {
  return setup_.rules == nullptr ? nullptr : &setup_.rules->programme();
}

// The replica is read here, on the journal's thread, and not before: deltas are pruned on this thread after the replica
// took them over, so the hub's word read now can only be ahead of what was pruned, never behind. A replica that cannot
// be read costs the hub's word, not the sale.
base::Result<> SaleAction::weigh(store::Transaction& transaction) {
  if (!model::shown(setup_.strength, model::Surface::till_answer).balance) return {};
  MILLPOND_TRY(outcome_.balance, balance_of(transaction));
  return {};
}

base::Result<std::int64_t> SaleAction::balance_of(store::Transaction& transaction) {
  const auto member = setup_.sale.member;
  if (!member) return 0;
  const auto who = person();
  MILLPOND_TRY(const auto pending, pending_points(transaction, who));
  return (who.row ? wire::points_on(who.row->row, setup_.moment.today).points : 0) + pending;
}

// By the replica as it is now; of a member whose page has not come, by what the hub said when it was asked.
Person SaleAction::person() const {
  const auto member = setup_.sale.member;
  auto known = person_of(setup_.replica, member).value_or(Person{member, std::nullopt, {}});
  if (!known.row) known.row = setup_.told;
  return known;
}

base::Result<> SaleAction::queue_slip(store::Transaction& transaction) const {
  if (setup_.told_late) return {};
  if (!setup_.sale.member && outcome_.issued.empty() && outcome_.redeemed.empty()) return {};
  Slip slip;
  slip.kind = Slip::Kind::sale;
  slip.total_minor = setup_.sale.total_minor;
  slip.at_ms = setup_.moment.now_ms;
  slip.seq = outcome_.seq;
  slip.member = outcome_.member;
  slip.strength = outcome_.strength;
  slip.points_earned = outcome_.points_earned;
  slip.points_spent = outcome_.points_spent;
  slip.points_given = outcome_.points_given;
  slip.balance = outcome_.balance;
  slip.redeemed = outcome_.redeemed;
  slip.issued = outcome_.issued;
  slip.invoice_code = setup_.invoice_code;
  slip.promised = outcome_.promised;
  slip.lines = setup_.slip_lines;
  store::PrintIntent intent;
  intent.of = outcome_.seq;
  intent.locale = setup_.slip_locale;
  intent.content = encode_slip(slip);
  return transaction.put_print_intent(intent);
}

base::Result<bool> SaleAction::is_recorded(store::Transaction& transaction) {
  MILLPOND_TRY(const auto stored, transaction.find_sale(setup_.sale.key));
  if (!stored) return false;
  const bool as_run = outcome_.kind == SaleOutcome::Kind::recorded && stored->seq == outcome_.seq &&
                      stored->body_hash == setup_.body_hash;
  if (as_run) return true;
  outcome_.redeemed.clear();
  outcome_.honoured.clear();
  outcome_.issued.clear();
  outcome_.points_given = 0;
  outcome_.used_up.clear();
  outcome_.promised.clear();
  outcome_.coupon_refused.reset();
  outcome_.points_spent = 0;
  outcome_.points_refused.reset();
  outcome_.seq = stored->seq;
  const bool same = is_same(*stored);
  outcome_.kind = same ? SaleOutcome::Kind::repeated : SaleOutcome::Kind::changed;
  if (same) outcome_.answer = stored->answer;
  return true;
}

}  // namespace millpond::terminal
