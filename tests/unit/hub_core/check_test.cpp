// SPDX-License-Identifier: Apache-2.0
// What a check finds changed, and what it does about it.
#include "sync/sqlite/connection.h"
#include "tests/support/kept_hub.h"

using namespace millpond;

TEST_CASE("A check asks a terminal for a batch that changed, and the next one finds it whole") {
  tests::KeptHub hub;
  auto machine = hub.provision({1});
  auto& terminal = machine.terminal;
  terminal.begin_epoch();
  terminal.enrol({9}, {1});
  for (int i = 0; i < 6; ++i) terminal.sell({9}, "s" + std::to_string(i), 1'000, 10);
  const auto middle = terminal.head() / 2;
  REQUIRE(hub.up(terminal.batch(1, middle)) == wire::UpStatus::accepted);
  REQUIRE(hub.up(terminal.batch(middle + 1, terminal.head())) == wire::UpStatus::accepted);
  REQUIRE(hub.core->project(1'000));
  REQUIRE(hub.core->check(hub::CheckDepth::rebuilt)->holds());
  const auto change = [&](const std::string& sql) {
    hub.core.reset();
    {
      const auto file = sqlite::Connection::open({.path = hub.dir / "hub.db"});
      REQUIRE((*file)->execute(sql));
    }
    hub.open(hub.dir / "hub.db");
  };

  SECTION("a young one") {
    change("UPDATE batches SET raw=zeroblob(length(raw)) WHERE no=1");
    const auto broken = hub.core->check();
    REQUIRE(broken);
    CHECK_FALSE(broken->holds());
    CHECK(broken->batches_broken == 1);
    CHECK(broken->batches_asked == 1);
    CHECK(hub.up(terminal.batch(middle + 1, terminal.head())) == wire::UpStatus::gap);
    CHECK(hub.up(terminal.batch(1, 2)) == wire::UpStatus::accepted);
    CHECK(hub.core->check()->batches_broken == 1);  // not whole yet
    CHECK(hub.up(terminal.batch(2, terminal.head())) == wire::UpStatus::accepted);
    const auto mended = hub.core->check(hub::CheckDepth::rebuilt);
    REQUIRE(mended);
    CHECK(mended->broken().empty());
    CHECK(mended->batches_asked == 0);

    // Its facts are those that were signed, not only those that follow on each other.
    change("UPDATE mended SET raw=zeroblob(length(raw)) WHERE received_ms<>0");
    CHECK(hub.core->check()->batches_broken == 1);
  }
  SECTION("only what stands beside one, of any age") {
    hub.clock.advance_ms(400LL * 86'400'000);
    for (const std::string column : {"chain_before=zeroblob(32)", "chain_head=zeroblob(32)", "last_seq=last_seq+1"}) {
      CAPTURE(column);
      change("UPDATE batches SET " + column + " WHERE no=1");
      const auto check = hub.core->check(hub::CheckDepth::rebuilt);
      REQUIRE(check);
      CHECK(check->batches_put_right == 1);
      CHECK(check->broken().empty());
      CHECK(hub.core->check()->batches_put_right == 0);
      CHECK(hub.core->rebuild());
      CHECK(hub.up(terminal.batch(1, middle + 1)) == wire::UpStatus::accepted);
    }
  }
  SECTION("one that no ring has any more") {
    change("UPDATE batches SET raw=zeroblob(length(raw)) WHERE no=1");
    hub.clock.advance_ms(31LL * 86'400'000);
    const auto broken = hub.core->check();
    REQUIRE(broken);
    CHECK(broken->batches_broken == 1);
    CHECK(broken->batches_asked == 0);
    CHECK(hub.up(terminal.batch(middle + 1, terminal.head())) == wire::UpStatus::accepted);
  }
}
