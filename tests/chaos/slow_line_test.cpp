// SPDX-License-Identifier: Apache-2.0
// Real programs on a line of 40 bytes a second: a signed request alone takes longer than the hub gives one that stands
// still, and everything arrives all the same.
#include "sync/crypto/hash.h"
#include "tests/chaos/floor.h"
#include "tests/chaos/server_time_till.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace millpond::chaos {

using nlohmann::json;

TEST_CASE("A line of 40 bytes a second carries what a terminal sells") {
  REQUIRE(crypto::start());
  const tests::TempDir folder;
  Floor floor{{tests::bin_dir(), tests::source_dir() / "assets/shop/programme.json", folder.path(), 1, {}}};
  floor.open();
  const auto key = floor.ask_terminal(0, {"till", "till-1"});
  const TillKey till{key.at("key"), "till-1", key.at("secret")};

  Settings crawls;
  crawls.weights.at(static_cast<std::size_t>(Fault::drip)) = 1;
  crawls.exchanges_before_max = 0;
  crawls.drip_bytes_per_s = 40;
  crawls.hold_ms_max = 600'000;
  crawls.drips_both_ways = true;
  REQUIRE(floor.stop_terminal(0) == 0);
  floor.line(0).set(crawls);  // of connections from now on
  floor.start_terminal(0);

  constexpr int sales = 6;
  for (int number = 1; number <= sales; ++number) {
    const json body{{"store", 1},
                    {"till", "till-1"},
                    {"business_date", "2026-11-21"},
                    {"transaction", std::to_string(number)},
                    {"state", "paid"},
                    {"completed_at", "2026-11-21T10:00:00+08:00"},
                    {"currency", "CNY"},
                    {"total_minor", 1'000},
                    {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", 1'000}}}},
                    {"tenders", {{{"type", "cash"}, {"amount_minor", 1'000}}}}};
    REQUIRE(post_at_server_time(floor.counter(0).port(), till, "/v1/sales", body.dump()).is_object());
  }
  wait_until(
      "the queue to drain", [&] { return floor.drained(0); }, 240'000);
  CHECK(floor.ask_hub({"status"}).at("sales") == sales);
  const auto dripped = floor.line(0).counts();
  CHECK(dripped.faults.at(static_cast<std::size_t>(Fault::drip)) > 0);
}

}  // namespace millpond::chaos
