// SPDX-License-Identifier: Apache-2.0
// What people do at a simulated terminal, and what they are told.
#include "sync/crypto/hash.h"
#include "tests/simulation/sim_terminal.h"

namespace millpond::simulation {
namespace {

constexpr std::int32_t utc_offset_min = 480;
constexpr std::uint32_t programme_version = 1;
// Two or three facts each make more than 200 a day.
constexpr std::uint64_t visits_a_day = 110;

}  // namespace

SimTerminal::~SimTerminal() {
  disk_.kill();
  executor_.reset();
}

void SimTerminal::open_until(std::int64_t closes_ms) {
  closes_ms_ = closes_ms;
  const auto pause_ms = static_cast<std::int64_t>(rng_.below(2 * day_ms / visits_a_day));
  if (around_.timeline.now_ms() + pause_ms >= closes_ms) return;
  around_.timeline.after(pause_ms, [this] {
    visit();
    open_until(closes_ms_);
  });
}

void SimTerminal::visit() {
  if (!journal_) return;  // a till without a terminal waits; a shopper goes home
  if (pending_ || rng_.chance(85, 100)) {
    sell();
  } else {
    enrol();
  }
  if (executor_) feed_all(executor_->report_outbox());
}

void SimTerminal::enrol() {
  Happened happened;
  const bool done = commit([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(const auto id, transaction.next_id());
    model::MemberEnrolled fact;
    fact.member = base::MemberId{id};
    fact.store = base::StoreId{1};
    fact.channel = model::Channel::kiosk;
    fact.consents.push_back({model::Purpose::membership, true, crypto::blake2b(base::view_of("words")), "zh-CN"});
    happened.enrolled = fact.member;
    MILLPOND_TRY_DO(append(transaction, fact, happened));
    return {};
  });
  if (done) tell(happened);
}

SimTerminal::Sale SimTerminal::make_sale() {
  Sale sale;
  sale.key.store = base::StoreId{1};
  sale.key.till = "till-" + std::to_string(credentials_.terminal.value);
  sale.key.business_date = base::local_date_at(MachineClock::epoch_ms + around_.timeline.now_ms(), utc_offset_min);
  sale.key.transaction = std::to_string(++transactions_);
  if (!around_.members.empty()) sale.member = around_.members[rng_.below(around_.members.size())];
  sale.total_minor = 500 + static_cast<std::int64_t>(rng_.below(20'000));
  sale.gives_coupon = rng_.chance(1, 2);
  if (!coupons_.empty() && rng_.chance(1, 3)) sale.redeems = coupons_[rng_.below(coupons_.size())];
  return sale;
}

void SimTerminal::sell() {
  if (!pending_) pending_ = make_sale();
  if (around_.bug == Bug::told_before_commit) around_.oracle.told_sale(pending_->key);
  Happened happened;
  const auto sale = *pending_;
  if (around_.bug == Bug::told_before_commit) pending_.reset();
  const bool done = commit([&](store::Transaction& transaction) { return record(transaction, sale, happened); });
  if (!done) return;
  pending_.reset();
  around_.oracle.told_sale(sale.key);
  tell(happened);
}

base::Result<> SimTerminal::record(store::Transaction& transaction, const Sale& sale, Happened& happened) {
  if (around_.bug != Bug::repeat_without_lookup) {
    MILLPOND_TRY(const auto known, transaction.find_sale(sale.key));
    if (known) {
      happened.known = true;
      return {};
    }
  }
  model::SaleRecorded recorded;
  recorded.key = sale.key;
  recorded.member = sale.member;
  recorded.currency = base::Currency{{'C', 'N', 'Y'}};
  recorded.total_minor = sale.total_minor;
  recorded.eligible_minor = sale.total_minor;
  recorded.lines.push_back({"1", "tea-" + std::to_string(sale.total_minor % 7), "1", "tea", sale.total_minor, 0});
  recorded.tenders.push_back({model::TenderType::cash, sale.total_minor});
  const auto body_hash = crypto::sha256(base::view_of(sale.key.transaction));
  recorded.body_tag = model::body_tag_of(body_hash);
  MILLPOND_TRY(const auto seq, append(transaction, recorded, happened));
  if (sale.member) {
    MILLPOND_TRY_DO(
        append(transaction, model::PointsEarned{sale.member, seq, sale.total_minor / 100, sale.total_minor}, happened));
  }
  if (sale.redeems) {
    MILLPOND_TRY(const auto coupon, transaction.find_coupon(sale.redeems));
    if (coupon && coupon->state == wire::CouponState::issued) {
      happened.spent = sale.redeems;
      MILLPOND_TRY_DO(append(
          transaction, model::CouponRedeemed{sale.redeems, sale.member, base::CampaignId{1}, seq, 800}, happened));
    }
  }
  if (sale.gives_coupon) {
    MILLPOND_TRY(const auto id, transaction.next_id());
    const auto today = base::local_date_at(clock_.wall_ms(), utc_offset_min);
    const auto cause = crypto::blake2b(base::view_of(sale.key.till), base::view_of(sale.key.transaction));
    happened.issued = base::CouponId{id};
    MILLPOND_TRY_DO(append(transaction,
                           model::CouponIssued{base::CouponId{id}, sale.member, base::CampaignId{1}, base::StoreId{1},
                                               800, 3'000, today, base::LocalDate{today.days + 30}, cause, seq},
                           happened));
  }
  return transaction.put_sale({sale.key, body_hash, seq, {'{', '}'}});
}

base::Result<base::Seq> SimTerminal::append(store::Transaction& transaction, model::FactBody body, Happened& happened) {
  const auto now_ms = clock_.wall_ms();
  MILLPOND_TRY(const auto seq, transaction.append(body, now_ms, utc_offset_min, programme_version));
  const model::Stamp stamp{
      credentials_.terminal, epoch_, seq, now_ms, utc_offset_min, base::local_date_at(now_ms, utc_offset_min),
      programme_version};
  happened.facts.push_back({stamp, std::move(body)});
  return seq;
}

// True only when the commit was reported as done; an unknown outcome is for the till to ask about again.
bool SimTerminal::commit(const store::Action& action) {
  strike();
  const auto result = journal_->commit({&action, 1}).front();
  if (result) ++commits_;
  if (died() || result) return result.has_value();
  const auto code = result.error().code;
  if (code != base::Code::disk_full && code != base::Code::commit_unknown) {
    around_.oracle.violated("an action failed on a well disk: " + base::describe(result.error()));
  }
  return false;
}

void SimTerminal::tell(const Happened& happened) {
  for (const auto& fact : happened.facts) around_.oracle.told(fact);
  if (happened.enrolled) around_.members.push_back(*happened.enrolled);
  if (happened.issued) coupons_.push_back(*happened.issued);
  if (happened.spent) std::erase(coupons_, *happened.spent);
}

}  // namespace millpond::simulation
