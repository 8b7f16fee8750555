// SPDX-License-Identifier: Apache-2.0
#include "sync/model/lots.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

using namespace millpond;
using model::EventKey;
using model::LedgerRefusal;
using model::LotSource;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

base::LocalDate day(std::string_view text) { return *base::parse_date(text); }
std::int64_t at(std::string_view text) { return *base::parse_rfc3339(text); }

EventKey key(std::uint64_t seq) { return {base::TerminalId{1}, base::Epoch{1}, base::Seq{seq}}; }

// A member's history, written in the order in which it happened; moments are small numbers.
class History {
 public:
  model::Movement grant(std::int64_t ms, std::int64_t points, model::LotTimes times, EventKey sale = {},
                        std::int64_t base = 0) {
    return happen(ms, model::PointsGranted{sale, points, base, LotSource::sale, times});
  }
  model::Movement pay(std::int64_t ms, std::int64_t points, EventKey sale = {}, std::int64_t sale_minor = 0) {
    return happen(ms, model::PointsPaid{sale, points, sale_minor});
  }
  model::Movement refund(std::int64_t ms, EventKey sale, std::int64_t base, std::int64_t minor, bool whole = false,
                         std::int64_t grace = 0) {
    return happen(ms, model::PointsRefunded{sale, base, minor, whole, grace});
  }
  model::Movement adjust(std::int64_t ms, std::int64_t points, std::string reason = "complaint") {
    return happen(ms, model::PointsAdjusted{points, std::move(reason), model::never_ms});
  }
  model::Movement happen(std::int64_t ms, model::LedgerBody body) {
    return model::apply(ledger, {ms, key(++seq), std::move(body)});
  }
  [[nodiscard]] std::int64_t balance(std::int64_t ms) const { return model::balance_at(ledger, ms).balance(); }

  model::Ledger ledger;
  std::uint64_t seq{};
};

std::vector<std::pair<std::uint64_t, std::int64_t>> by_seq(const std::vector<model::LotShare>& shares) {
  std::vector<std::pair<std::uint64_t, std::int64_t>> pairs;
  for (const auto& share : shares) pairs.emplace_back(share.lot.event.seq.value, share.points);
  return pairs;
}

