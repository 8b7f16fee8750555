// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/check_keeper.h"
#include "sync/sqlite/connection.h"
#include "tests/support/pretend_brand.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <thread>

using namespace millpond;
using hub::CheckTimes;

namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;
constexpr std::int64_t day_ms = 24 * hour_ms;

}  // namespace

TEST_CASE("A check is due ten minutes after a start, and once a day in its hour of the machine's clock") {
  CheckTimes times{3, 0};
  const auto due = [&](std::int64_t wall_ms) { return times.due(wall_ms, wall_ms, 480); };
  CHECK_FALSE(due(9 * minute_ms));  // 08:09 here
  CHECK(due(11 * minute_ms));
  CHECK_FALSE(due(12 * minute_ms));
  CHECK_FALSE(due(18 * hour_ms + 59 * minute_ms));
  CHECK(due(19 * hour_ms));  // 03:00
  CHECK_FALSE(due(19 * hour_ms + minute_ms));
  CHECK_FALSE(due(20 * hour_ms));
  CHECK(due(day_ms + 19 * hour_ms + 30 * minute_ms));

  SECTION("a start in that hour has both at once") {
    CheckTimes late{3, 19 * hour_ms};
    CHECK(late.due(19 * hour_ms + minute_ms, 19 * hour_ms + minute_ms, 480));
    CHECK(late.due(19 * hour_ms + 11 * minute_ms, 19 * hour_ms + 11 * minute_ms, 480));
    CHECK_FALSE(late.due(19 * hour_ms + 12 * minute_ms, 19 * hour_ms + 12 * minute_ms, 480));
  }
  SECTION("-1 is never") {
    CheckTimes never{-1, 0};
    CHECK_FALSE(never.due(11 * minute_ms, 11 * minute_ms, 0));
    CHECK_FALSE(never.due(23 * hour_ms, 23 * hour_ms, 0));
  }
}

TEST_CASE("What changed in the hub's file is found without being asked, and remembered") {
  tests::PretendBrand brand;
  auto terminal = brand.provision();
  terminal.begin_epoch();
  terminal.enrol({9}, {1});
  terminal.sell({9}, "a", 1'000, 10);
  REQUIRE(brand.up(terminal.batch(1, terminal.head())).status == wire::UpStatus::accepted);
  REQUIRE(brand.core->project());
  CHECK_FALSE(brand.core->last_check());
  const auto checked = [&] {
    const auto before_ms = brand.core->last_check() ? brand.core->last_check()->at_ms : 0;
    brand.clock.advance_ms(1'000);
    hub::CheckKeeper keeper{*brand.core, brand.clock, 3};
    keeper.look();
    while (!brand.core->last_check() || brand.core->last_check()->at_ms == before_ms) {
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return *brand.core->last_check();
  };
  const auto whole = checked();
  CHECK(whole.holds);
  CHECK(whole.broken.empty());

  // Through the store's own file: nobody else gets at it while it is open.
  brand.core.reset();
  {
    const auto file = sqlite::Connection::open({.path = brand.dir / "hub.db"});
    REQUIRE((*file)->execute("UPDATE members SET points=points+1"));
  }
  auto store = hub::open_sqlite_store({.path = brand.dir / "hub.db", .generation = 7});
  REQUIRE(store);
  auto core = hub::HubCore::create(std::move(store).value(), hub::generate_keys(), brand.clock, brand.rng);
  REQUIRE(core);
  brand.core = std::move(core).value();
  const auto broken = checked();
  CHECK_FALSE(broken.holds);
  CHECK(broken.broken.starts_with("members_equal"));
}
