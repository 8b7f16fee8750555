// SPDX-License-Identifier: Apache-2.0
#include "sync/model/lots.h"

#include "sync/base/check.h"
#include "sync/base/money.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>

namespace millpond::model {
namespace {

// Of two numbers >= 0, held within the type: more events than any member can have still do not wrap.
std::int64_t add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

bool pays_before(const Lot& a, const Lot& b) {
  return std::tie(a.times.expires_at_ms, a.occurred_ms, a.id) < std::tie(b.times.expires_at_ms, b.occurred_ms, b.id);
}

bool is_good(const Lot& lot, std::int64_t now_ms) { return now_ms < lot.times.expires_at_ms; }
bool is_active(const Lot& lot, std::int64_t now_ms) { return lot.times.active_at_ms <= now_ms && is_good(lot, now_ms); }

// The work of one event, which is all that may change a ledger.
class Application {
 public:
  Application(Ledger& ledger, const LedgerEvent& event) : ledger_{ledger}, event_{event} {}

  void operator()(const PointsGranted& grant) {
    const auto lot = put_new({event_.key, 0}, grant.source, grant.times, grant.points);
    if (grant.sale == EventKey{}) return;
    auto& sale = ledger_.sales[grant.sale];
    sale.grants.push_back({lot, grant.points, grant.base_minor, 0});
    settle(sale);
  }

  void operator()(const PointsPaid& paid) {
    auto& shares = movement_.taken;
    movement_.uncovered = take_where(paid.points, [&](const Lot& lot) { return is_active(lot, event_.occurred_ms); });
    if (paid.sale == EventKey{}) return;
    auto& sale = ledger_.sales[paid.sale];
    sale.payments.push_back({paid.points, movement_.uncovered, paid.sale_minor, 0, shares});
    settle(sale);
  }

  void operator()(const PointsRefunded& refund) {
    auto& sale = ledger_.sales[refund.sale];
    sale.refunded_base_minor = add(sale.refunded_base_minor, refund.base_minor);
    sale.refunded_sale_minor = add(sale.refunded_sale_minor, refund.sale_minor);
    sale.refunded_whole = sale.refunded_whole || refund.whole;
    sale.grace_until_ms = std::max(sale.grace_until_ms, refund.grace_until_ms);
    settle(sale);
  }

  void operator()(const PointsAdjusted& adjusted) {
    const LotTimes times{event_.occurred_ms, adjusted.expires_at_ms};
    if (adjusted.points < 0) return take_or_owe(-adjusted.points);
    put_new({event_.key, 0}, LotSource::adjustment, times, adjusted.points);
  }

  [[nodiscard]] Movement movement() && { return std::move(movement_); }

 private:
  Lot* find(const LotId& id) {
    const auto lot = std::ranges::find(ledger_.lots, id, &Lot::id);
    return lot == ledger_.lots.end() ? nullptr : &*lot;
  }

  // What is left of incoming points after the debt.
  std::int64_t repay(std::int64_t points) {
    const auto repaid = std::min(points, ledger_.debt);
    ledger_.debt -= repaid;
    movement_.debt_repaid += repaid;
    return points - repaid;
  }

  LotId put_new(LotId id, LotSource source, LotTimes times, std::int64_t granted) {
    const Lot lot{id, source, event_.occurred_ms, granted, repay(granted), times};
    if (lot.remaining > 0) movement_.given.push_back({id, lot.remaining});
    ledger_.lots.insert(std::ranges::upper_bound(ledger_.lots, lot, pays_before), lot);
    return id;
  }

  std::int64_t take(Lot& lot, std::int64_t wanted) {
    const auto taken = std::min(lot.remaining, wanted);
    if (taken == 0) return 0;
    lot.remaining -= taken;
    movement_.taken.push_back({lot.id, taken});
    return taken;
  }

  // In the order in which lots pay; what they did not have.
  template <class Predicate>
  std::int64_t take_where(std::int64_t wanted, Predicate may_pay) {
    for (auto& lot : ledger_.lots) {
      if (wanted == 0) break;
      if (may_pay(lot)) wanted -= take(lot, wanted);
    }
    return wanted;
  }

  void take_or_owe(std::int64_t points) {
    const auto now_ms = event_.occurred_ms;
    points = take_where(points, [&](const Lot& lot) { return is_active(lot, now_ms); });
    points = take_where(points, [&](const Lot& lot) { return is_good(lot, now_ms); });
    ledger_.debt = add(ledger_.debt, points);
    movement_.debt_made += points;
  }

  // Brings what a sale gave and took to where its refunds so far put it.
  void settle(SalePoints& sale) {
    for (auto& payment : sale.payments) give_back(sale, payment);
    for (auto& grant : sale.grants) {
      const auto due = points_back(grant.points, sale.refunded_base_minor, grant.base_minor, sale.refunded_whole);
      const auto now = due - grant.reversed;
      grant.reversed = due;
      auto* own = find(grant.lot);
      MILLPOND_CHECK(own != nullptr);  // lots are never removed
      // Also when it has expired: points that nobody used must not become a debt.
      take_or_owe(now - take(*own, now));
    }
  }

  // What was not covered when it was paid comes off first: the terminal's loss shrinks before lots grow.
  void give_back(const SalePoints& sale, SalePayment& payment) {
    const auto due = points_back(payment.points, sale.refunded_sale_minor, payment.sale_minor, sale.refunded_whole);
    auto now = std::max<std::int64_t>(due - payment.uncovered, 0) - payment.returned;
    payment.returned += now;
    // The lot that would have lived longest paid last and is made whole first.
    for (auto share = payment.paid_by.rbegin(); share != payment.paid_by.rend() && now > 0; ++share) {
      const auto back = std::min(share->points, now);
      share->points -= back;
      now -= back;
      put_back(share->lot, back, sale.grace_until_ms);
    }
  }

