// SPDX-License-Identifier: Apache-2.0
// What people do at a simulated terminal, and what they are told.
#include "sync/client/documents.h"
#include "sync/crypto/hash.h"
#include "tests/simulation/sim_terminal.h"

#include <algorithm>

namespace millpond::simulation {
namespace {

constexpr std::uint64_t rushes_a_day = 40;
constexpr std::size_t tills_waiting_max = 64;
constexpr std::size_t coupons_kept_max = 200;
constexpr std::size_t own_points_max = 16;
constexpr std::uint64_t spent_points_max = 150;

}  // namespace

void SimTerminal::open_until(std::int64_t closes_ms) {
  closes_ms_ = closes_ms;
  const auto pause_ms = static_cast<std::int64_t>(rng_.below(2 * day_ms / rushes_a_day));
  if (around_.timeline.now_ms() + pause_ms >= closes_ms) return;
  around_.timeline.after(pause_ms, [this] {
    rush();
    open_until(closes_ms_);
  });
}

// A rush is one group of waiting actions; every third is a single one.
void SimTerminal::rush() {
  if (!journal_) return;  // a till without a terminal waits; a shopper goes home
  const bool at_till = around_.crowd != nullptr ? !rng_.chance(1, 5) : rng_.chance(1, 3);
  const bool goods_wait = std::ranges::any_of(pending_, [](const Sale& sale) { return sale.refunds.has_value(); });
  if (at_till || goods_wait) return visit_till();
  auto attempts = make_attempts();
  if (attempts.empty()) return;
  if (around_.bug == Bug::told_before_commit) {
    for (const auto& attempt : attempts) {
      if (attempt.sale) around_.oracle.told_sale(disk_number_, attempt.sale->key);
    }
    pending_.clear();
  }
  std::vector<store::Action> actions;
  actions.reserve(attempts.size());
  for (auto& attempt : attempts) {
    actions.emplace_back([this, &attempt](store::Transaction& transaction) { return act(transaction, attempt); });
  }
  strike(12);
  const auto results = journal_->commit(actions);
  pending_.clear();
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i]) {
      ++commits_;
      tell(attempts[i]);
    } else if (attempts[i].sale && around_.bug != Bug::told_before_commit) {
      pending_.push_back(*attempts[i].sale);
    }
  }
  if (died()) return;
  for (const auto& result : results) {
    if (result || disk_is_to_blame(result.error())) continue;
    around_.oracle.violated("an action failed on a well disk: " + base::describe(result.error()));
    break;
  }
  feed_all(executor_->report_outbox());
}

std::vector<SimTerminal::Attempt> SimTerminal::make_attempts() {
  std::vector<Attempt> attempts;
  for (auto& sale : pending_) attempts.push_back({std::move(sale), {}, {}, {}});
  pending_.clear();
  if (around_.timeline.now_ms() >= closes_ms_ || attempts.size() >= tills_waiting_max) return attempts;
  const auto mean = std::max<std::uint64_t>(around_.actions_a_day / rushes_a_day, 1);
  const auto count = rng_.chance(1, 3) ? 1 : 1 + rng_.below(3 * mean);
  for (std::uint64_t i = 0; i < count; ++i) {
    const bool sells = !rng_.chance(1, 16);
    attempts.push_back({});
    if (sells) attempts.back().sale = make_sale();
  }
  return attempts;
}

