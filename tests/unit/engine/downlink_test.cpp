// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/engine/engine_bench.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using namespace millpond::engine;
using namespace millpond::tests;
using Bench = tests::EngineBench;

TEST_CASE("a refused downlink stops both, and an operator resumes at once") {
  Bench bench;
  bench.begin(0, 0);
  bench.now_ms += 10'000;
  CHECK(bench.tell(Tick{}) == "down");
  CHECK(bench.tell(DownRefused{error(base::Code::unauthorized)}) == "line:stopped(unauthorized) timer");
  bench.now_ms += bench.limits.stop_retry_ms / 2 - 1;
  CHECK(bench.tell(Tick{}) == "timer");
  CHECK(bench.tell(PollNow{}).empty());
  CHECK(bench.tell(outbox(0, 2)).empty());
  CHECK(bench.tell(Resumed{}) == "line:unknown send:1x2 down");
}

TEST_CASE("a hub that held more before is filled again, an idle terminal included") {
  struct Row {
    const char* name;
    DownArrived answer;
    std::string outcome;
  };
  const std::vector<Row> rows{
      {"as much as we know, or more", page(), ""},
      {"less: restored from a backup", page_behind({{epoch, base::Seq{20}}}), "rewind:20"},
      {"restored from before this epoch", page_behind({{epoch, base::Seq{0}}}), "rewind:0"},
      {"less of an older epoch too", page_behind({{base::Epoch{3}, base::Seq{5}}, {epoch, base::Seq{0}}}),
       "rewind:3/5,0"},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    Bench bench;
    bench.begin(50, 0);
    CHECK(bench.tell(PollNow{}) == "down");
    const auto said = bench.tell(row.answer);
    CHECK((said == row.outcome || said == (row.outcome.empty() ? "timer" : row.outcome + " timer")));
  }
}

TEST_CASE("a hub that lost an epoch while an upload is under way is filled again after it") {
  Bench bench;
  bench.begin(50, 10);
  CHECK(bench.tell(PollNow{}) == "down");
  CHECK(bench.tell(page_behind({{base::Epoch{3}, base::Seq{5}}})).find("rewind") == std::string::npos);
  CHECK(bench.tell(accepted(60)) == "ack:60");
  CHECK(bench.tell(outbox(60, 60)).find("rewind:3/5") == 0);
  CHECK(bench.tell(OutboxChanged{base::Epoch{3}, base::Seq{5}, base::Seq{9}, 4}) == "send:6x4");
}

