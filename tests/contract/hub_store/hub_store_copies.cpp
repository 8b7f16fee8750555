// SPDX-License-Identifier: Apache-2.0
// What every engine behind HubStore must do about copies of a terminal and about members who leave.
#include "tests/contract/hub_store/suite.h"

using namespace millpond;
using namespace millpond::tests;

namespace {

bool suspended(HubStore& store, base::TerminalId terminal, std::uint32_t epoch) {
  auto question = ask({5, 0});
  question.epoch = {epoch};
  const auto page = store.down(terminal, question);
  REQUIRE(page);
  return page->value_suspended;
}

std::size_t evidence(HubStore& store) {
  std::size_t kept = 0;
  std::uint64_t position = 0;
  for (;; ++kept) {
    const auto fork = store.fork_after(position);
    REQUIRE(fork);
    if (!*fork) return kept;
  }
}

void take(HubStore& store, const PretendTerminal& terminal, std::uint64_t first, std::uint64_t last) {
  REQUIRE(store.ingest(checked(terminal, first, last), start_of(terminal)));
}

}  // namespace

TEST_CASE("A terminal that was seen twice honours nothing until a person chose a copy") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    auto terminal = terminal_of(1, 100);
    admit(store, terminal);
    terminal.begin_epoch();
    terminal.sell({9}, "a", 1000, 10);
    auto copy = terminal.clone(3, crypto::SigningKey::generate());
    terminal.sell({9}, "b", 1000, 10);
    copy.sell({9}, "c", 1000, 10);
    take(store, terminal, 1, terminal.head());
    CHECK_FALSE(suspended(store, {1}, 100));

    take(store, copy, 1, copy.head());
    CHECK(suspended(store, {1}, 100));
    CHECK(suspended(store, {1}, 0));
    auto reissued = terminal_of(1, 200);
    reissued.add(model::EpochBegun{model::EpochReason::fork, {100}, {3}});
    take(store, reissued, 1, 1);
    CHECK(suspended(store, {1}, 200));

    CHECK(store.keep_copy({1}, {999}, 1).error().code == base::Code::not_found);
    CHECK(store.keep_copy({2}, {100}, 1).error().code == base::Code::not_found);
    REQUIRE(store.keep_copy({1}, {100}, 1));
    auto& again = reopen();
    CHECK_FALSE(suspended(again, {1}, 100));
    CHECK(suspended(again, {1}, 200));
    CHECK(suspended(again, {1}, 0));
    CHECK(again.status()->terminals.at(0).standing.kept.value == 100);

    // Nothing is lost meanwhile: both go on, and what was known when a person chose changes nothing.
    terminal.sell({9}, "d", 1000, 10);
    take(again, terminal, 6, terminal.head());
    take(again, copy, 1, copy.head());
    CHECK_FALSE(suspended(again, {1}, 100));
    // A third history under the chosen epoch asks for a new choice.
    auto third = terminal.clone(5, crypto::SigningKey::generate());
    third.sell({9}, "e", 1000, 10);
    take(again, third, 1, third.head());
    CHECK(suspended(again, {1}, 100));
    REQUIRE(again.keep_copy({1}, {200}, 1));
    CHECK_FALSE(suspended(again, {1}, 200));
    CHECK(again.check()->log_holds);
  });
}

TEST_CASE("An epoch that goes on after a newer one has begun means two machines") {
  on_every_engine([](HubStore& store, const auto&) {
    auto old = terminal_of(1, 100);
    auto young = terminal_of(1, 200);
    admit(store, old);
    old.begin_epoch();
    old.sell({9}, "a", 1000, 10);
    young.begin_epoch();
    take(store, old, 1, 3);
    take(store, young, 1, 1);
    take(store, old, 1, 3);  // a repeat says nothing
    CHECK_FALSE(suspended(store, {1}, 200));
    old.sell({9}, "b", 1000, 10);
    take(store, old, 4, 5);
    CHECK(suspended(store, {1}, 200));
    CHECK(suspended(store, {1}, 100));
    CHECK(store.watermarks({1})->front().through.value == 5);
  });
}

