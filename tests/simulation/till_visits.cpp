// SPDX-License-Identifier: Apache-2.0
// Sales as the shipped use case makes them: terminal::Terminal on the journal's own thread, one sale a commit. Its
// rules, repetitions, offline refusals and suspension are what is tested; enrolments are not made here, because their
// sealed boxes draw from the machine's randomness and one seed must give one history.
#include "sync/client/documents.h"
#include "sync/crypto/hash.h"
#include "sync/terminal/person.h"
#include "sync/terminal/refund_desk.h"
#include "tests/simulation/sim_terminal.h"

#include <algorithm>

namespace millpond::simulation {
namespace {

constexpr std::size_t codes_kept_max = 40;
constexpr std::size_t sold_kept_max = 60;

terminal::SaleRequest request_of(const model::SaleKey& key, base::MemberId member, std::int64_t total_minor) {
  terminal::SaleRequest request;
  request.sale.key = key;
  request.sale.currency = base::Currency{{'C', 'N', 'Y'}};
  request.sale.total_minor = request.sale.eligible_minor = total_minor;
  request.sale.lines.push_back({"1", "tea-" + std::to_string(total_minor % 7), "1", "tea", total_minor, 0});
  request.sale.tenders.push_back({model::TenderType::cash, total_minor});
  request.body_hash = crypto::blake2b(base::view_of(key.transaction));
  request.session_member = member;
  request.session_strength = model::Strength::member_code;
  return request;
}

}  // namespace

// One till after the other, each answered before the next one.
void SimTerminal::visit_till() {
  auto attempts = make_attempts();
  if (auto refund = make_refund()) attempts.push_back({std::move(refund), {}, {}, {}});
  for (auto& attempt : attempts) {
    if (!attempt.sale) continue;  // whoever wanted to enrol comes again
    if (journal_ == nullptr) {
      pending_.push_back(*attempt.sale);
    } else if (attempt.sale->refunds) {
      bring_back(attempt);
    } else {
      ring_up(attempt);
    }
  }
  if (executor_) feed_all(executor_->report_outbox());
}

void SimTerminal::ring_up(Attempt& attempt) {
  auto& sale = *attempt.sale;
  const bool own_only = around_.crowd == nullptr;
  if (own_only && sale.coupon_code.empty() && !coupon_codes_.empty() && rng_.chance(1, 3)) {
    sale.coupon_code = coupon_codes_[rng_.below(coupon_codes_.size())];
  }
  auto request = request_of(sale.key, sale.member, sale.total_minor);
  if (!sale.coupon_code.empty()) request.redemptions.push_back(sale.coupon_code);
  if (around_.crowd != nullptr) request.hub_replies = ask_hub(request);
  if (sale.spends > 0) {
    request.spend_points = sale.spends;
    around_.oracle.debited_elsewhere(sale.member);
    around_.oracle.debited_elsewhere(terminal::person_number(*replica_, sale.member));
    ask_for_points(request);
    if (died()) return pending_.push_back(sale);
  }
  recorder_.clear();
  strike(24);
  const auto outcome = terminal_->sale(request, [&](const terminal::SaleOutcome&) {
    return base::Bytes{sale.key.transaction.begin(), sale.key.transaction.end()};
  });
  take_outcome(attempt, outcome);
  if (died() || !outcome || outcome->points_spent == 0 || !rng_.chance(1, 4)) return;
  post_again(request);
  static_cast<void>(died());
}

// Whoever has the till sends what was answered once more.
void SimTerminal::post_again(const terminal::SaleRequest& request) {
  recorder_.clear();
  const auto outcome = terminal_->sale(request, [](const terminal::SaleOutcome&) {
    return base::Bytes{'a', 'g', 'a', 'i', 'n'};
  });
  if (recorder_.empty() && (!outcome || outcome->kind == terminal::SaleOutcome::Kind::repeated)) return;
  around_.oracle.violated(describe() + ": a sale that was posted again spent points again");
}

// Of a sale of any till, some or all of it, so that several refunds of one sale meet at the hub in any order.
std::optional<SimTerminal::Sale> SimTerminal::make_refund() {
  const bool closed = around_.timeline.now_ms() >= closes_ms_;
  if (closed || around_.sold.empty() || !rng_.chance(1, 4)) return std::nullopt;
  const auto& sold = around_.sold[rng_.below(around_.sold.size())];
  auto refund = make_sale();
  refund.coupon_code.clear();
  refund.key.transaction += "R";
  refund.member = sold.member;
  refund.refunds = sold.key;
  refund.whole = rng_.chance(1, 3);
  refund.total_minor = 1 + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(sold.total_minor) * 3 / 4));
  return refund;
}

void SimTerminal::bring_back(Attempt& attempt) {
  const auto& sale = *attempt.sale;
  terminal::RefundRequest request;
  request.key = sale.key;
  request.of = *sale.refunds;
  request.currency = base::Currency{{'C', 'N', 'Y'}};
  request.total_minor = sale.total_minor;
  request.whole = sale.whole;
  request.body_hash = crypto::blake2b(base::view_of(sale.key.transaction));
  recorder_.clear();
  strike(24);
  const auto outcome = terminal::RefundDesk{*terminal_}.refund(request, [&](const terminal::RefundOutcome&) {
    return base::Bytes{sale.key.transaction.begin(), sale.key.transaction.end()};
  });
  take_facts(sale.key);
  if (!outcome) {
    pending_.push_back(sale);
    around_.oracle.debited_elsewhere(sale.member);  // perhaps: its fact may be on the disk and on its way
    if (!disk_is_to_blame(outcome.error()) && disk_.deaths() == deaths_) {
      around_.oracle.violated("a refund failed on a well disk: " + base::describe(outcome.error()));
    }
  } else {
    ++commits_;
    if (outcome->kind == terminal::RefundOutcome::Kind::changed) {
      around_.oracle.violated(describe() + ": a till's repetition is taken for another refund");
    }
    if (outcome->kind == terminal::RefundOutcome::Kind::recorded) attempt.facts = recorder_;
    if (!outcome->sale_known) around_.oracle.debited_elsewhere(sale.member);
    for (const auto& issued : outcome->returned) {
      coupon_codes_.push_back(issued.code_text);
      if (around_.crowd != nullptr) around_.crowd->photographs({issued.code_text, sale.member, id()});
    }
    tell(attempt);
  }
  static_cast<void>(died());
}

