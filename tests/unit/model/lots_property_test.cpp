// SPDX-License-Identifier: Apache-2.0
// Ledgers of random histories, against one that moves single points and against what must hold of every ledger.
#include "sync/base/rng.h"
#include "sync/model/lots.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <tuple>

using namespace millpond;
using model::EventKey;

namespace {

EventKey key(std::uint64_t seq) {
  return {base::TerminalId{static_cast<std::uint32_t>(1 + seq % 3)}, base::Epoch{1}, base::Seq{seq}};
}

// Moves one point at a time, by the sentences of the specification.
class PointByPoint {
 public:
  void apply(const model::LedgerEvent& event) {
    now_ = event.occurred_ms;
    key_ = event.key;
    std::visit([this](const auto& body) { happen(body); }, event.body);
  }
  [[nodiscard]] model::PointsBalance balance_at(std::int64_t ms) const {
    model::PointsBalance balance;
    for (const auto& lot : lots_) {
      if (ms >= lot.times.expires_at_ms) continue;
      (ms >= lot.times.active_at_ms ? balance.active : balance.pending) += lot.points;
    }
    balance.debt = debt_;
    return balance;
  }
  [[nodiscard]] std::int64_t uncovered() const { return uncovered_; }

 private:
  struct Portion {
    EventKey event;
    std::size_t number;
    std::int64_t born;
    model::LotTimes times;
    std::int64_t points;
  };
  struct Sale {
    std::vector<std::tuple<std::size_t, std::int64_t, std::int64_t>> grants;  // portion, points, base
    std::vector<std::int64_t> reversed;
    struct Payment {
      std::int64_t points, minor, uncovered, returned;
      std::vector<std::size_t> payers;  // one for each point, in the order in which they paid
    };
    std::vector<Payment> payments;
    std::int64_t base = 0;
    std::int64_t minor = 0;
    bool whole = false;
    std::int64_t grace = 0;
  };

  void happen(const model::PointsGranted& grant) {
    const auto number = born(grant.times);
    for (std::int64_t i = 0; i < grant.points; ++i) arrive(number);
    if (grant.sale == EventKey{}) return;
    sales_[grant.sale].grants.emplace_back(number, grant.points, grant.base_minor);
    sales_[grant.sale].reversed.push_back(0);
    settle(sales_[grant.sale]);
  }
  void happen(const model::PointsPaid& paid) {
    Sale::Payment payment{paid.points, paid.sale_minor, 0, 0, {}};
    for (std::int64_t i = 0; i < paid.points; ++i) {
      if (const auto* lot = first_of([&](const Portion& p) { return p.times.active_at_ms <= now_; })) {
        payment.payers.push_back(lot->number);
        lots_[lot->number].points -= 1;
      } else {
        payment.uncovered += 1;
        uncovered_ += 1;
      }
    }
    sales_[paid.sale].payments.push_back(payment);
    settle(sales_[paid.sale]);
  }
  void happen(const model::PointsRefunded& refund) {
    auto& sale = sales_[refund.sale];
    sale.base += refund.base_minor;
    sale.minor += refund.sale_minor;
    sale.whole = sale.whole || refund.whole;
    sale.grace = std::max(sale.grace, refund.grace_until_ms);
    settle(sale);
  }
  void happen(const model::PointsAdjusted& adjusted) {
    const auto number = born({now_, adjusted.expires_at_ms});
    for (std::int64_t i = 0; i < adjusted.points; ++i) arrive(number);
    for (std::int64_t i = 0; i > adjusted.points; --i) leave();
  }