TEST_CASE("Evidence of forks is one batch for each history, and bounded") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.begin_epoch();
    terminal.sell({9}, "a", 1000, 10);
    take(store, terminal, 1, 3);
    auto copy = terminal.clone(1, crypto::SigningKey::generate());
    for (int i = 0; i < 30; ++i) {
      copy.sell({8}, "c" + std::to_string(i), 1000, 10);
      take(store, copy, 1, copy.head());
    }
    CHECK(evidence(store) == 1);
    for (int i = 0; i < 40; ++i) {
      auto other = terminal.clone(1, crypto::SigningKey::generate());
      other.sell({8}, "x" + std::to_string(i), 1000, 10);
      take(store, other, 1, other.head());
    }
    CHECK(evidence(store) == 16);
    CHECK(store.watermarks({1})->front().forked);
  });
}

TEST_CASE("What followed from a sale is judged by that sale, also when a fork put it into another epoch") {
  on_every_engine([](HubStore& store, const auto&) {
    auto first = terminal_of(1);
    auto old = terminal_of(2, 100);
    auto young = terminal_of(2, 200);
    admit(store, first);
    admit(store, old);
    first.sell({9}, "77", 1000, 10);
    const auto again = old.sell({9}, "77", 1000, 0);  // the same sale, told by another terminal
    const auto own = old.sell({9}, "78", 1000, 0);
    young.begin_epoch();
    young.add(model::PointsEarned{{9}, again, 10, 1000, {100}});
    young.add(model::PointsEarned{{9}, own, 7, 1000, {100}});
    model::CouponIssued coupon;
    coupon.coupon = {500};
    coupon.member = {9};
    coupon.cause[0] = 1;
    coupon.sale = again;
    coupon.sale_epoch = {100};
    young.add(coupon);
    young.add(model::PointsEarned{{9}, again, 3, 1000, {300}});  // an epoch that never came
    take(store, first, 1, first.head());
    take(store, old, 1, old.head());
    take(store, young, 1, young.head());
    project_all(store, 2);
    CHECK(points(store) == std::map<std::uint64_t, std::int64_t>{{9, 10 + 7 + 3}});
    CHECK(verdicts(store) ==
          std::map<std::string, std::uint64_t>{{"sale_duplicate", 2}, {"coupon_duplicate_issue", 1}});
  });
}

