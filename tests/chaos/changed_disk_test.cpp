// SPDX-License-Identifier: Apache-2.0
// The real hub on a file in which a stored batch changed: it says so, asks the terminal for those facts again, and
// holds them in their old place without anybody's help.
#include "sync/crypto/hash.h"
#include "sync/sqlite/connection.h"
#include "tests/chaos/floor.h"
#include "tests/chaos/server_time_till.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace millpond::chaos {
namespace {

using nlohmann::json;

bool verifies(const Floor& floor) {
  try {
    return floor.ask_hub({"verify"}).at("holds").get<bool>();
  } catch (const Stuck&) { return false; }  // what does not hold is an error of the command
}

}  // namespace

TEST_CASE("A batch that changed in the hub's file is refilled by the terminal that sent it") {
  REQUIRE(crypto::start());
  const tests::TempDir folder;
  Floor floor{{tests::bin_dir(), tests::source_dir() / "assets/shop/programme.json", folder.path(), 1, {}}};
  floor.open();
  const auto key = floor.ask_terminal(0, {"till", "till-1"});
  const TillKey till{key.at("key"), "till-1", key.at("secret")};
  int sales = 0;
  const auto sell = [&] {
    const json body{{"store", 1},
                    {"till", "till-1"},
                    {"business_date", "2026-11-21"},
                    {"transaction", std::to_string(++sales)},
                    {"state", "paid"},
                    {"completed_at", "2026-11-21T10:00:00+08:00"},
                    {"currency", "CNY"},
                    {"total_minor", 1'000},
                    {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", 1'000}}}},
                    {"tenders", {{{"type", "cash"}, {"amount_minor", 1'000}}}}};
    return post_at_server_time(floor.counter(0).port(), till, "/v1/sales", body.dump());
  };
  const auto drain = [&] {
    wait_until("the queue to drain", [&] { return floor.drained(0); });
    wait_until("stage 2", [&] {
      const auto status = floor.ask_hub({"status"});
      return status.at("events_projected") == status.at("events_received");
    });
  };
  for (int i = 0; i < 4; ++i) {
    for (int each = 0; each < 5; ++each) REQUIRE(sell().is_object());
    drain();
  }
  REQUIRE(verifies(floor));

  REQUIRE(floor.stop_hub() == 0);
  std::int64_t batches = 0;
  {
    const auto file = sqlite::Connection::open({.path = floor.hub_folder() / "hub.db"});
    REQUIRE(file);
    batches = (*file)->query_integer("SELECT count(*) FROM batches")->value();
    REQUIRE(batches >= 4);
    REQUIRE((*file)->run("UPDATE batches SET raw=zeroblob(length(raw)) WHERE no IN (?1, ?2)", batches / 2, batches));
  }
  floor.start_hub();
  CHECK_FALSE(verifies(floor));
  REQUIRE(sell().is_object());  // selling waits for nothing
  wait_until(
      "the hub to be whole again", [&] { return verifies(floor); }, 60'000);
  drain();
  const auto status = floor.ask_hub({"status"});
  CHECK(status.at("sales") == sales);
  CHECK(status.at("events_received") == status.at("events_projected"));
}

}  // namespace millpond::chaos