  std::size_t born(model::LotTimes times) {
    lots_.push_back({key_, lots_.size(), now_, times, 0});
    return lots_.size() - 1;
  }
  void arrive(std::size_t number) {
    if (debt_ > 0) {
      debt_ -= 1;
    } else {
      lots_[number].points += 1;
    }
  }
  void leave() {
    const auto* lot = first_of([&](const Portion& p) { return p.times.active_at_ms <= now_; });
    if (lot == nullptr) lot = first_of([](const Portion&) { return true; });
    if (lot == nullptr) {
      debt_ += 1;
    } else {
      lots_[lot->number].points -= 1;
    }
  }
  template <class Predicate>
  const Portion* first_of(Predicate may) const {
    const Portion* best = nullptr;
    const auto order = [](const Portion& p) { return std::tuple{p.times.expires_at_ms, p.born, p.event, p.number}; };
    for (const auto& lot : lots_) {
      if (lot.points == 0 || now_ >= lot.times.expires_at_ms || !may(lot)) continue;
      if (best == nullptr || order(lot) < order(*best)) best = &lot;
    }
    return best;
  }
  static std::int64_t back(std::int64_t points, std::int64_t refunded, std::int64_t base, bool whole) {
    if (whole || (base > 0 && refunded >= base)) return points;
    std::int64_t n = 0;
    while (base > 0 && (n + 1) * base <= points * refunded) ++n;
    return n;
  }
  void settle(Sale& sale) {
    for (auto& payment : sale.payments) {
      const auto due = back(payment.points, sale.minor, payment.minor, sale.whole) - payment.uncovered;
      for (; payment.returned < due; ++payment.returned) {
        auto number = payment.payers.back();
        payment.payers.pop_back();
        if (lots_[number].times.expires_at_ms < sale.grace) {
          const auto from = lots_[number];
          number = born({from.times.active_at_ms, sale.grace});
          lots_[number].event = from.event;
        }
        arrive(number);
      }
    }
    for (std::size_t i = 0; i < sale.grants.size(); ++i) {
      const auto [number, points, base] = sale.grants[i];
      for (const auto due = back(points, sale.base, base, sale.whole); sale.reversed[i] < due; ++sale.reversed[i]) {
        if (lots_[number].points > 0) {
          lots_[number].points -= 1;
        } else {
          leave();
        }
      }
    }
  }

  std::vector<Portion> lots_;
  std::map<EventKey, Sale> sales_;
  std::int64_t debt_{};
  std::int64_t uncovered_{};
  std::int64_t now_{};
  EventKey key_;
};

std::vector<model::LedgerEvent> some_history(base::SeededRng& rng) {
  const auto number = [&](std::uint64_t bound) { return static_cast<std::int64_t>(rng.below(bound)); };
  std::vector<model::LedgerEvent> events;
  const auto count = 4 + rng.below(20);
  for (std::uint64_t seq = 1; seq <= count; ++seq) {
    model::LedgerEvent event{number(100), key(seq), {}};
    const auto sale = key(500 + rng.below(5));
    const auto now = event.occurred_ms;
    switch (rng.below(6)) {
      case 0:
      case 1: {
        const auto active = now + (rng.chance(1, 3) ? number(40) : 0);
        const model::LotTimes times{active, rng.chance(1, 5) ? model::never_ms : active + number(60)};
        event.body = model::PointsGranted{rng.chance(1, 6) ? EventKey{} : sale, number(60),
                                          rng.chance(1, 8) ? 0 : 1 + number(90), model::LotSource::sale, times};
        break;
      }
      case 2:
        event.body = model::PointsPaid{sale, number(70), 1 + number(90)};
        break;
      case 3:
      case 4:
        event.body = model::PointsRefunded{sale, number(60), number(60), rng.chance(1, 8), now + number(30)};
        break;
      default:
        event.body = model::PointsAdjusted{number(60) - 30, "recount", now + number(50)};
    }
    events.push_back(event);
  }
  return events;
}

}  // namespace