  void put_back(const LotId& id, std::int64_t points, std::int64_t grace_until_ms) {
    auto* lot = find(id);
    MILLPOND_CHECK(lot != nullptr);
    // The rest of the lot must not live longer because a part of it was lent out.
    if (lot->times.expires_at_ms < grace_until_ms) {
      const auto copy = *lot;
      put_new({id.event, next_part(id.event)}, copy.source, {copy.times.active_at_ms, grace_until_ms}, points);
      return;
    }
    points = repay(points);
    lot->remaining += points;
    if (points > 0) movement_.given.push_back({id, points});
  }

  [[nodiscard]] std::uint32_t next_part(const EventKey& event) const {
    std::uint32_t part = 0;
    for (const auto& lot : ledger_.lots) {
      if (lot.id.event == event) part = std::max(part, lot.id.part);
    }
    return part + 1;
  }

  Ledger& ledger_;
  const LedgerEvent& event_;
  Movement movement_;
};

bool in_range(std::int64_t points) { return points >= 0 && points <= points_event_max; }

struct Check {
  LedgerRefusal operator()(const PointsGranted& grant) const {
    return range(in_range(grant.points) && grant.base_minor >= 0);
  }
  LedgerRefusal operator()(const PointsPaid& paid) const {
    return range(in_range(paid.points) && paid.sale_minor >= 0);
  }
  LedgerRefusal operator()(const PointsRefunded& refund) const {
    return range(refund.base_minor >= 0 && refund.sale_minor >= 0 && refund.sale != EventKey{});
  }
  LedgerRefusal operator()(const PointsAdjusted& adjusted) const {
    if (adjusted.points < -points_event_max || adjusted.points > points_event_max) return LedgerRefusal::out_of_range;
    return adjusted.reason.empty() ? LedgerRefusal::no_reason : LedgerRefusal::none;
  }
  static LedgerRefusal range(bool fits) { return fits ? LedgerRefusal::none : LedgerRefusal::out_of_range; }
};

LedgerRefusal why_refused(const Ledger& ledger, const LedgerEvent& event) {
  const auto before = ledger.applied.find(event.key);
  if (before != ledger.applied.end()) {
    return before->second == event ? LedgerRefusal::told_before : LedgerRefusal::conflicting_key;
  }
  if (!ledger.applied.empty() &&
      std::tie(event.occurred_ms, event.key) < std::tie(ledger.last_occurred_ms, ledger.last_key)) {
    return LedgerRefusal::out_of_order;
  }
  return std::visit(Check{}, event.body);
}

}  // namespace

Movement apply(Ledger& ledger, const LedgerEvent& event) {
  Movement refused;
  refused.refusal = why_refused(ledger, event);
  if (refused.refusal == LedgerRefusal::conflicting_key) ledger.conflicts.insert(event.key);
  if (refused.refusal != LedgerRefusal::none) return refused;
  Application application{ledger, event};
  std::visit(std::ref(application), event.body);
  ledger.applied.emplace(event.key, event);
  ledger.last_occurred_ms = event.occurred_ms;
  ledger.last_key = event.key;
  return std::move(application).movement();
}

Ledger fold_ledger(std::vector<LedgerEvent> events) {
  std::ranges::sort(events);
  Ledger ledger;
  for (const auto& event : events) apply(ledger, event);
  return ledger;
}

std::int64_t points_back(std::int64_t points, std::int64_t refunded_minor, std::int64_t base_minor, bool whole) {
  if (whole) return points;
  if (base_minor <= 0 || refunded_minor <= 0) return 0;
  if (refunded_minor >= base_minor) return points;
  return base::mul_div_floor(points, refunded_minor, base_minor).value_or(0);
}

PointsBalance balance_at(const Ledger& ledger, std::int64_t now_ms) {
  PointsBalance balance;
  for (const auto& lot : ledger.lots) {
    if (!is_good(lot, now_ms)) continue;
    auto& sum = is_active(lot, now_ms) ? balance.active : balance.pending;
    sum = add(sum, lot.remaining);
  }
  balance.debt = ledger.debt;
  return balance;
}

std::optional<NextExpiry> next_expiry(const Ledger& ledger, std::int64_t now_ms) {
  std::optional<NextExpiry> next;
  for (const auto& lot : ledger.lots) {
    if (lot.remaining == 0 || !is_good(lot, now_ms) || lot.times.expires_at_ms == never_ms) continue;
    if (!next) next = NextExpiry{lot.times.expires_at_ms, 0};
    if (lot.times.expires_at_ms > next->at_ms) break;
    next->points = add(next->points, lot.remaining);
  }
  return next;
}

std::int64_t expired_between(const Ledger& ledger, std::int64_t from_ms, std::int64_t to_ms) {
  std::int64_t points = 0;
  for (const auto& lot : ledger.lots) {
    const auto at_ms = lot.times.expires_at_ms;
    if (from_ms <= at_ms && at_ms < to_ms && at_ms != never_ms) points = add(points, lot.remaining);
  }
  return points;
}

std::vector<EventKey> pending_claims(const Ledger& ledger) {
  std::vector<EventKey> claims;
  for (const auto& [key, sale] : ledger.sales) {
    if (sale.grants.empty() && sale.payments.empty()) claims.push_back(key);
  }
  return claims;
}

}  // namespace millpond::model