TEST_CASE("who resumes a stopped line gets an answer at once, whatever slot there was") {
  Bench bench;
  bench.begin(0, 0);
  (void)bench.tell(PollNow{});
  (void)bench.tell(page_with_slot(30'000));
  bench.now_ms += 60'000;
  CHECK(bench.tell(Tick{}).find("down+") == 0);
  (void)bench.tell(DownRefused{error(base::Code::unauthorized)});
  CHECK(bench.tell(Resumed{}) == "line:unknown down");
}

TEST_CASE("a slot is asked for with a wait, again at once after news, and never in a loop") {
  Bench bench;
  bench.begin(0, 0);
  bench.now_ms += 10'000;
  CHECK(bench.tell(Tick{}) == "down");
  (void)bench.tell(page_with_slot(30'000));
  CHECK(bench.state.timer_ms == bench.now_ms + bench.limits.poll_gap_ms);
  bench.now_ms += bench.limits.poll_gap_ms;
  CHECK(bench.tell(Tick{}) == "down+30000");

  SECTION("news") {
    bench.now_ms += 700;
    (void)bench.tell(page_with_slot(30'000, true));
    CHECK(bench.state.timer_ms == bench.now_ms + bench.limits.poll_gap_ms);
  }
  SECTION("held to the end") {
    bench.now_ms += 30'000;
    (void)bench.tell(page_with_slot(30'000));
    CHECK(bench.state.timer_ms == bench.now_ms + bench.limits.poll_gap_ms);
  }
  SECTION("answered at once with nothing: no slot was left") {
    bench.now_ms += 10;
    (void)bench.tell(page_with_slot(30'000));
    CHECK(bench.state.timer_ms == bench.now_ms + 10'000);
  }
  SECTION("no slot any more") {
    bench.now_ms += 30'000;
    (void)bench.tell(page());
    CHECK(bench.state.timer_ms == bench.now_ms + 10'000);
    bench.now_ms += 10'000;
    CHECK(bench.tell(Tick{}) == "down");
  }
  SECTION("a line in between forgets silent connections: shorter waits, the usual pause") {
    bench.now_ms += 20'000;
    (void)bench.tell(DownFailed{error(base::Code::hub_unreachable), 0});
    bench.now_ms += bench.limits.backoff_base_ms;
    CHECK(bench.tell(Tick{}) == "down+15000");
  }
}

TEST_CASE("new facts are sent at once while a question is held at the hub") {
  Bench bench;
  bench.begin(0, 0);
  bench.now_ms += 10'000;
  (void)bench.tell(Tick{});
  (void)bench.tell(page_with_slot(30'000));
  bench.now_ms += 1'000;
  CHECK(bench.tell(Tick{}) == "down+30000");
  CHECK(bench.tell(outbox(0, 1)) == "send:1x1");
}

TEST_CASE("a snapshot is fetched piece by piece, uploads go on, and pages follow it") {
  Bench bench;
  bench.begin(0, 0);
  bench.now_ms += 10'000;
  CHECK(bench.tell(Tick{}) == "down");
  auto wanted = page();
  wanted.snapshot = Snapshot::wanted;
  CHECK(bench.tell(wanted) == "fetch");
  CHECK(bench.tell(outbox(0, 4)) == "send:1x4");
  CHECK(bench.tell(SnapshotProgress{true}) == "fetch");
  CHECK(bench.tell(accepted(4)).find("ack:4") == 0);
  (void)bench.tell(outbox(4, 4));
  CHECK(bench.tell(DownFailed{error(base::Code::hub_unreachable), 0}).find("line:offline") == 0);
  bench.now_ms += bench.limits.backoff_base_ms;
  CHECK(bench.tell(Tick{}) == "fetch");  // goes on, it does not begin again
  CHECK(bench.tell(SnapshotAdopted{}) == "line:online down");
}

TEST_CASE("after an errand on the downlink's lane pages are asked for at once, and a repeated end changes nothing") {
  Bench bench;
  bench.begin(0, 0);
  bench.now_ms += 10'000;
  CHECK(bench.tell(Tick{}) == "down");
  CHECK(bench.tell(ErrandDone{}) == "down");
  (void)bench.tell(page());
  CHECK(bench.tell(ErrandDone{}).empty());
}

TEST_CASE("a snapshot waits for the hours of bulk unless there is nothing to work with") {
  for (const bool urgent : {false, true}) {
    Bench bench;
    (void)bench.tell(BulkWindow{false});
    bench.begin(0, 0);
    bench.now_ms += 10'000;
    (void)bench.tell(Tick{});
    auto wanted = page();
    wanted.snapshot = urgent ? Snapshot::urgent : Snapshot::wanted;
    CHECK(bench.tell(wanted) == (urgent ? "fetch" : "timer"));
    if (urgent) continue;
    bench.now_ms += 10'000;
    CHECK(bench.tell(Tick{}) == "down");  // what the hub holds of ours is heard meanwhile
    (void)bench.tell(wanted);
    (void)bench.tell(BulkWindow{true});
    bench.now_ms += 10'000;
    CHECK(bench.tell(Tick{}) == "fetch");
  }
}

TEST_CASE("a snapshot that the hub no longer has is not asked for again and again") {
  Bench bench;
  bench.begin(0, 0);
  bench.now_ms += 10'000;
  (void)bench.tell(Tick{});
  auto wanted = page();
  wanted.snapshot = Snapshot::wanted;
  CHECK(bench.tell(wanted) == "fetch");
  (void)bench.tell(DownFailed{error(base::Code::not_found), 0});
  bench.now_ms += bench.limits.backoff_base_ms;
  CHECK(bench.tell(Tick{}) == "down");
}

TEST_CASE("pages and pieces keep to a capped line's share of a request's time") {
  struct Row {
    std::uint64_t down_bytes_per_s;
    std::uint32_t rows;
    std::uint32_t piece_bytes;
  };
  for (const auto& row : {Row{0, 2'000, 4U << 20}, Row{1'000, 156, 10'000}, Row{1, 1, 4'096}}) {
    INFO(row.down_bytes_per_s);
    Bench bench;
    bench.limits.down_bytes_per_s = row.down_bytes_per_s;
    (void)bench.tell(Started{});
    REQUIRE(std::holds_alternative<AskDown>(bench.last.front()));
    CHECK(std::get<AskDown>(bench.last.front()).rows_max == row.rows);
    auto wanted = page();
    wanted.snapshot = Snapshot::urgent;
    (void)bench.tell(wanted);
    REQUIRE(std::holds_alternative<FetchSnapshot>(bench.last.back()));
    CHECK(std::get<FetchSnapshot>(bench.last.back()).piece_bytes_max == row.piece_bytes);
  }
}
