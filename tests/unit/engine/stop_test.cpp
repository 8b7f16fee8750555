// SPDX-License-Identifier: Apache-2.0
// A line that the hub stopped asks again by itself.
#include "tests/unit/engine/engine_bench.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace millpond;
using namespace millpond::engine;
using namespace millpond::tests;
using Bench = tests::EngineBench;

namespace {

constexpr std::int64_t half_ms = Limits{}.stop_retry_ms / 2;

// Ten facts are queued and their upload was refused.
Bench refused_up(base::Code code = base::Code::unauthorized) {
  Bench bench;
  bench.begin(0, 10);
  (void)bench.tell(UpRefused{error(code)});
  return bench;
}

// A page was refused while ten facts are queued and none is under way.
Bench refused_down(base::Code code = base::Code::unauthorized) {
  Bench bench;
  bench.begin(0, 0);
  (void)bench.tell(PollNow{});
  (void)bench.tell(DownRefused{error(code)});
  (void)bench.tell(outbox(0, 10));
  return bench;
}

// What it does when the pause is over, without the timers.
std::string asked(Bench& bench) {
  REQUIRE(bench.state.again_ms);
  bench.now_ms = *bench.state.again_ms;
  auto said = bench.tell(Tick{});
  const auto timer = said.find("timer");
  return timer == std::string::npos ? said : said.substr(0, timer == 0 ? 0 : timer - 1);
}

}  // namespace

TEST_CASE("what was refused is asked again by itself, and nothing else is sent meanwhile") {
  SECTION("a batch; pages go on as ever") {
    auto bench = refused_up();
    REQUIRE(bench.state.again_ms);
    const auto again_ms = *bench.state.again_ms;
    for (bench.now_ms += 10'000; bench.now_ms < again_ms; bench.now_ms += 10'000) {
      CHECK(bench.tell(Tick{}).find("down") == 0);
      CHECK(bench.tell(page()).find("send") == std::string::npos);
    }
    bench.now_ms = again_ms;
    CHECK(bench.tell(Tick{}).find("send:1x10") == 0);
  }
  SECTION("a page; no batch before it") {
    auto bench = refused_down();
    REQUIRE(bench.state.again_ms);
    CHECK(bench.state.timer_ms == bench.state.again_ms);
    bench.now_ms = *bench.state.again_ms - 1;
    CHECK(bench.tell(Tick{}) == "timer");
    CHECK(bench.tell(PollNow{}).empty());
    CHECK(asked(bench) == "down");
  }
}

TEST_CASE("the pause after a stop is drawn from its upper half") {
  std::int64_t lowest = Limits{}.stop_retry_ms;
  std::int64_t highest = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Bench bench;
    bench.rng = base::SeededRng{seed};
    bench.begin(0, 10);
    (void)bench.tell(UpRefused{error(base::Code::unauthorized)});
    const auto pause_ms = *bench.state.again_ms - bench.now_ms;
    lowest = std::min(lowest, pause_ms);
    highest = std::max(highest, pause_ms);
  }
  CHECK(lowest >= half_ms);
  CHECK(lowest < half_ms + half_ms / 10);
  CHECK(highest > 2 * half_ms - half_ms / 10);
  CHECK(highest <= 2 * half_ms);
}