TEST_CASE("A ledger agrees with moving every point by itself", "[lots]") {
  base::SeededRng rng{21};
  for (int round = 0; round < 3'000; ++round) {
    auto events = some_history(rng);
    std::ranges::sort(events);
    PointByPoint naive;
    model::Ledger ledger;
    std::int64_t uncovered = 0;
    CAPTURE(round);
    for (const auto& event : events) {
      naive.apply(event);
      uncovered += model::apply(ledger, event).uncovered;
      REQUIRE(model::balance_at(ledger, event.occurred_ms) == naive.balance_at(event.occurred_ms));
    }
    REQUIRE(uncovered == naive.uncovered());
    for (std::int64_t ms = 100; ms < 260; ms += 20) { REQUIRE(model::balance_at(ledger, ms) == naive.balance_at(ms)); }
  }
}

TEST_CASE("In whatever order and however often events are told, the ledger is the same", "[lots]") {
  base::SeededRng rng{22};
  for (int round = 0; round < 1'000; ++round) {
    auto events = some_history(rng);
    const auto ledger = model::fold_ledger(events);
    for (std::size_t i = events.size(); i > 1; --i) std::swap(events[i - 1], events[rng.below(i)]);
    events.push_back(events[rng.below(events.size())]);
    REQUIRE(model::fold_ledger(events) == ledger);
  }
}

TEST_CASE("No point is lost or made, and a debt never stands beside points that are good", "[lots]") {
  base::SeededRng rng{23};
  for (int round = 0; round < 2'000; ++round) {
    auto events = some_history(rng);
    std::ranges::sort(events);
    model::Ledger ledger;
    std::int64_t in_lots = 0;
    std::int64_t debt = 0;
    CAPTURE(round);
    for (const auto& event : events) {
      const auto movement = model::apply(ledger, event);
      for (const auto& share : movement.given) in_lots += share.points;
      for (const auto& share : movement.taken) in_lots -= share.points;
      debt += movement.debt_made - movement.debt_repaid;
      std::int64_t remaining = 0;
      for (const auto& lot : ledger.lots) {
        REQUIRE(lot.remaining >= 0);
        REQUIRE(lot.remaining <= lot.granted);
        remaining += lot.remaining;
      }
      REQUIRE(remaining == in_lots);
      REQUIRE(ledger.debt == debt);
      const auto balance = model::balance_at(ledger, event.occurred_ms);
      REQUIRE((balance.debt == 0 || balance.active + balance.pending == 0));
    }
  }
}

TEST_CASE("A sale and its whole refund, in however many parts, leave the balance as it was", "[lots]") {
  base::SeededRng rng{24};
  for (int round = 0; round < 2'000; ++round) {
    auto events = some_history(rng);
    auto ledger = model::fold_ledger(events);
    const auto before = model::balance_at(ledger, 100);
    const auto of_one_till = [](std::uint64_t seq) {
      return EventKey{base::TerminalId{9}, base::Epoch{1}, base::Seq{seq}};
    };
    const auto sale = of_one_till(1);
    const auto base = static_cast<std::int64_t>(1 + rng.below(500));
    const auto points = static_cast<std::int64_t>(rng.below(300));
    const auto paid = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(before.active) + 1));
    model::apply(ledger, {100, of_one_till(1), model::PointsPaid{sale, paid, base}});
    model::apply(
        ledger, {100, of_one_till(2), model::PointsGranted{sale, points, base, model::LotSource::sale, {100, 10'000}}});
    std::int64_t left = base;
    for (std::uint64_t seq = 3; left > 0; ++seq) {
      const auto part = static_cast<std::int64_t>(1 + rng.below(static_cast<std::uint64_t>(left)));
      left -= part;
      const auto refund = model::PointsRefunded{sale, part, part, false, 200};
      REQUIRE(model::apply(ledger, {101, of_one_till(seq), refund}).refusal == model::LedgerRefusal::none);
    }
    CAPTURE(round, points, paid, base);
    const auto after = model::balance_at(ledger, 101);
    const auto untouched = model::balance_at(model::fold_ledger(events), 101);
    // Points that were about to expire came back for their time of grace, so there may be more, never fewer.
    REQUIRE(after.balance() + after.pending >= untouched.balance() + untouched.pending);
    REQUIRE(after.balance() + after.pending <= before.balance() + before.pending);
  }
}
