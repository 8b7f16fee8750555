// SPDX-License-Identifier: Apache-2.0
#include "sync/store/silence.h"

#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

using namespace millpond;
using store::Silence;

namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t day_ms = 24 * hour_ms;
constexpr std::int64_t now_ms = 1'795'233'600'000;  // 2026-11-21

struct Machine {
  tests::TempDir folder;
  tests::ManualClock clock{now_ms};
  std::unique_ptr<store::Journal> journal = tests::open_journal(tests::journal_options(folder / "journal.db"), clock);

  [[nodiscard]] Silence start() {
    Silence silence{clock};
    REQUIRE(silence.load(*journal));
    return silence;
  }
};

}  // namespace

TEST_CASE("The silence of the hub is told over restarts, whatever the clock says", "[silence]") {
  struct Row {
    std::int64_t off_ms;      // the machine is switched off for so long
    std::int64_t clock_ms;    // and its clock then goes on from there
    std::int64_t running_ms;  // and it runs for so long
    std::int64_t at_least_ms;
    bool purge;
  };
  const std::vector<Row> rows{{0, 0, 29 * day_ms, 29 * day_ms, false},
                              {0, 0, 30 * day_ms, 30 * day_ms, true},
                              {29 * day_ms, 29 * day_ms, hour_ms, 29 * day_ms, false},
                              {31 * day_ms, 31 * day_ms, 0, 31 * day_ms, true},
                              {400 * day_ms, 400 * day_ms, 0, 400 * day_ms, true},
                              {10 * day_ms, -400 * day_ms, 20 * day_ms, 20 * day_ms, false},
                              {10 * day_ms, -400 * day_ms, 31 * day_ms, 31 * day_ms, true}};
  for (const auto& row : rows) {
    CAPTURE(row.off_ms, row.clock_ms, row.running_ms);
    Machine machine;
    {
      auto before = machine.start();
      before.heard(now_ms);
      CHECK(before.save_is_due());
      REQUIRE(before.save(*machine.journal));
    }
    machine.clock.set_wall_ms(now_ms + row.clock_ms);
    machine.clock.set_monotonic_ms(1'000);  // another start of the machine
    auto silence = machine.start();
    // Restarted every day, saved every hour: what it ran before still counts.
    for (std::int64_t ran = 0; ran < row.running_ms; ran += hour_ms) {
      machine.clock.advance_ms(hour_ms);
      CHECK(silence.save_is_due());
      REQUIRE(silence.save(*machine.journal));
      if (ran % day_ms == 0) {
        machine.clock.set_monotonic_ms(1'000);
        silence = machine.start();
      }
    }
    CHECK(silence.silent_ms() >= row.at_least_ms);
    CHECK((silence.silent_ms() >= Silence::personal_kept_ms) == row.purge);
    silence.heard(machine.clock.wall_ms());
    CHECK(silence.silent_ms() == 0);
  }
}
