// SPDX-License-Identifier: Apache-2.0
#include "sync/engine/engine.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace millpond;
using namespace millpond::engine;

namespace {

constexpr base::Epoch epoch{7};

// The engine with its surroundings spelled out: what it was told, and what it answered, as short words.
struct Bench {
  State state;
  base::SeededRng rng{1};
  Limits limits;
  std::int64_t now_ms{1'000};
  std::vector<Action> last;

  std::string tell(const Input& input) {
    last = step(state, now_ms, input, rng, limits);
    return spell(last);
  }

  // Started, an answered first poll, and an outbox of `queued` facts after `acked`.
  void begin(std::uint64_t acked, std::uint64_t queued) {
    (void)tell(Started{});
    (void)tell(DownArrived{false, epoch, base::Seq{acked}, 10'000});
    (void)tell(OutboxChanged{epoch, base::Seq{acked}, base::Seq{acked + queued}, queued});
  }

  static std::string spell(const std::vector<Action>& actions) {
    std::string words;
    for (const auto& action : actions) {
      if (!words.empty()) words += ' ';
      if (const auto* send = std::get_if<SendUp>(&action)) {
        words += "send:" + std::to_string(send->from.value) + "x" + std::to_string(send->events_max);
      } else if (const auto* ack = std::get_if<Acknowledge>(&action)) {
        words += "ack:" + std::to_string(ack->through.value);
      } else if (const auto* rewind = std::get_if<Rewind>(&action)) {
        words += "rewind:" + std::to_string(rewind->through.value);
      } else if (std::holds_alternative<AskDown>(action)) {
        words += "down";
      } else if (std::holds_alternative<SetTimer>(action)) {
        words += "timer";
      } else if (const auto* line = std::get_if<LineChanged>(&action)) {
        constexpr const char* names[] = {"unknown", "online", "offline", "stopped"};
        words += "line:" + std::string{names[static_cast<int>(line->line)]};
        if (!line->reason.empty()) words += "(" + line->reason + ")";
      }
    }
    return words;
  }
};

base::Error error(base::Code code) { return base::Error{code, "test", ""}; }
UpAccepted accepted(std::uint64_t through, std::uint32_t retry_ms = 0, std::uint32_t credit = 10'000) {
  return UpAccepted{epoch, base::Seq{through}, retry_ms, credit};
}
OutboxChanged outbox(std::uint64_t acked, std::uint64_t head) {
  return OutboxChanged{epoch, base::Seq{acked}, base::Seq{head}, head - acked};
}

}  // namespace

TEST_CASE("a start asks the hub first and sends once the outbox is known") {
  Bench bench;
  CHECK(bench.tell(Started{}) == "down");
  CHECK(bench.tell(outbox(0, 250)) == "send:1x100");
  CHECK(bench.tell(DownArrived{false, epoch, base::Seq{0}, 5'000}) == "line:online timer");
  CHECK(bench.tell(accepted(100)) == "ack:100");
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
      {"past everything recorded", accepted(41), "line:stopped(hub_refused)"},
      {"less than it acknowledged before", accepted(4), "rewind:4"},
      {"a gap", UpGap{epoch, base::Seq{4}}, "rewind:4"},
      {"a gap where there is none", UpGap{epoch, base::Seq{10}}, "timer"},
      {"another epoch", UpAccepted{base::Epoch{8}, base::Seq{20}, 0, 10'000}, ""},
      {"a fork", UpRefused{error(base::Code::hub_fork)}, "line:stopped(hub_fork)"},
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
  CHECK(bench.tell(accepted(100)) == "ack:100");
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
    (void)bench.tell(UpFailed{error(base::Code::timeout), 0});
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
  CHECK(bench.state.timer_ms == bench.now_ms + 9'000);
  CHECK(bench.tell(outbox(0, 11)).empty());
  bench.now_ms += 8'999;
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
  CHECK(bench.state.up_not_before_ms == bench.now_ms + 3'600'000);
  bench.now_ms += 10'000;
  (void)bench.tell(Tick{});
  (void)bench.tell(DownArrived{false, epoch, base::Seq{0}, 4'000'000'000U});
  CHECK(bench.state.down_not_before_ms == bench.now_ms + 3'600'000);
}

TEST_CASE("a stop ends the upload, the downlink goes on, and only an operator resumes") {
  Bench bench;
  bench.begin(0, 10);
  CHECK(bench.tell(UpRefused{error(base::Code::hub_fork)}).find("line:stopped(hub_fork)") == 0);
  CHECK(bench.tell(outbox(0, 20)).empty());
  bench.now_ms += 10'000;
  CHECK(bench.tell(Tick{}) == "down");
  CHECK(bench.tell(DownArrived{false, epoch, base::Seq{0}, 10'000}) == "timer");
  CHECK(bench.tell(PollNow{}) == "down");
  CHECK(bench.tell(Resumed{}) == "line:unknown send:1x20");
  CHECK(bench.tell(accepted(20)).find("line:online ack:20") == 0);
}

TEST_CASE("a refused downlink stops both until an operator resumes") {
  Bench bench;
  bench.begin(0, 0);
  bench.now_ms += 10'000;
  CHECK(bench.tell(Tick{}) == "down");
  CHECK(bench.tell(DownRefused{error(base::Code::unauthorized)}) == "line:stopped(unauthorized)");
  bench.now_ms += 1'000'000;
  CHECK(bench.tell(Tick{}).empty());
  CHECK(bench.tell(PollNow{}).empty());
  CHECK(bench.tell(outbox(0, 2)).empty());
  CHECK(bench.tell(Resumed{}) == "line:unknown send:1x2 down");
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
  CHECK(bench.tell(DownArrived{false, epoch, base::Seq{0}, 10'000}) == "line:online send:1x10 timer");
}

TEST_CASE("a hub that held more before is filled again, an idle terminal included") {
  struct Row {
    const char* name;
    DownArrived answer;
    std::string outcome;
  };
  const std::vector<Row> rows{
      {"as much as we know", {false, epoch, base::Seq{50}, 10'000}, ""},
      {"more: an acknowledgement was lost", {false, epoch, base::Seq{60}, 10'000}, ""},
      {"less: restored from a backup", {false, epoch, base::Seq{20}, 10'000}, "rewind:20"},
      {"restored from before this epoch", {false, base::Epoch{}, base::Seq{0}, 10'000}, "rewind:0"},
      {"about another epoch", {false, base::Epoch{3}, base::Seq{5}, 10'000}, ""},
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

TEST_CASE("a slow answer from before an acknowledgement is not held against it") {
  Bench bench;
  bench.begin(0, 10);
  CHECK(bench.tell(PollNow{}) == "down");
  (void)bench.tell(accepted(10));
  (void)bench.tell(outbox(10, 10));
  CHECK(bench.tell(DownArrived{false, epoch, base::Seq{0}, 10'000}) == "timer");
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
    CHECK(bench.tell(DownArrived{false, epoch, base::Seq{4}, 10'000}).find("rewind:4") == 0);
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
  CHECK(bench.tell(UpAccepted{base::Epoch{3}, base::Seq{10}, 0, 1'000}).find("ack:10") != std::string::npos);
  CHECK(bench.tell(OutboxChanged{epoch, base::Seq{0}, base::Seq{5}, 5}) == "send:1x5");
}
