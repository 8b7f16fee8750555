// SPDX-License-Identifier: Apache-2.0
#include "sync/http/turns.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <vector>

using millpond::http::Turns;

TEST_CASE("whoever is sent away gets a turn behind those before, as far apart as the server serves") {
  Turns turns;
  CHECK(turns.next_s(0) == 1);  // one alone
  std::vector<std::int64_t> seconds(Turns::wait_max_s + 1);
  for (int i = 1; i < 5'000; ++i) ++seconds[static_cast<std::size_t>(turns.next_s(0))];
  for (std::size_t second = 1; second <= 19; ++second) {
    INFO(second);
    CHECK(seconds[second] >= 248);
    CHECK(seconds[second] <= 252);
  }
  CHECK(turns.next_s(30'000) == 1);  // the crowd has gone
}

TEST_CASE("what a busy server serves says how far apart turns are, and an idle one's quiet does not") {
  Turns turns;
  const auto serve = [&](std::int64_t from_ms, std::int64_t seconds, int a_second, bool busy) {
    for (std::int64_t at_ms = from_ms; at_ms < from_ms + seconds * 1'000; at_ms += 10) {
      for (int i = 0; i < a_second / 100; ++i) turns.served(at_ms);
      if (busy) static_cast<void>(turns.next_s(at_ms));
    }
  };
  const auto crowd_waits_s = [&](std::int64_t now_ms) {
    std::int64_t last = 0;
    for (int i = 0; i < 2'000; ++i) last = std::max(last, turns.next_s(now_ms));
    return last;
  };
  serve(0, 3, 1'000, true);
  CHECK(crowd_waits_s(3'000) == 3);
  serve(10'000, 60, 100, false);
  CHECK(crowd_waits_s(70'000) == 3);  // quiet, and as fast as before
  serve(200'000, 4, 100, true);
  CHECK(crowd_waits_s(204'000) > 20);
}

TEST_CASE("nobody is sent away for longer than a minute") {
  Turns turns;
  std::int64_t longest = 0;
  for (int i = 0; i < 100'000; ++i) longest = std::max(longest, turns.next_s(1'000));
  CHECK(longest == Turns::wait_max_s);
}