// With the card of whoever the coupon was given to, which was photographed as well.
void SimTerminal::let_crowd_show(Sale& sale) {
  if (!rng_.chance(3, 4)) return;
  const auto* const picture = around_.crowd->shows(disk_number_, rng_);
  if (picture == nullptr) return;
  sale.coupon_code = picture->code;
  sale.member = picture->member;
}

std::vector<terminal::HubReply> SimTerminal::ask_hub(const terminal::SaleRequest& request) {
  if (request.redemptions.empty()) return {};
  const auto asks = terminal_->questions(request);
  if (!asks) return {};  // its disk; the sale says so
  std::vector<terminal::HubReply> replies;
  for (const auto& word : redeem_line_->ask(asks->coupons))
    replies.push_back({word.word, word.why, word.receipt, word.open});
  return replies;
}

// As a till's counter does it. A lease that cannot be kept comes again by a page.
void SimTerminal::ask_for_points(terminal::SaleRequest& request) {
  const auto asks = terminal_->questions(request);
  if (!asks || !asks->points) return;
  const auto word = redeem_line_->ask(*asks->points, client::RedeemLine::limit_ms);
  if (word.word == model::HubWord::refused) request.points_refusal = word.why;
  if (!word.lease) return;
  static_cast<void>(journal_thread_->commit(
      [&](store::Transaction& transaction) { return client::keep_lease(*word.lease, transaction, word.hub_wall_ms); }));
}

// Whoever knows how late it is lets nobody spend by a lease that is over.
void SimTerminal::check_spent(const terminal::SaleOutcome& outcome) {
  if (outcome.points_refused) static_cast<void>(around_.faults.begins(Fault::points_refused));
  if (outcome.points_spent == 0 || clock_.shift_ms != 0 || !around_.hub.up()) return;
  base::LeaseId lease;
  for (const auto& fact : recorder_) {
    if (const auto* spent = std::get_if<model::PointsSpent>(&fact)) lease = spent->lease;
  }
  for (const auto& standing : around_.hub.leases().leases) {
    if (standing.lease.id != lease || standing.terminal != id()) continue;
    if (MachineClock::epoch_ms + around_.timeline.now_ms() < standing.lease.expires_ms) continue;
    around_.oracle.violated(describe() + ": points were spent by a lease that was over");
  }
}

void SimTerminal::take_facts(const model::SaleKey& key) {
  for (const auto& fact : recorder_) {
    const bool is_sale = std::holds_alternative<model::SaleRecorded>(fact);
    around_.oracle.made(fact, is_sale ? 0 : tag_of(key));
  }
}

// Only where something is told to a person now: a repetition honours nothing anew.
void SimTerminal::check_honoured(const terminal::SaleOutcome& outcome) {
  const bool risked = std::ranges::find(outcome.honoured, model::Honour::provisional) != outcome.honoured.end();
  if (!risked || !replica_gone_ || outcome.kind != terminal::SaleOutcome::Kind::recorded) return;
  around_.oracle.violated(describe() + ": a coupon of another terminal was honoured without what the hub had told");
}

void SimTerminal::take_outcome(Attempt& attempt, const base::Result<terminal::SaleOutcome>& outcome) {
  const auto& sale = *attempt.sale;
  take_facts(sale.key);
  if (!outcome) {
    pending_.push_back(sale);
    if (disk_is_to_blame(outcome.error()) || disk_.deaths() != deaths_) return;
    return around_.oracle.violated("a sale failed on a well disk: " + base::describe(outcome.error()));
  }
  ++commits_;
  if (outcome->kind == terminal::SaleOutcome::Kind::changed) {
    around_.oracle.violated(describe() + ": a till's repetition is taken for another sale");
  }
  if (outcome->kind == terminal::SaleOutcome::Kind::recorded) {
    attempt.facts = recorder_;
    check_spent(*outcome);
    // What a refund takes is its share of a total that was paid with money.
    if (outcome->points_spent == 0) around_.sold.push_back({sale.key, sale.member, sale.total_minor});
    if (around_.sold.size() > sold_kept_max) around_.sold.erase(around_.sold.begin());
  }
  check_honoured(*outcome);
  for (const auto& refused : outcome->refused) {
    if (refused.code == base::Code::value_suspended) static_cast<void>(around_.faults.begins(Fault::value_suspended));
  }
  for (const auto& issued : outcome->issued) {
    coupon_codes_.push_back(issued.code_text);
    if (coupon_codes_.size() > codes_kept_max) coupon_codes_.erase(coupon_codes_.begin());
    if (around_.crowd != nullptr) around_.crowd->photographs({issued.code_text, outcome->member, id()});
  }
  tell(attempt);
}

}  // namespace millpond::simulation
