// SPDX-License-Identifier: Apache-2.0
// Two terminals and their hub over TLS: what one of them sells the other one sees through the question that the hub
// holds. Everybody's polling interval is an hour, so no poll can have brought it. How long it takes is a row of
// `millpond-bench news`.
#include "tests/support/online_terminal.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <thread>

using namespace millpond;

namespace {

// Generous: it only ends a test that would hang. In a quiet machine the news takes milliseconds.
template <class Condition>
bool comes_true(Condition condition) {
  for (int i = 0; i < 3'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return false;
}

}  // namespace

TEST_CASE("What one terminal sells the other one hears through the question that the hub holds") {
  const tests::OnlineHub hub{{.poll_slots = 2}};
  tests::OnlineTerminal here{hub};
  tests::OnlineTerminal there{hub};
  const base::MemberId first{77};
  const base::MemberId second{78};
  REQUIRE(comes_true([&] { return here.held() && there.held(); }));
  here.enrol_with_points(first, 50);
  CHECK(comes_true([&] { return there.points_of(first) == 50; }));
  REQUIRE(comes_true([&] { return here.held() && there.held(); }));
  there.enrol_with_points(second, 70);
  CHECK(comes_true([&] { return here.points_of(second) == 70; }));
  CHECK(there.status().line == engine::Line::online);
  CHECK(comes_true([&] { return here.status().queued == 0 && there.status().queued == 0; }));
}