TEST_CASE("A removed member leaves tombstones, no payload and a ledger that still adds up") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    const auto key = crypto::OpeningKey::generate().public_key();
    terminal.enrol({9}, {1}, "+8613800000000", key);
    terminal.enrol({10}, {1}, "+8613900000000", key);
    terminal.sell({9}, "a", 1000, 10);
    take(store, terminal, 1, terminal.head());
    project_all(store);
    const auto before = read_feed(store, {1}, {5, 0});
    CHECK(count(before, wire::RowKind::phone) == 2);

    CHECK(store.remove_member({77}, 1'000).error().code == base::Code::not_found);
    terminal.sell({9}, "b", 1000, 10);  // held when the person leaves: its place is before
    take(store, terminal, 5, terminal.head());
    REQUIRE(store.remove_member({9}, 1'000));
    terminal.sell({9}, "c", 1000, 10);
    terminal.enrol({9}, {1}, "+8613800000000", key);
    terminal.enrol({11}, {1}, "+8613700000000", key);
    take(store, terminal, 7, terminal.head());
    project_all(store, 3);
    CHECK(store.remove_member({9}, 1'000).error().code == base::Code::not_found);

    auto& again = reopen();
    CHECK(points(again) == std::map<std::uint64_t, std::int64_t>{{9, 30}, {10, 0}, {11, 0}});
    CHECK(verdicts(again) == std::map<std::string, std::uint64_t>{{"member_unknown", 2}});
    const auto status = again.status();
    CHECK(status->members == 2);
    CHECK(status->members_removed == 1);
    std::map<int, int> deleted;
    wire::DownCursor cursor = before.last.next;
    const auto page = again.down({1}, ask(cursor));
    REQUIRE(page);
    for (const auto& row : page->rows) {
      if (!row.deleted) continue;
      CHECK(row.body.empty());
      deleted[row.kind] += 1;
    }
    CHECK(deleted == std::map<int, int>{{static_cast<int>(wire::RowKind::member), 1},
                                        {static_cast<int>(wire::RowKind::profile), 1},
                                        {static_cast<int>(wire::RowKind::phone), 1}});
    CHECK(page->checkpoint->count == 2);
    const auto check = again.check();
    CHECK(check->members_equal);
    CHECK(check->checkpoint_equal);
    CHECK(check->log_holds);
    CHECK(check->marks_hold);

    const auto live = live_rows(again, {1}, {5, 0});
    REQUIRE(again.begin_rebuild(6));
    project_all(again, 4);
    CHECK(live_rows(again, {1}, {6, 0}) == live);
    CHECK(points(again) == std::map<std::uint64_t, std::int64_t>{{9, 30}, {10, 0}, {11, 0}});
    CHECK(verdicts(again) == std::map<std::string, std::uint64_t>{{"member_unknown", 2}});
  });
}

TEST_CASE("Rows for a store come by their own number after a snapshot that lacks them") {
  on_every_engine([](HubStore& store, const auto&) {
    auto near = terminal_of(1);
    auto far = terminal_of(2);
    admit(store, near, {1});
    admit(store, far, {2});
    const auto key = crypto::OpeningKey::generate().public_key();
    for (std::uint64_t member = 1; member <= 12; ++member) {
      near.enrol({member}, {1 + static_cast<std::uint32_t>(member % 2)}, "+86138000000" + std::to_string(10 + member),
                 key);
    }
    near.add_bytes({0xFF});
    take(store, near, 1, near.head());
    project_all(store);
    const auto whole = read_feed(store, {1}, {5, 0});
    const auto middle = whole.last.next.hub_seq - 4;

    std::map<std::pair<int, base::Bytes>, base::Bytes> rows;
    wire::DownCursor cursor{5, middle, 0};  // as after adopting a snapshot at `middle`
    bool scoped_done = false;
    for (bool more = true; more;) {
      const auto page = store.down({1}, ask(cursor, 3));
      REQUIRE(page);
      REQUIRE(page->next.scoped_seq <= page->next.hub_seq);
      REQUIRE((page->next.hub_seq > cursor.hub_seq || page->next.scoped_seq > cursor.scoped_seq));
      for (const auto& row : page->rows) {
        if (!scoped_done && page->next.hub_seq == middle) {
          CHECK((row.kind == static_cast<int>(wire::RowKind::profile) ||
                 row.kind == static_cast<int>(wire::RowKind::verdict)));
        }
        rows[{row.kind, row.key}] = row.body;
      }
      scoped_done = page->next.scoped_seq == page->next.hub_seq;
      CHECK(page->checkpoint.has_value() == !page->more);
      cursor = page->next;
      more = page->more;
    }
    CHECK(cursor == whole.last.next);
    for (const auto& [where, body] : whole.rows) {
      const auto kind = static_cast<wire::RowKind>(where.first);
      if (kind != wire::RowKind::profile && kind != wire::RowKind::verdict) continue;
      CHECK(rows.contains(where));
    }
    CHECK(rows.size() < whole.rows.size());
  });
}

TEST_CASE("Whoever begins at nothing is sent to a snapshot when the feed is long") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    for (std::uint64_t member = 1; member <= 20; ++member) terminal.enrol({member}, {1});
    take(store, terminal, 1, terminal.head());
    project_all(store);
    auto question = ask({5, 0});
    for (const std::uint64_t rows_min : {30, 21, 20}) {
      CAPTURE(rows_min);
      question.snapshot_rows_min = rows_min;
      const auto page = store.down({1}, question);
      REQUIRE(page);
      CHECK(page->snapshot_required == (rows_min < 21));  // twenty members and an issuer
      CHECK(page->rows.empty() == page->snapshot_required);
      CHECK(page->next.hub_seq == (page->snapshot_required ? 0 : store.feed_head()->hub_seq));
    }
    question.cursor = {5, 5, 5};
    CHECK_FALSE(store.down({1}, question)->snapshot_required);
  });
}
