// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/engine/engine_bench.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using namespace millpond::engine;
using namespace millpond::tests;
using Bench = tests::EngineBench;

TEST_CASE("a start asks the hub first and sends once the outbox is known") {
  Bench bench;
  CHECK(bench.tell(Started{}) == "down");
  CHECK(bench.tell(outbox(0, 250)) == "send:1x100");
  CHECK(bench.tell(page(5'000)) == "line:online timer");
  CHECK(bench.tell(accepted(100)).find("ack:100") == 0);
  CHECK(bench.tell(outbox(100, 250)) == "send:101x150");
}

TEST_CASE("nothing happens before the start") {
  Bench bench;
  CHECK(bench.tell(outbox(0, 3)).empty());
  CHECK(bench.tell(Tick{}).empty());
  CHECK(bench.tell(Started{}) == "send:1x3 down");
}

TEST_CASE("one answer to a batch of ten from 11 to 20, with 40 recorded") {
  struct Row {
    const char* name;
    Input answer;
    std::string outcome;
  };
  const std::vector<Row> rows{
      {"all taken", accepted(20), "ack:20"},
      {"a part taken", accepted(15), "ack:15"},
      {"more than this batch: an earlier one got there, its answer did not", accepted(40), "ack:20"},
      {"nothing taken", accepted(10), "timer"},
      {"past everything recorded: a copy of this terminal wrote more", accepted(41),
       "line:online!hub_fork ack:20 down"},
      {"less than it acknowledged before", accepted(4), "rewind:4"},
      {"a gap", UpGap{epoch, base::Seq{4}}, "rewind:4"},
      {"a gap where there is none", UpGap{epoch, base::Seq{10}}, "timer"},
      {"another epoch", UpAccepted{base::Epoch{8}, base::Seq{20}, base::Seq{20}, 0, 10'000, 0}, ""},
      {"a fork", UpForked{epoch, base::Seq{12}}, "line:online!hub_fork reissue:12"},
      {"a fork of another epoch", UpForked{base::Epoch{8}, base::Seq{12}}, ""},
      {"a fork that nobody can place", UpRefused{error(base::Code::hub_fork)}, "line:stopped(hub_fork)"},
      {"unauthorized", UpRefused{error(base::Code::unauthorized)}, "line:stopped(unauthorized)"},
      {"no line", UpFailed{error(base::Code::hub_unreachable), 0}, "line:offline(hub_unreachable)"},
      {"a captive portal", UpFailed{error(base::Code::hub_not_a_hub), 0}, "line:offline(hub_not_a_hub)"},
      {"a hub that sheds load", UpFailed{error(base::Code::overloaded), 0}, "timer"},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    Bench bench;
    bench.limits.batch_events_min = 10;
    bench.begin(10, 30);
    REQUIRE(Bench::spell(bench.last) == "send:11x10");
    const auto said = bench.tell(row.answer);
    CHECK(said.substr(0, said.find(" timer")) == row.outcome);
  }
}

TEST_CASE("a batch asked for never exceeds the facts that are known") {
  Bench bench;
  bench.begin(10, 3);
  CHECK(Bench::spell(bench.last) == "send:11x3");
}

TEST_CASE("an answer that comes twice is heard once") {
  Bench bench;
  bench.begin(0, 500);
  CHECK(bench.tell(accepted(100)).find("ack:100") == 0);
  CHECK(bench.tell(accepted(100)).empty());
  CHECK(bench.tell(UpGap{epoch, base::Seq{0}}).empty());
  CHECK(bench.tell(UpFailed{error(base::Code::timeout), 0}).empty());
}

TEST_CASE("batches double to the limit on success and halve to the minimum on failure") {
  Bench bench;
  bench.begin(0, 100'000);
  std::uint64_t acked = 0;
  for (const std::uint32_t size : {100U, 200U, 400U, 800U, 1'600U, 3'200U, 6'400U, 10'000U, 10'000U}) {
    CHECK(bench.state.sent_through.value - bench.state.sent_from.value + 1 == size);
    acked += size;
    (void)bench.tell(accepted(acked));
    (void)bench.tell(outbox(acked, 100'000));
  }
  for (const std::uint32_t size : {5'000U, 2'500U, 1'250U, 625U, 312U, 156U, 100U, 100U}) {
    (void)bench.tell(UpFailed{error(base::Code::hub_unreachable), 0});
    bench.now_ms += bench.limits.backoff_max_ms;
    (void)bench.tell(Tick{});
    CHECK(bench.state.sent_through.value - bench.state.sent_from.value + 1 == size);
  }
}

TEST_CASE("credit caps a batch, and no credit means a pause and then one fact") {
  Bench bench;
  bench.begin(0, 1'000);
  (void)bench.tell(accepted(100, 0, 30));
  CHECK(bench.tell(outbox(100, 1'000)) == "send:101x30");
  (void)bench.tell(accepted(130, 0, 0));
  CHECK(bench.tell(outbox(130, 1'000)).empty());
  bench.now_ms += bench.limits.poll_default_ms - 1;
  CHECK(bench.tell(Tick{}).find("send") == std::string::npos);
  bench.now_ms += 1;
  CHECK(bench.tell(Tick{}).find("send:131x1") != std::string::npos);
}

TEST_CASE("a wish for a pause is obeyed although there is credit") {
  Bench bench;
  bench.begin(0, 1'000);
  (void)bench.tell(accepted(100, 3'000));
  CHECK(bench.tell(outbox(100, 1'000)) == "timer");
  CHECK(bench.state.timer_ms == bench.now_ms + 3'000);
  bench.now_ms += 3'000;
  CHECK(bench.tell(Tick{}).find("send:101x200") != std::string::npos);
}

TEST_CASE("the pause after a failure does not depend on new facts, and new facts do not shorten it") {
  Bench bench;
  bench.begin(0, 10);
  (void)bench.tell(UpFailed{error(base::Code::hub_unreachable), 9'000});
  // What the hub asked for, and a drawn part on top: those whom it told the same must not return together.
  REQUIRE(bench.state.timer_ms.has_value());
  const auto pause_ms = *bench.state.timer_ms - bench.now_ms;
  CHECK(pause_ms >= 9'000);
  CHECK(pause_ms <= 9'500);
  CHECK(bench.tell(outbox(0, 11)).empty());
  bench.now_ms += pause_ms - 1;
  CHECK(bench.tell(Tick{}).find("send") == std::string::npos);
  bench.now_ms += 1;
  CHECK(bench.tell(Tick{}).find("send:1x11") != std::string::npos);
}

TEST_CASE("pauses are drawn from the whole interval, which doubles to a limit") {
  for (const std::uint32_t failures : {1U, 4U, 12U}) {
    const std::int64_t ceiling_ms = std::min<std::int64_t>(500LL << (failures - 1), 60'000);
    std::int64_t lowest = ceiling_ms;
    std::int64_t highest = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      Bench bench;
      bench.rng = base::SeededRng{seed};
      bench.begin(0, 10);
      bench.state.failures = failures - 1;
      (void)bench.tell(UpFailed{error(base::Code::timeout), 0});
      const auto pause_ms = bench.state.up_not_before_ms - bench.now_ms;
      lowest = std::min(lowest, pause_ms);
      highest = std::max(highest, pause_ms);
    }
    INFO("failures " << failures);
    CHECK(lowest < ceiling_ms / 10);
    CHECK(highest > ceiling_ms * 9 / 10);
    CHECK(highest <= ceiling_ms);
  }
}

TEST_CASE("nobody can silence a terminal for longer than an hour") {
  Bench bench;
  bench.begin(0, 10);
  (void)bench.tell(UpFailed{error(base::Code::hub_not_a_hub), std::int64_t{1} << 50});
  CHECK(bench.state.up_not_before_ms >= bench.now_ms + 3'600'000);
  CHECK(bench.state.up_not_before_ms <= bench.now_ms + 3'600'500);
  bench.now_ms += 10'000;
  (void)bench.tell(Tick{});
  (void)bench.tell(page(4'000'000'000U));
  CHECK(bench.state.down_not_before_ms == bench.now_ms + 3'600'000);
}

TEST_CASE("a stop ends the upload, the downlink goes on, and an operator resumes at once") {
  Bench bench;
  bench.begin(0, 10);
  CHECK(bench.tell(UpRefused{error(base::Code::hub_fork)}).find("line:stopped(hub_fork)") == 0);
  CHECK(bench.tell(outbox(0, 20)).empty());
  bench.now_ms += 10'000;
  CHECK(bench.tell(Tick{}).find("down") == 0);
  CHECK(bench.tell(page()) == "timer");
  CHECK(bench.tell(PollNow{}).find("down") == 0);
  CHECK(bench.tell(Resumed{}) == "line:unknown send:1x20");
  CHECK(bench.tell(accepted(20)).find("line:online ack:20") == 0);
}

TEST_CASE("a line change is told once, and a new reason is told") {
  Bench bench;
  bench.begin(0, 10);
  CHECK(bench.tell(UpFailed{error(base::Code::timeout), 0}).find("line:offline(timeout)") == 0);
  bench.now_ms += 60'000;
  CHECK(bench.tell(Tick{}) == "send:1x10 down");
  CHECK(bench.tell(UpFailed{error(base::Code::timeout), 0}) == "timer");
  CHECK(bench.tell(DownFailed{error(base::Code::hub_not_a_hub), 0}).find("line:offline(hub_not_a_hub)") == 0);
}

TEST_CASE("when one direction gets through, the other does not wait out its pause") {
  Bench bench;
  bench.begin(0, 10);
  bench.state.failures = 20;
  (void)bench.tell(UpFailed{error(base::Code::hub_unreachable), 0});
  bench.state.up_not_before_ms = bench.now_ms + 50'000;
  CHECK(bench.tell(PollNow{}) == "down timer");
  CHECK(bench.tell(page()) == "line:online send:1x10 timer");
}

TEST_CASE("a store that cannot acknowledge or rewind is asked again after a pause, not in a loop") {
  Bench bench;
  bench.begin(0, 10);
  SECTION("acknowledge") {
    (void)bench.tell(accepted(10));
    CHECK(bench.tell(outbox(0, 10)).find("send") == std::string::npos);
  }
  SECTION("rewind") {
    (void)bench.tell(accepted(10));
    (void)bench.tell(outbox(10, 10));
    (void)bench.tell(PollNow{});
    CHECK(bench.tell(page_behind({{epoch, base::Seq{4}}})).find("rewind:4") == 0);
    CHECK(bench.tell(OutboxChanged{epoch, base::Seq{10}, base::Seq{10}, 1}).find("send") == std::string::npos);
  }
  CHECK(bench.state.failures > 0);
  CHECK(bench.state.timer_ms.has_value());
}

TEST_CASE("a store that never reports does not stop the line for good") {
  Bench bench;
  bench.begin(0, 10);
  CHECK(bench.tell(accepted(5)).find("ack:5") == 0);
  CHECK(bench.state.timer_ms.has_value());
  bench.now_ms += bench.limits.request_timeout_ms;
  CHECK(bench.tell(Tick{}).find("send:1x10") != std::string::npos);
}

TEST_CASE("an older epoch is drained before the live one") {
  Bench bench;
  bench.begin(0, 0);
  CHECK(bench.tell(OutboxChanged{base::Epoch{3}, base::Seq{8}, base::Seq{10}, 7}) == "send:9x2");
  CHECK(bench.tell(UpAccepted{base::Epoch{3}, base::Seq{10}, base::Seq{10}, 0, 1'000, 0}).find("ack:10") !=
        std::string::npos);
  CHECK(bench.tell(OutboxChanged{epoch, base::Seq{0}, base::Seq{5}, 5}) == "send:1x5");
}

TEST_CASE("a fork is reissued and goes on, and stays noticed while value is suspended") {
  Bench bench;
  bench.begin(10, 30);
  CHECK(bench.tell(UpForked{epoch, base::Seq{12}}) == "line:online!hub_fork reissue:12");
  const base::Epoch next{9};
  CHECK(bench.tell(OutboxChanged{next, base::Seq{0}, base::Seq{29}, 29}) == "send:1x29");
  CHECK(bench.tell(UpAccepted{next, base::Seq{29}, base::Seq{29}, 0, 1'000, 0}).find("ack:29") == 0);
  (void)bench.tell(OutboxChanged{next, base::Seq{29}, base::Seq{29}, 0});
  auto suspended = page();
  suspended.value_suspended = true;
  (void)bench.tell(PollNow{});
  (void)bench.tell(suspended);
  CHECK(bench.state.notice == "hub_fork");
  (void)bench.tell(PollNow{});
  CHECK(bench.tell(DownFailed{error(base::Code::timeout), 0}).find("line:offline(timeout)!hub_fork") == 0);
  bench.now_ms += 60'000;
  (void)bench.tell(Tick{});
  CHECK(bench.tell(page()) == "line:online timer");
}

TEST_CASE("a fork that cannot be reissued, or comes again at once, gets pauses") {
  Bench bench;
  bench.begin(10, 30);
  SECTION("the store cannot") {
    (void)bench.tell(UpForked{epoch, base::Seq{12}});
    CHECK(bench.tell(outbox(10, 40)).find("send") == std::string::npos);
  }
  SECTION("another fork") {
    bench.state.failures = 3;
    (void)bench.tell(UpForked{epoch, base::Seq{12}});
    bench.state.up_not_before_ms = bench.now_ms + 5;  // as drawn
    CHECK(bench.tell(OutboxChanged{base::Epoch{9}, base::Seq{0}, base::Seq{29}, 29}) == "timer");
  }
  CHECK(bench.state.failures > 1);
  CHECK(bench.state.timer_ms.has_value());
}

TEST_CASE("a batch that was damaged on the disk is set aside and the next one goes at once, the first time") {
  Bench bench;
  bench.begin(10, 30);
  CHECK(bench.tell(UpWithdrawn{}).find("send") == std::string::npos);  // not before the store has told what is left
  CHECK(bench.tell(OutboxChanged{base::Epoch{9}, base::Seq{0}, base::Seq{20}, 20}) == "send:1x20");
  (void)bench.tell(UpWithdrawn{});
  CHECK(bench.state.failures == 2);
  CHECK(bench.state.timer_ms.has_value());
}

TEST_CASE("a line that only drips gets single facts, single rows and longer times") {
  Bench bench;
  bench.begin(0, 1'000);
  for (int i = 0; i < 12; ++i) {
    (void)bench.tell(UpFailed{error(base::Code::timeout), 0});
    bench.now_ms += bench.limits.backoff_max_ms;
    (void)bench.tell(Tick{});
    (void)bench.tell(DownFailed{error(base::Code::timeout), 0});
    bench.now_ms += bench.limits.backoff_max_ms;
    (void)bench.tell(Tick{});
  }
  REQUIRE(bench.state.up_in_flight);
  CHECK(bench.state.sent_through == bench.state.sent_from);
  bool asked = false;
  for (const auto& action : bench.last) {
    if (const auto* ask = std::get_if<AskDown>(&action)) {
      asked = true;
      CHECK(ask->rows_max == 1);
      CHECK(ask->timeout_ms == bench.limits.request_timeout_max_ms);
    }
  }
  CHECK(asked);
  (void)bench.tell(accepted(1));
  CHECK(bench.tell(outbox(1, 1'000)) == "send:2x2");
}

TEST_CASE("the bytes of a batch keep to the hub's credit and to the line's share of a request's time") {
  struct Row {
    const char* name;
    std::uint32_t credit_bytes;
    std::uint64_t up_bytes_per_s;
    std::uint32_t bytes_max;
  };
  const std::vector<Row> rows{
      {"no limit", 0, 0, 4U << 20},
      {"credit", 100'000, 0, 100'000},
      {"a share of the line: half of 20 s", 0, 2'000, 20'000},
      {"the smaller of both", 10'000, 2'000, 10'000},
      {"never nothing", 1, 1, 4'096},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    Bench bench;
    bench.limits.up_bytes_per_s = row.up_bytes_per_s;
    bench.begin(0, 1'000);
    (void)bench.tell(accepted(100, 0, 10'000, row.credit_bytes));
    (void)bench.tell(outbox(100, 1'000));
    REQUIRE(std::holds_alternative<SendUp>(bench.last.front()));
    CHECK(std::get<SendUp>(bench.last.front()).bytes_max == row.bytes_max);
  }
}

TEST_CASE("bytes that moved are paid for before more follow, less the time they took") {
  Bench bench;
  bench.limits.up_bytes_per_s = 1'000;
  bench.limits.down_bytes_per_s = 1'000;
  bench.begin(0, 1'000);
  bench.now_ms += 2'000;  // the line itself took as long
  (void)bench.tell(BytesMoved{5'000, 0});
  (void)bench.tell(accepted(100));
  CHECK(bench.tell(outbox(100, 1'000)) == "timer");
  CHECK(bench.state.timer_ms == bench.now_ms + 3'000);
  CHECK(bench.tell(PollNow{}) == "down");
  (void)bench.tell(BytesMoved{0, 4'000});
  auto more = page();
  more.more = true;
  (void)bench.tell(more);
  CHECK(bench.state.timer_ms == bench.now_ms + 3'000);
  CHECK_FALSE(bench.state.down_in_flight);
  bench.now_ms += 3'000;
  CHECK(bench.tell(Tick{}) == "send:101x200 timer");
  bench.now_ms += 1'000;
  CHECK(bench.tell(Tick{}) == "down");
}

TEST_CASE("bulk waits for its hours, a few fresh facts do not, and the next look is never forgotten") {
  Bench bench;
  bench.limits.bulk_events_min = 500;
  (void)bench.tell(BulkWindow{false});
  bench.begin(0, 500);
  CHECK_FALSE(bench.state.up_in_flight);
  CHECK(bench.state.timer_ms.has_value());
  bench.now_ms += bench.limits.bulk_check_ms;
  CHECK(bench.tell(Tick{}).find("send") == std::string::npos);
  CHECK(bench.state.timer_ms.value() > bench.now_ms);
  CHECK(bench.tell(BulkWindow{true}).find("send:1x100") == 0);

  // A journal that went back must not go on by rights that it has used until the hours come.
  Bench back;
  back.limits.bulk_events_min = 500;
  (void)back.tell(BulkWindow{false});
  back.begin(0, 500);
  back.now_ms += 20'000;
  REQUIRE(back.tell(Tick{}).find("down") != std::string::npos);
  auto known = page();
  known.ahead = base::EpochMark{tests::epoch, {500}};
  CHECK(back.tell(known).find("send:1x100") != std::string::npos);

  Bench fresh;
  fresh.limits.bulk_events_min = 500;
  (void)fresh.tell(BulkWindow{false});
  fresh.begin(0, 499);
  CHECK(fresh.state.up_in_flight);
}