SimTerminal::Sale SimTerminal::make_sale() {
  Sale sale;
  sale.key.store = base::StoreId{1};
  sale.key.till = "till-" + std::to_string(disk_number_);
  sale.key.business_date = base::local_date_at(MachineClock::epoch_ms + around_.timeline.now_ms(), 480);
  sale.key.transaction = std::to_string(++transactions_);
  if (!around_.members.empty()) sale.member = around_.members[rng_.below(around_.members.size())];
  sale.total_minor = 500 + static_cast<std::int64_t>(rng_.below(20'000));
  sale.gives_coupon = rng_.chance(1, 4);
  if (!coupons_.empty() && rng_.chance(1, 6)) sale.redeems = coupons_[rng_.below(coupons_.size())];
  if (!around_.seen.empty() && rng_.chance(1, 40)) {
    const auto& coupon = around_.seen[rng_.below(around_.seen.size())];
    if (around_.faults.begins(Fault::coupon_elsewhere)) sale.from_elsewhere = coupon;
  }
  if (around_.crowd != nullptr) let_crowd_show(sale);
  // Half of all members keep theirs, so that what is shown after a start can be compared.
  const bool spends = sale.member && sale.member.value % 2 == 1;
  if (spends && rng_.chance(1, around_.crowd != nullptr ? 2 : 3))
    sale.spends = 1 + static_cast<std::int64_t>(rng_.below(spent_points_max));
  const auto* const spender = around_.crowd != nullptr ? around_.crowd->spender(rng_) : nullptr;
  if (spender != nullptr && rng_.chance(1, 4)) {
    sale.coupon_code.clear();
    sale.member = spender->member;
    sale.spends = spender->points;
    sale.total_minor = 500;
  }
  return sale;
}

base::Result<> SimTerminal::act(store::Transaction& transaction, Attempt& attempt) {
  attempt.facts.clear();
  return attempt.sale ? record(transaction, attempt) : enrol(transaction, attempt);
}

base::Result<> SimTerminal::enrol(store::Transaction& transaction, Attempt& attempt) {
  MILLPOND_TRY(const auto id, transaction.next_id());
  model::MemberEnrolled fact;
  fact.member = base::MemberId{id};
  fact.store = base::StoreId{1};
  fact.channel = model::Channel::kiosk;
  fact.consents.push_back({model::Purpose::membership, true, base::Hash{1}, "zh-CN"});
  attempt.enrolled = fact.member;
  MILLPOND_TRY_DO(append(transaction, fact, attempt));
  return {};
}

base::Result<> SimTerminal::record(store::Transaction& transaction, Attempt& attempt) {
  const auto& sale = *attempt.sale;
  if (around_.bug != Bug::repeat_without_lookup) {
    MILLPOND_TRY(const auto known, transaction.find_sale(sale.key));
    if (known) return {};  // an earlier attempt recorded it
  }
  model::SaleRecorded recorded;
  recorded.key = sale.key;
  recorded.member = sale.member;
  recorded.currency = base::Currency{{'C', 'N', 'Y'}};
  recorded.total_minor = sale.total_minor;
  recorded.eligible_minor = sale.total_minor;
  recorded.lines.push_back({"1", "tea-" + std::to_string(sale.total_minor % 7), "1", "tea", sale.total_minor, 0});
  recorded.tenders.push_back({model::TenderType::cash, sale.total_minor});
  const auto body_hash = crypto::blake2b(base::view_of(sale.key.transaction));
  recorded.body_tag = model::body_tag_of(body_hash);
  MILLPOND_TRY(const auto seq, append(transaction, recorded, attempt));
  if (sale.member) {
    MILLPOND_TRY_DO(
        append(transaction, model::PointsEarned{sale.member, seq, sale.total_minor / 100, sale.total_minor}, attempt));
  }
  MILLPOND_TRY_DO(use_coupons(transaction, attempt, seq));
  return transaction.put_sale({sale.key, body_hash, seq, {'{', '}'}});
}

base::Result<> SimTerminal::use_coupons(store::Transaction& transaction, Attempt& attempt, base::Seq seq) {
  const auto& sale = *attempt.sale;
  const base::CampaignId campaign{1};
  if (sale.redeems && may_honour()) {
    MILLPOND_TRY(const auto coupon, transaction.find_coupon(sale.redeems));
    if (coupon && (coupon->held || around_.bug == Bug::coupon_without_lookup)) {
      MILLPOND_TRY_DO(
          append(transaction, model::CouponRedeemed{sale.redeems, sale.member, campaign, seq, 800}, attempt));
    }
  }
  if (sale.from_elsewhere) {
    const model::CouponOverRedeemed loss{sale.from_elsewhere->coupon, sale.member,  campaign, seq, 800,
                                         "coupon_elsewhere",          base::Epoch{}};
    MILLPOND_TRY_DO(append(transaction, loss, attempt));
  }
  if (!sale.gives_coupon) return {};
  const auto cause = crypto::blake2b(base::view_of(sale.key.till), base::view_of(sale.key.transaction));
  MILLPOND_TRY(const auto earlier, transaction.find_cause(cause));
  if (earlier) return {};  // a disk forgot the sale and kept its coupon
  MILLPOND_TRY(const auto id, transaction.next_id());
  const auto today = base::local_date_at(clock_.wall_ms(), utc_offset_min());
  attempt.issued = model::CouponIssued{base::CouponId{id},
                                       sale.member,
                                       campaign,
                                       base::StoreId{1},
                                       800,
                                       3'000,
                                       today,
                                       base::LocalDate{today.days + 30},
                                       cause,
                                       seq};
  MILLPOND_TRY_DO(append(transaction, *attempt.issued, attempt));
  return {};
}

base::Result<base::Seq> SimTerminal::append(store::Transaction& transaction, model::FactBody body, Attempt& attempt) {
  const auto sale = attempt.sale && !std::holds_alternative<model::SaleRecorded>(body) ? tag_of(attempt.sale->key) : 0;
  around_.oracle.made(body, sale);
  MILLPOND_TRY(const auto seq, transaction.append(body, clock_.wall_ms(), utc_offset_min(), around_.programme.version));
  attempt.facts.push_back(std::move(body));
  return seq;
}

// As terminal::Terminal decides it.
bool SimTerminal::may_honour() {
  const auto standing = journal_->document(client::standing_document);
  const bool may = standing && (!*standing || (*standing)->empty() || (*standing)->front() != 1);
  if (!may) static_cast<void>(around_.faults.begins(Fault::value_suspended));
  return may;
}

std::int32_t SimTerminal::utc_offset_min() {
  const auto now = model::offset_at(around_.programme, clock_.wall_ms());
  if (offset_min_ && *offset_min_ != now) static_cast<void>(around_.faults.begins(Fault::daylight_saving));
  offset_min_ = now;
  return now;
}

void SimTerminal::tell(const Attempt& attempt) {
  const auto sale = attempt.sale ? tag_of(attempt.sale->key) : 0;
  for (const auto& fact : attempt.facts) {
    const bool is_sale = std::holds_alternative<model::SaleRecorded>(fact);
    around_.oracle.told(disk_number_, tag_of(fact, is_sale ? 0 : sale));
    if (suspended_ && !journal_flipped_ && std::holds_alternative<model::CouponRedeemed>(fact)) {
      around_.oracle.violated(describe() + ": a coupon was honoured by a copy that was told to honour none");
    }
    if (suspended_ && !journal_flipped_ && std::holds_alternative<model::PointsSpent>(fact)) {
      around_.oracle.violated(describe() + ": points were spent at a copy that was told to honour nothing");
    }
    std::int64_t points = 0;
    if (const auto* earned = std::get_if<model::PointsEarned>(&fact)) points = earned->points;
    if (const auto* given = std::get_if<model::AwardGiven>(&fact)) points = given->number;
    if (const auto* back = std::get_if<model::SaleRefunded>(&fact)) points = back->points_returned - back->points_taken;
    if (const auto* spent = std::get_if<model::PointsSpent>(&fact)) points = -spent->points;
    if (points == 0) continue;
    const auto member = model::member_of(fact);
    const auto own = own_points_.find(member);
    if (own != own_points_.end()) own->second += points;
    if (own == own_points_.end() && own_points_.size() < own_points_max) own_points_[member] = points;
  }
  if (attempt.enrolled) around_.members.push_back(*attempt.enrolled);
  if (attempt.issued && !attempt.facts.empty()) {
    coupons_.push_back(attempt.issued->coupon);
    if (coupons_.size() > coupons_kept_max) coupons_.erase(coupons_.begin());
    around_.seen.push_back(*attempt.issued);
    if (around_.seen.size() > coupons_kept_max) around_.seen.erase(around_.seen.begin());
  }
  if (!attempt.sale || attempt.sale->refunds) return;
  around_.oracle.told_sale(disk_number_, attempt.sale->key);
  if (attempt.sale->redeems && rng_.chance(3, 4)) std::erase(coupons_, attempt.sale->redeems);  // or shown again
}

}  // namespace millpond::simulation
