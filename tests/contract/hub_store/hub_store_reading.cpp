// SPDX-License-Identifier: Apache-2.0
// What every engine behind HubStore must do for those who read a lot, and what it may forget.
#include "tests/contract/hub_store/suite.h"

#include <atomic>
#include <thread>

using namespace millpond;
using namespace millpond::tests;

TEST_CASE("Tombstones go for everyone and for some alike, and only cursors below them need a snapshot") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.enrol_sealed({8}, {1}, {6});
    terminal.enrol_sealed({9}, {1}, {7});
    REQUIRE(store.ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
    project_all(store);
    REQUIRE(store.remove_member({9}, 1'000));
    project_all(store);
    const auto head = store.feed_head()->hub_seq;
    CHECK(store.purge_tombstones(head, 1'000, 100)->gone == 0);  // not old enough
    CHECK_FALSE(store.purge_tombstones(0, 1'000, 100)->waiting);
    const auto early = *store.purge_tombstones(0, 1'001, 100);
    CHECK((early.gone == 0 && early.waiting));  // for a snapshot that lacks the rows
    CHECK(store.purge_tombstones(head, 1'001, 2)->gone == 2);
    CHECK(store.purge_tombstones(head, 1'001, 100)->gone == 1);  // member, phone, and the profile that one store has
    CHECK_FALSE(store.purge_tombstones(0, 1'001, 100)->waiting);
    CHECK(store.feed_head()->horizon <= head);

    const auto page = [&](std::uint64_t hub_seq, std::uint64_t scoped_seq) {
      auto answer = store.down({1}, ask({5, hub_seq, scoped_seq}));
      REQUIRE(answer);
      return std::move(answer).value();
    };
    CHECK(page(0, 0).snapshot_required);
    CHECK(page(head - 4, head - 4).snapshot_required);
    CHECK(page(head, head).rows.empty());
    const auto after_snapshot = page(head, 0);
    CHECK(!after_snapshot.snapshot_required);
    REQUIRE(after_snapshot.rows.size() == 1);  // the profile of 8
    CHECK(!after_snapshot.rows.front().deleted);
  });
}

TEST_CASE("A check, figures and balances are read while facts come in and are applied") {
  on_every_engine([](HubStore& store, const auto&) {
    constexpr std::uint64_t members = 5'000;
    auto terminal = terminal_of(1);
    admit(store, terminal);
    for (std::uint64_t member = 1; member <= members; ++member) terminal.enrol({member}, {1});
    REQUIRE(store.ingest(checked(terminal, 1, members), start_of(terminal)));
    for (std::uint64_t i = 1; i <= 400; ++i) terminal.sell({i}, "s" + std::to_string(i), 1'000, 10);

    std::atomic<bool> done{false};
    bool held = true;
    bool counted = true;
    std::thread reader{[&] {
      for (int round = 0; round < 3 || !done; ++round) {
        const auto check = store.check();
        held = held && check && check->database_ok && check->members_equal && check->checkpoint_equal &&
               check->marks_hold && check->figures_hold && check->log_holds;
        const auto balances = store.balances();
        counted = counted && balances && balances->size() <= members && store.status();
      }
    }};
    for (auto seq = members + 1; seq <= terminal.head(); seq += 8) {
      const auto last = std::min(seq + 7, terminal.head());
      CHECK(store.ingest(checked(terminal, seq, last), start_of(terminal))->status == UpStatus::accepted);
      CHECK(store.project(1'000, open_anything()));
    }
    done = true;
    reader.join();
    CHECK(held);  // each of them saw one moment
    CHECK(counted);
    project_all(store);
    CHECK(store.balances()->size() == members);
    CHECK(store.status()->points == 4'000);
    CHECK(store.check()->ledger_points == 4'000);
  });
}