TEST_CASE("one answer to a batch that is sent again after a stop") {
  struct Row {
    const char* name;
    Input answer;
    std::string outcome;
    bool goes_on;
  };
  const std::vector<Row> rows{
      {"taken", accepted(10), "line:online ack:10", true},
      {"nothing taken", accepted(0), "line:online", true},
      {"a hub restored from before this epoch", UpGap{epoch, base::Seq{0}}, "line:online", true},
      {"a fork", UpForked{epoch, base::Seq{0}}, "line:online!hub_fork reissue:0", true},
      {"refused for the same reason", UpRefused{error(base::Code::unauthorized)}, "", false},
      {"refused for another reason", UpRefused{error(base::Code::protocol_mismatch)}, "line:stopped(protocol_mismatch)",
       false},
      {"no line", UpFailed{error(base::Code::hub_unreachable), 0}, "", false},
      {"a hub that sheds load", UpFailed{error(base::Code::overloaded), 0}, "", false},
      {"another epoch's", UpAccepted{base::Epoch{8}, base::Seq{20}, base::Seq{20}, 0, 10'000, 0}, "", false},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    auto bench = refused_up();
    REQUIRE(asked(bench).find("send:1x10") == 0);
    const auto said = bench.tell(row.answer);
    const auto timer = said.find("timer");
    CHECK(said.substr(0, timer == 0 ? 0 : timer == std::string::npos ? timer : timer - 1) == row.outcome);
    CHECK(bench.state.stopped.has_value() != row.goes_on);
    if (!row.goes_on) CHECK(bench.state.line == Line::stopped);
    if (row.goes_on || bench.state.up_in_flight) continue;
    REQUIRE(bench.state.again_ms);
    CHECK(*bench.state.again_ms >= bench.now_ms + half_ms);
  }
}

TEST_CASE("one answer to a page that is asked for again after a stop") {
  auto wanted = page();
  wanted.snapshot = Snapshot::wanted;
  struct Row {
    const char* name;
    Input answer;
    std::string outcome;
    bool goes_on;
  };
  const std::vector<Row> rows{
      {"a page", page(), "line:online send:1x10", true},
      {"a page of a hub that was restored", page_behind({{base::Epoch{3}, base::Seq{5}}}), "line:online rewind:3/5",
       true},
      {"one that sends to a snapshot", wanted, "line:online send:1x10 fetch", true},
      {"refused for the same reason", DownRefused{error(base::Code::unauthorized)}, "", false},
      {"refused for another reason", DownRefused{error(base::Code::certificate_expired)},
       "line:stopped(certificate_expired)", false},
      {"a captive portal", DownFailed{error(base::Code::hub_not_a_hub), 0}, "", false},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    auto bench = refused_down();
    REQUIRE(asked(bench) == "down");
    const auto said = bench.tell(row.answer);
    const auto timer = said.find("timer");
    CHECK(said.substr(0, timer == 0 ? 0 : timer == std::string::npos ? timer : timer - 1) == row.outcome);
    CHECK(bench.state.stopped.has_value() != row.goes_on);
    CHECK(bench.state.down_stopped != row.goes_on);
    if (row.goes_on) continue;
    CHECK(bench.state.line == Line::stopped);
    REQUIRE(bench.state.again_ms);
    CHECK(*bench.state.again_ms >= bench.now_ms + half_ms);
  }
}

TEST_CASE("a hub that goes on refusing is asked once in five to ten minutes") {
  auto bench = refused_down();
  int questions = 0;
  const auto from_ms = bench.now_ms;
  for (; bench.now_ms < from_ms + 24 * 3'600'000; ++questions) {
    REQUIRE(asked(bench) == "down");
    (void)bench.tell(DownRefused{error(base::Code::unauthorized)});
  }
  CHECK(questions > 24 * 6);
  CHECK(questions < 24 * 12);
}

TEST_CASE("an answer that no hub takes back is asked about by an operator only") {
  for (const auto code : {base::Code::terminal_revoked, base::Code::grant_invalid, base::Code::grant_expired}) {
    INFO(base::code_name(code));
    auto up = refused_up(code);
    CHECK_FALSE(up.state.again_ms);
    auto down = refused_down(code);
    CHECK_FALSE(down.state.again_ms);
    down.now_ms += 30LL * 86'400'000;
    CHECK(down.tell(Tick{}).empty());
    CHECK(down.tell(Resumed{}) == "line:unknown send:1x10 down");
  }
}

TEST_CASE("revoked while it was asking again, a terminal stops asking") {
  auto bench = refused_up();
  REQUIRE(asked(bench).find("send:1x10") == 0);
  CHECK(bench.tell(UpRefused{error(base::Code::terminal_revoked)}).find("line:stopped(terminal_revoked)") == 0);
  CHECK_FALSE(bench.state.again_ms);
}

TEST_CASE("an answer to what was under way before the stop does not end it") {
  SECTION("an upload, when a page was refused") {
    Bench bench;
    bench.begin(0, 10);
    (void)bench.tell(PollNow{});
    (void)bench.tell(DownRefused{error(base::Code::unauthorized)});
    CHECK(bench.tell(accepted(10)).find("ack:10") == 0);
    CHECK(bench.state.line == Line::stopped);
  }
  SECTION("a page, when an upload was refused") {
    Bench bench;
    bench.begin(0, 10);
    (void)bench.tell(PollNow{});
    (void)bench.tell(UpRefused{error(base::Code::unauthorized)});
    (void)bench.tell(page());
    CHECK(bench.state.line == Line::stopped);
  }
}

TEST_CASE("a stop of pages takes the place of one of uploads, and its end ends both") {
  auto bench = refused_up();
  (void)bench.tell(PollNow{});
  CHECK(bench.tell(DownRefused{error(base::Code::certificate_invalid)}).find("line:stopped(certificate_invalid)") == 0);
  CHECK(asked(bench) == "down");
  CHECK(bench.tell(page()).find("line:online send:1x10") == 0);
}

TEST_CASE("an errand's answer does not end a stop, and the page follows it at once") {
  auto bench = refused_down();
  CHECK(asked(bench) == "down");
  CHECK(bench.tell(ErrandDone{}) == "down");
  CHECK(bench.state.line == Line::stopped);
  CHECK(bench.tell(page()).find("line:online") == 0);
}

TEST_CASE("the batch that asks again is small, and so are the first ones after it") {
  Bench bench;
  bench.begin(0, 20'000);
  for (std::uint64_t acked = 100; acked < 5'000;) {
    (void)bench.tell(accepted(acked));
    (void)bench.tell(outbox(acked, 20'000));
    acked = bench.state.sent_through.value;
  }
  (void)bench.tell(UpRefused{error(base::Code::unauthorized)});
  const auto from = bench.state.acked.value + 1;
  CHECK(asked(bench).find("send:" + std::to_string(from) + "x100") == 0);
}

TEST_CASE("a page that is asked for again after a stop is not held by the hub") {
  Bench bench;
  bench.begin(0, 0);
  (void)bench.tell(PollNow{});
  (void)bench.tell(page_with_slot(30'000, true));
  bench.now_ms += 1'000;
  CHECK(bench.tell(Tick{}) == "down+30000");
  (void)bench.tell(DownRefused{error(base::Code::unauthorized)});
  CHECK(asked(bench) == "down");
}
