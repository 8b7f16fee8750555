// SPDX-License-Identifier: Apache-2.0
#include "sync/store/hub_time.h"

#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

#include <catch2/generators/catch_generators.hpp>

using namespace millpond;
using store::HubTime;
using Source = HubTime::Source;

namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t year_ms = 3'652'425 * day_ms / 10'000;
constexpr std::int64_t now_ms = 1'795'233'600'000;  // 2026-11-21
constexpr HubTime::Span certificate{now_ms - 20 * day_ms, now_ms + 80 * day_ms};

// A terminal that is switched off, whose clock is wrong, and that starts again.
struct Machine {
  tests::TempDir folder;
  tests::ManualClock clock{now_ms};
  std::unique_ptr<store::Journal> journal = tests::open_journal(tests::journal_options(folder / "journal.db"), clock);
  std::unique_ptr<HubTime> time = start("boot-1");

  [[nodiscard]] std::unique_ptr<HubTime> start(const std::string& boot) {
    auto started = std::make_unique<HubTime>(clock, boot, certificate);
    REQUIRE(started->load(*journal));
    return started;
  }
  void boot(const std::string& name) {
    if (name != time->boot_id()) clock.set_monotonic_ms(5'000);
    time = start(name);
  }
  void hear_and_save(std::int64_t hub_ms) {
    time->hear(hub_ms);
    REQUIRE(time->save(*journal));
  }
};

}  // namespace

TEST_CASE("A machine's clock is believed as long as nothing contradicts it", "[hub_time]") {
  struct Row {
    std::int64_t off_ms;
    Source source;
  };
  const std::vector<Row> never_heard{{0, Source::machine},
                                     {79 * day_ms, Source::machine},
                                     {81 * day_ms, Source::unknown},
                                     {-21 * day_ms, Source::unknown},
                                     {10 * year_ms, Source::unknown},
                                     {-10 * year_ms, Source::unknown},
                                     {-now_ms, Source::unknown}};
  const std::vector<Row> heard_in_another_boot{
      {0, Source::machine},       {34 * day_ms, Source::machine},  {36 * day_ms, Source::unknown},
      {-day_ms, Source::unknown}, {10 * year_ms, Source::unknown}, {-10 * year_ms, Source::unknown},
      {-now_ms, Source::unknown}};
  for (const auto* rows : {&never_heard, &heard_in_another_boot}) {
    for (const auto& row : *rows) {
      CAPTURE(rows == &never_heard, row.off_ms);
      Machine machine;
      if (rows != &never_heard) machine.hear_and_save(now_ms);
      machine.boot("boot-2");
      machine.clock.set_wall_ms(now_ms + row.off_ms);
      CHECK(machine.time->now() == HubTime::Time{now_ms + row.off_ms, row.source});
    }
  }
}

