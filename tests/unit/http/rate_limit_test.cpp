// SPDX-License-Identifier: Apache-2.0
#include "sync/http/rate_limit.h"

#include <catch2/catch_test_macros.hpp>

using millpond::http::RateLimit;

TEST_CASE("A burst passes, then the refill decides, each key for itself") {
  RateLimit limit{10, 5};
  for (int i = 0; i < 5; ++i) CHECK(limit.take("a", 0) == 0);
  CHECK(limit.take("a", 0) == 100);
  CHECK(limit.take("b", 0) == 0);
  CHECK(limit.take("a", 50) == 50);
  CHECK(limit.take("a", 100) == 0);
  CHECK(limit.take("a", 100) == 100);
  for (int i = 0; i < 5; ++i) CHECK(limit.take("a", 10'000) == 0);  // never more than the burst
  CHECK(limit.take("a", 10'000) == 100);
}

TEST_CASE("Asking takes nothing") {
  RateLimit limit{1, 1};
  CHECK(limit.wait_ms("a", 0) == 0);
  CHECK(limit.wait_ms("a", 0) == 0);
  CHECK(limit.take("a", 0) == 0);
  CHECK(limit.wait_ms("a", 0) == 1'000);
  CHECK(limit.wait_ms("a", 1'000) == 0);
}

TEST_CASE("Memory is bounded, and who is limited stays so while others come") {
  RateLimit limit{0.001, 1, 3};
  CHECK(limit.take("greedy", 0) == 0);
  CHECK(limit.take("x1", 0) == 0);
  CHECK(limit.take("x2", 2'000'000) == 0);
  CHECK(limit.take("greedy", 2'000'000) == 0);
  CHECK(limit.take("x3", 2'000'000) == 0);  // x1 is full again and goes
  CHECK(limit.take("greedy", 2'000'000) > 0);
}
