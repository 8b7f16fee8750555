// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/watching.h"

namespace millpond::hub {
namespace {

using model::Signal;

constexpr std::uint64_t facts_of_a_sale_max = 32;  // of one action: coupons used, points, the coupon it brought

}  // namespace

base::Result<Watching::Watch*> Watching::watch_of(base::TerminalId terminal) {
  const auto [found, is_new] = watches_.try_emplace(terminal);
  auto& watch = found->second;
  if (!is_new) return &watch;
  MILLPOND_TRY(auto row, database_.prepare("SELECT at_till, fold FROM watches WHERE terminal=?1"));
  MILLPOND_TRY_DO(row.bind(terminal));
  MILLPOND_TRY(const bool known, row.step());
  if (known) {
    watch.at_till = {static_cast<std::uint32_t>(row.integer(0))};
    watch.fold = model::FraudWatch::of_state(row.bytes(1));
  }
  return &watch;
}

base::Result<> Watching::keep() {
  for (const auto& [terminal, watch] : watches_) {
    MILLPOND_TRY_DO(database_.run("INSERT OR REPLACE INTO watches(terminal, at_till, fold) VALUES(?1, ?2, ?3)",
                                  terminal, watch.at_till, watch.fold.state()));
  }
  return {};
}

base::Result<base::MemberId> Watching::own_number(base::StaffId staff, base::MemberId sold_to) {
  MILLPOND_TRY(const auto member, database_.query_integer("SELECT member FROM staff WHERE staff=?1", staff));
  const base::MemberId known{static_cast<std::uint64_t>(member.value_or(0))};
  if (!known || !sold_to) return base::MemberId{};
  MILLPOND_TRY(const auto person, root_of_(known));
  MILLPOND_TRY(const auto customer, root_of_(sold_to));
  return person == customer ? sold_to : base::MemberId{};
}

base::Result<> Watching::on(const FactPlace& at, const model::Fact& fact, std::int64_t received_ms,
                            const model::UsualRate& usual) {
  MILLPOND_TRY(auto* const watch, watch_of(fact.stamp.terminal));
  if (const auto* const check = std::get_if<model::StaffChecked>(&fact.body)) {
    if (check->outcome == model::StaffCheck::passed) watch->at_till = check->staff;
    if (check->outcome == model::StaffCheck::left) watch->at_till = {};
  }
  base::MemberId person;
  if (const auto* const sale = std::get_if<model::SaleRecorded>(&fact.body); sale != nullptr && watch->at_till) {
    MILLPOND_TRY(person, own_number(watch->at_till, sale->member));
  }
  MILLPOND_TRY(const auto brought, brought_before(fact));
  for (auto raised : watch->fold.on(fact, base::local_date_at(received_ms, 0), usual, person, brought)) {
    const bool by_whoever_sells = raised.signal == Signal::own_card || raised.signal == Signal::void_after_issue;
    if (by_whoever_sells) raised.staff = watch->at_till;
    MILLPOND_TRY_DO(tell(at, fact.stamp.occurred_at_ms, raised));
  }
  return {};
}

// Who was at the till when an earlier fact was told, the audit knows.
base::Result<> Watching::flag(const Flag& flag) {
  MILLPOND_TRY(const auto fact, raw_.advice_at(flag.at));
  model::Raised raised;
  raised.signal = flag.signal;
  raised.member = flag.member;
  raised.value = flag.value_minor;
  raised.limit = flag.limit;
  MILLPOND_TRY(auto row, database_.prepare(
                             "SELECT staff, what FROM audit WHERE lane=?1 AND seq<?2 AND is_act=0 AND what IN (?3, ?4) "
                             "ORDER BY seq DESC LIMIT 1"));
  MILLPOND_TRY_DO(row.bind(flag.at.lane, flag.at.seq, model::StaffCheck::passed, model::StaffCheck::left));
  MILLPOND_TRY(const bool found, row.step());
  const bool there = found && static_cast<model::StaffCheck>(row.integer(1)) == model::StaffCheck::passed;
  if (there) raised.staff = {static_cast<std::uint32_t>(row.integer(0))};
  row.reset();
  if (raised.staff && flag.signal == Signal::over_redemption) {
    MILLPOND_TRY_DO(
        database_.run("UPDATE losses SET staff=?3 WHERE lane=?1 AND seq=?2", flag.at.lane, flag.at.seq, raised.staff));
  }
  return tell(flag.at, fact ? fact->stamp.occurred_at_ms : 0, raised);
}

base::Result<> Watching::tell(const FactPlace& at, std::int64_t at_ms, const model::Raised& raised) {
  return database_.run(
      "INSERT INTO signals(lane, seq, signal, at_ms, member, staff, value, passed) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
      at.lane, at.seq, raised.signal, at_ms, raised.member, raised.staff, raised.value, raised.limit);
}

base::Result<std::optional<model::Brought>> Watching::brought_before(const model::Fact& fact) {
  std::optional<model::Brought> none;
  const auto* const dispute = std::get_if<model::SaleDisputed>(&fact.body);
  const auto* const refund = std::get_if<model::SaleRefunded>(&fact.body);
  if (dispute == nullptr && (refund == nullptr || !refund->whole)) return none;
  const auto& key = dispute != nullptr ? dispute->key : refund->of;
  MILLPOND_TRY(auto row, database_.prepare("SELECT lane, seq FROM sales WHERE store=?1 AND till=?2 AND "
                                           "business_date=?3 AND transaction_id=?4"));
  MILLPOND_TRY_DO(row.bind(key.store, key.till, key.business_date.days, key.transaction));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return none;
  const FactPlace sale{row.integer(0), {row.unsigned_integer(1)}};
  row.reset();
  return brought_by(sale);
}

// What a sale brings stands behind it, in one action with it.
base::Result<std::optional<model::Brought>> Watching::brought_by(const FactPlace& sale) {
  std::optional<model::Brought> none;
  model::Brought brought;
  for (std::uint64_t i = 0; i <= facts_of_a_sale_max; ++i) {
    MILLPOND_TRY(const auto fact, raw_.advice_at({sale.lane, {sale.seq.value + i}}));
    if (!fact) break;
    if (const auto* const recorded = std::get_if<model::SaleRecorded>(&fact->body)) {
      if (i > 0) break;
      brought.member = recorded->member;
    } else if (i == 0) {
      return none;
    } else if (const auto* const points = std::get_if<model::PointsEarned>(&fact->body)) {
      brought.points = brought.points || (points->sale == sale.seq && points->points > 0);
    } else if (const auto* const coupon = std::get_if<model::CouponIssued>(&fact->body)) {
      brought.coupon = brought.coupon || coupon->sale == sale.seq;
    }
  }
  return brought.points || brought.coupon ? std::optional{brought} : none;
}

}  // namespace millpond::hub