TEST_CASE("In a boot that heard the hub its word is carried on, whatever the machine's clock does", "[hub_time]") {
  const bool restarted = GENERATE(false, true);
  for (const auto off_ms : {10 * year_ms, -10 * year_ms, -now_ms, 2 * day_ms, -2 * day_ms}) {
    CAPTURE(restarted, off_ms);
    Machine machine;
    machine.hear_and_save(now_ms);
    if (restarted) machine.boot("boot-1");
    machine.clock.advance_ms(40 * day_ms);
    machine.clock.set_wall_ms(now_ms + off_ms);
    CHECK(machine.time->now() == HubTime::Time{now_ms + 40 * day_ms, Source::hub});
    machine.clock.set_wall_ms(now_ms + 40 * day_ms + 60'000);
    CHECK(machine.time->now() == HubTime::Time{now_ms + 40 * day_ms + 60'000, Source::machine});
  }
}

TEST_CASE("A dead clock is mended by the hub's next word", "[hub_time]") {
  Machine machine;
  machine.hear_and_save(now_ms);
  machine.boot("boot-2");
  machine.clock.set_wall_ms(0);
  CHECK_FALSE(machine.time->now().day_known());
  CHECK_FALSE(machine.time->save_is_due());
  machine.time->hear(now_ms + day_ms);
  CHECK(machine.time->now() == HubTime::Time{now_ms + day_ms, Source::hub});
  CHECK(machine.time->save_is_due());
}

TEST_CASE("The mark goes back only when hub and machine agree on it", "[hub_time]") {
  Machine machine;
  machine.hear_and_save(now_ms + year_ms);  // a hub whose clock was a year ahead
  machine.clock.set_wall_ms(now_ms + 2 * day_ms);
  machine.time->hear(now_ms);
  CHECK(machine.time->now() == HubTime::Time{now_ms + year_ms, Source::hub});
  machine.clock.set_wall_ms(now_ms);
  machine.time->hear(now_ms);
  CHECK(machine.time->now() == HubTime::Time{now_ms, Source::machine});
  CHECK(machine.time->save_is_due());
  REQUIRE(machine.time->save(*machine.journal));
  machine.boot("boot-2");
  CHECK(machine.time->now() == HubTime::Time{now_ms, Source::machine});
}

TEST_CASE("A word that was long on its way does not turn the time back", "[hub_time]") {
  Machine machine;
  machine.time->hear(now_ms);
  machine.clock.set_wall_ms(0);
  machine.clock.set_monotonic_ms(machine.clock.monotonic_ms() + 300'000);
  machine.time->hear(now_ms + 10'000);
  CHECK(machine.time->now() == HubTime::Time{now_ms + 300'000, Source::hub});
  machine.time->hear(0);
  CHECK(machine.time->now() == HubTime::Time{now_ms + 300'000, Source::hub});
}

TEST_CASE("A boot without a name is like no other", "[hub_time]") {
  Machine machine;
  machine.boot("");
  machine.hear_and_save(now_ms);
  machine.boot("");
  machine.clock.set_wall_ms(0);
  CHECK_FALSE(machine.time->now().day_known());
}

TEST_CASE("The mark is saved at the first word of a boot and every hour", "[hub_time]") {
  Machine machine;
  CHECK_FALSE(machine.time->save_is_due());
  machine.time->hear(now_ms);
  CHECK(machine.time->save_is_due());
  REQUIRE(machine.time->save(*machine.journal));
  CHECK_FALSE(machine.time->save_is_due());
  machine.clock.advance_ms(HubTime::save_every_ms - 1);
  CHECK_FALSE(machine.time->save_is_due());
  machine.clock.advance_ms(1);  // without a word in between
  CHECK(machine.time->save_is_due());
  REQUIRE(machine.time->save(*machine.journal));
  machine.boot("boot-2");
  machine.clock.set_wall_ms(now_ms + HubTime::save_every_ms / 2);
  CHECK_FALSE(machine.time->now().day_known());
}

TEST_CASE(
    "To the second the hub's word is carried on, and a clock that jumped back or is older than the program is not "
    "believed",
    "[hub_time]") {
  Machine machine;
  const auto precise = [&] { return machine.time->precise(); };
  // Never heard: the machine's clock, since the provisioning.
  CHECK(precise() == HubTime::Precise{now_ms, 20 * day_ms, true});
  machine.clock.set_wall_ms(now_ms - HubTime::jump_back_ms);
  CHECK(precise().trusted);
  machine.clock.set_wall_ms(now_ms - HubTime::jump_back_ms - 1);
  CHECK_FALSE(precise().trusted);
  // The hub speaks: what the machine's clock says does not matter any more.
  machine.hear_and_save(now_ms + 7'000);
  machine.clock.set_monotonic_ms(machine.clock.monotonic_ms() + 60'000);
  CHECK(precise() == HubTime::Precise{now_ms + 67'000, 60'000, true});
  // Another boot: the machine's clock against the mark.
  struct Row {
    std::int64_t off_ms;
    bool trusted;
  };
  for (const auto& row : {Row{0, true}, Row{5 * day_ms, true}, Row{HubTime::off_max_ms + day_ms, false},
                          Row{-HubTime::jump_back_ms, true}, Row{-HubTime::jump_back_ms - 1, false}}) {
    CAPTURE(row.off_ms);
    machine.clock.set_wall_ms(now_ms + 7'000 + row.off_ms);
    machine.boot("boot-2");
    CHECK(precise().trusted == row.trusted);
    CHECK(precise().since_hub_ms == std::max<std::int64_t>(row.off_ms, 0));
  }
  // Before this program was made no clock is right, whatever a certificate says.
  tests::ManualClock dead{0};
  CHECK_FALSE(HubTime(dead, "boot", {0, now_ms}).precise().trusted);
}