using Shares = std::vector<std::pair<std::uint64_t, std::int64_t>>;
const EventKey sale_a = key(1'000);
const EventKey sale_b = key(2'000);

}  // namespace

TEST_CASE("Points are good from the end of their pending days to the end of a local day", "[lots]") {
  using enum model::ExpiryKind;
  struct Row {
    model::LotTerms terms;
    std::string_view granted;
    std::string_view active;
    std::string_view expires;
  };
  const std::vector<Row> rows{
      {{0, days, 30, 0}, "2026-11-21T10:00:00+08:00", "2026-11-21T10:00:00+08:00", "2026-12-22T00:00:00+08:00"},
      {{7, days, 30, 0}, "2026-11-21T10:00:00+08:00", "2026-11-29T00:00:00+08:00", "2026-12-22T00:00:00+08:00"},
      {{0, months, 1, 0}, "2026-01-31T23:59:00+08:00", "2026-01-31T23:59:00+08:00", "2026-03-01T00:00:00+08:00"},
      {{0, months, 12, 0}, "2028-02-29T08:00:00+08:00", "2028-02-29T08:00:00+08:00", "2029-03-01T00:00:00+08:00"},
      {{0, year_end, 0, 0}, "2026-11-21T10:00:00+08:00", "2026-11-21T10:00:00+08:00", "2027-01-01T00:00:00+08:00"},
      {{0, year_end, 1, 0}, "2026-11-21T10:00:00+08:00", "2026-11-21T10:00:00+08:00", "2028-01-01T00:00:00+08:00"},
      {{9, days, 3, 0}, "2026-11-21T10:00:00+08:00", "2026-12-01T00:00:00+08:00", "2026-12-01T00:00:00+08:00"},
  };
  const std::vector<model::ZoneTransition> zone{{0, 480}};
  for (const auto& row : rows) {
    CAPTURE(row.granted, row.expires);
    const auto date = model::date_in_zone(zone, at(row.granted));
    CHECK(model::lot_times(row.terms, zone, at(row.granted), date) == model::LotTimes{at(row.active), at(row.expires)});
  }
  CHECK(model::lot_times({0, never, 0, 0}, zone, 5, day("1970-01-01")) == model::LotTimes{5, model::never_ms});
  CHECK(model::grace_until_ms({0, never, 0, 14}, zone, day("2026-11-21")) == at("2026-12-06T00:00:00+08:00"));
}

TEST_CASE("Spending takes the earliest expiry first, then the oldest, and says which lot paid", "[lots]") {
  History history;
  history.grant(1, 100, {1, 90});               // 1: expires late
  history.grant(2, 100, {2, 50});               // 2: expires first
  history.grant(3, 100, {3, 90});               // 3: as 1, but younger
  history.grant(4, 100, {20, 30});              // 4: pending
  history.grant(5, 100, {5, 9});                // 5: gone by then
  history.grant(6, 100, {6, model::never_ms});  // 6: last of all
  CHECK(by_seq(history.pay(10, 30).taken) == Shares{{2, 30}});
  CHECK(by_seq(history.pay(11, 250).taken) == Shares{{2, 70}, {1, 100}, {3, 80}});
  CHECK(model::balance_at(history.ledger, 11) == model::PointsBalance{120, 100, 0});
  const auto last = history.pay(25, 300);
  CHECK(by_seq(last.taken) == Shares{{4, 100}, {3, 20}, {6, 100}});
  CHECK(last.uncovered == 80);
  CHECK(history.ledger.debt == 0);  // what was not there is the terminal's loss, not the member's debt
}

TEST_CASE("Points expire at a moment, which is the first at which they are gone", "[lots]") {
  History history;
  history.grant(1, 100, {1, 50});
  history.grant(2, 40, {2, 50});
  history.grant(3, 7, {60, 70});
  history.grant(4, 1, {4, model::never_ms});
  CHECK(history.balance(49) == 141);
  CHECK(history.balance(50) == 1);
  CHECK(history.balance(60) == 8);
  CHECK(model::next_expiry(history.ledger, 49) == model::NextExpiry{50, 140});
  CHECK(model::next_expiry(history.ledger, 50) == model::NextExpiry{70, 7});
  CHECK_FALSE(model::next_expiry(history.ledger, 70));
  CHECK(model::expired_between(history.ledger, 0, 50) == 0);
  CHECK(model::expired_between(history.ledger, 50, 70) == 140);
  CHECK(model::expired_between(history.ledger, 0, most) == 147);
  CHECK(history.pay(50, 5).uncovered == 4);
}

TEST_CASE("Refunds take back what was recorded, by the sum of what came back so far", "[lots]") {
  struct Row {
    std::int64_t points;
    std::int64_t base;
    std::vector<std::int64_t> refunds;
    std::vector<std::int64_t> reversed;
  };
  const std::vector<Row> rows{
      {10, 1000, {1000}, {10}},
      {10, 1000, {500, 500}, {5, 5}},
      {10, 1000, {99, 1, 899, 1}, {0, 1, 8, 1}},
      {3, 1000, {333, 333, 333, 1}, {0, 1, 1, 1}},
      {7, 3, {1, 1, 1, 1}, {2, 2, 3, 0}},
      {0, 50, {50}, {0}},
      {5, 0, {50}, {0}},  // no base: only a whole refund
      {1'000'000'000'000, most, {most - 1, most}, {999'999'999'999, 1}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.points, row.base);
    History history;
    history.grant(1, row.points, {1, 100}, sale_a, row.base);
    std::vector<std::int64_t> reversed;
    for (const auto refund : row.refunds) {
      const auto movement = history.refund(2, sale_a, refund, 0);
      std::int64_t sum = movement.debt_made;
      for (const auto& share : movement.taken) sum += share.points;
      reversed.push_back(sum);
    }
    CHECK(reversed == row.reversed);
    history.refund(3, sale_a, 0, 0, true);
    CHECK(history.balance(3) == 0);
  }
}

TEST_CASE("A refund takes from the same lot, then from other lots, then makes a debt that later points repay",
          "[lots]") {
  History history;
  history.grant(1, 50, {1, 40});                   // 1
  history.grant(2, 100, {2, 90}, sale_a, 10'000);  // 2
  history.grant(3, 20, {80, 200});                 // 3: pending
  history.pay(4, 80);                              // 50 of 1, 30 of 2
  history.grant(5, 25, {5, 60});                   // 5
  const auto back = history.refund(6, sale_a, 10'000, 0);
  CHECK(by_seq(back.taken) == Shares{{2, 70}, {5, 25}, {3, 5}});
  CHECK(back.debt_made == 0);
  CHECK(model::balance_at(history.ledger, 6) == model::PointsBalance{0, 15, 0});

  CHECK(history.adjust(7, -40, "counted twice").debt_made == 25);
  CHECK(history.balance(7) == -25);
  const auto earned = history.grant(8, 60, {8, 300});
  CHECK(earned.debt_repaid == 25);
  CHECK(by_seq(earned.given) == Shares{{8, 35}});
  CHECK(history.balance(8) == 35);
}

TEST_CASE("A refund of points that expired unused makes no debt", "[lots]") {
  History history;
  history.grant(1, 100, {1, 10}, sale_a, 1'000);
  CHECK(model::expired_between(history.ledger, 0, 20) == 100);
  CHECK(history.refund(30, sale_a, 1'000, 0).debt_made == 0);
  CHECK(model::expired_between(history.ledger, 0, 20) == 0);
}

TEST_CASE("Points paid for a refunded sale go back to their own lots, for a minimum of time", "[lots]") {
  History history;
  history.grant(1, 100, {1, 50});       // 1
  history.grant(2, 100, {2, 500});      // 2
  history.pay(10, 150, sale_b, 1'000);  // 100 of 1, 50 of 2
  CHECK(by_seq(history.refund(20, sale_b, 0, 200, false, 90).given) == Shares{{2, 30}});
  const auto rest = history.refund(60, sale_b, 0, 800, false, 90);  // lot 1 is over by now
  CHECK(by_seq(rest.given) == Shares{{2, 20}, {1, 100}});
  CHECK(rest.given[1].lot.part == 1);
  CHECK(history.balance(60) == 200);
  CHECK(history.balance(89) == 200);
  CHECK(history.balance(90) == 100);
  CHECK(model::expired_between(history.ledger, 0, 90) == 0);  // the lot itself had nothing left to lose
}

TEST_CASE("Returned points lengthen nothing but themselves", "[lots]") {
  History history;
  history.grant(1, 100, {1, 50});
  history.pay(10, 30, sale_b, 300);
  history.refund(60, sale_b, 0, 0, true, 90);
  CHECK(history.balance(60) == 30);
  CHECK(model::expired_between(history.ledger, 0, 60) == 70);
}

TEST_CASE("What was never covered is not given back", "[lots]") {
  History history;
  history.grant(1, 60, {1, 500});
  CHECK(history.pay(10, 100, sale_b, 1'000).uncovered == 40);
  CHECK(history.refund(11, sale_b, 0, 400).given.empty());
  CHECK(by_seq(history.refund(12, sale_b, 0, 500).given) == Shares{{1, 50}});
  CHECK(by_seq(history.refund(13, sale_b, 0, 100).given) == Shares{{1, 10}});
}

TEST_CASE("Points that come back repay a debt before they are good", "[lots]") {
  History history;
  history.grant(1, 100, {1, 500}, sale_a, 1'000);
  history.pay(2, 100, sale_b, 1'000);
  CHECK(history.refund(3, sale_a, 1'000, 0).debt_made == 100);
  CHECK(history.refund(4, sale_b, 0, 1'000).debt_repaid == 100);
  CHECK(model::balance_at(history.ledger, 4) == model::PointsBalance{0, 0, 0});
}

TEST_CASE("A sale that is heard after its refund is settled at once, re-rated points too", "[lots]") {
  History history;
  history.refund(1, sale_a, 500, 500);
  CHECK(model::pending_claims(history.ledger) == std::vector{sale_a});
  const auto movement = history.grant(2, 10, {2, 100}, sale_a, 1'000);
  CHECK(by_seq(movement.taken) == Shares{{2, 5}});
  CHECK(model::pending_claims(history.ledger).empty());
  history.happen(3, model::PointsGranted{sale_a, 4, 1'000, LotSource::rerated, {3, 100}});
  CHECK(history.balance(3) == 7);
  history.refund(4, sale_a, 500, 500);
  CHECK(history.balance(4) == 0);
  history.pay(5, 3, sale_b, 100);
  CHECK(model::pending_claims(history.ledger).empty());
}

TEST_CASE("What cannot be is refused and changes nothing", "[lots]") {
  History history;
  history.grant(5, 100, {5, 500});
  const auto before = history.ledger;
  struct Row {
    std::int64_t ms;
    model::LedgerBody body;
    LedgerRefusal refusal;
  };
  const std::vector<Row> rows{
      {6, model::PointsGranted{{}, -1, 0, LotSource::sale, {}}, LedgerRefusal::out_of_range},
      {6, model::PointsGranted{{}, model::points_event_max + 1, 0, LotSource::sale, {}}, LedgerRefusal::out_of_range},
      {6, model::PointsGranted{{}, 1, -1, LotSource::sale, {}}, LedgerRefusal::out_of_range},
      {6, model::PointsPaid{{}, -1, 0}, LedgerRefusal::out_of_range},
      {6, model::PointsPaid{{}, most, 0}, LedgerRefusal::out_of_range},
      {6, model::PointsRefunded{sale_a, -1, 0, false, 0}, LedgerRefusal::out_of_range},
      {6, model::PointsRefunded{{}, 1, 0, false, 0}, LedgerRefusal::out_of_range},
      {6, model::PointsAdjusted{std::numeric_limits<std::int64_t>::min(), "x"}, LedgerRefusal::out_of_range},
      {6, model::PointsAdjusted{-5, ""}, LedgerRefusal::no_reason},
      {4, model::PointsPaid{{}, 1, 0}, LedgerRefusal::out_of_order},
  };
  for (const auto& row : rows) {
    CHECK(history.happen(row.ms, row.body).refusal == row.refusal);
    CHECK(history.ledger == before);
  }
  const model::LedgerEvent first{5, key(1), model::PointsGranted{{}, 100, 0, LotSource::sale, {5, 500}}};
  CHECK(model::apply(history.ledger, first).refusal == LedgerRefusal::told_before);
  CHECK(history.ledger == before);
  CHECK(model::apply(history.ledger, {5, key(1), model::PointsPaid{{}, 1, 0}}).refusal ==
        LedgerRefusal::conflicting_key);
  CHECK(history.balance(5) == 100);
  CHECK(history.ledger.conflicts == std::set{key(1)});
}
