// SPDX-License-Identifier: Apache-2.0
// What goes wrong at a simulated terminal.
#include "tests/simulation/sim_terminal.h"

namespace millpond::simulation {
namespace {

constexpr const char* journal_file = "journal.db";
constexpr const char* replica_file = "replica.db";
constexpr std::uint64_t user_version_at = 63;  // its lowest byte in the header of an SQLite file
constexpr std::string_view hot_journal = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";  // how a rollback journal begins

}  // namespace

// Now and then the power goes or the process is killed within the next operations of the disk.
void SimTerminal::strike() {
  if (!faulty_ || !rng_.chance(1, 12)) return;
  const bool cut = rng_.chance(3, 4);
  const auto operations = rng_.below(40);
  if (!around_.faults.possible(cut ? Fault::terminal_power_cut : Fault::terminal_killed)) return;
  disk_.fail_after(operations, cut ? tests::FaultKind::power_cut : tests::FaultKind::kill);
}

void SimTerminal::plan_faults(std::int64_t until_ms) {
  const auto next_ms = around_.timeline.now_ms() + static_cast<std::int64_t>(rng_.below(8 * hour_ms));
  if (next_ms >= until_ms) return;
  around_.timeline.at(next_ms, [this, until_ms] {
    if (rng_.chance(3, 4)) cut_line();
    if (rng_.chance(1, 4)) shift_clock();
    if (rng_.chance(1, 3)) fail_disk();
    if (rng_.chance(1, 12)) lose_disk();
    plan_faults(until_ms);
  });
}

void SimTerminal::cut_line() {
  if (rng_.chance(1, 6) && around_.faults.begins(Fault::line_crawls)) {
    crawls_until_ms_ = around_.timeline.now_ms() + static_cast<std::int64_t>(rng_.below(3 * hour_ms));
    return;
  }
  auto length_ms = minute_ms + static_cast<std::int64_t>(rng_.below(2 * hour_ms));
  if (rng_.chance(1, 10)) length_ms = static_cast<std::int64_t>(rng_.below(2 * day_ms));
  if (around_.faults.begins(Fault::line_cut)) line_back_ms_ = around_.timeline.now_ms() + length_ms;
}

void SimTerminal::shift_clock() {
  constexpr std::int64_t year_ms = 365 * day_ms;
  switch (rng_.below(4)) {
    case 0:
      if (around_.faults.begins(Fault::clock_years)) clock_.shift_ms = rng_.chance(1, 2) ? 10 * year_ms : -10 * year_ms;
      return;
    case 1:
      if (around_.faults.begins(Fault::clock_dead)) {
        clock_.shift_ms = -MachineClock::epoch_ms - around_.timeline.now_ms();
      }
      return;
    default: {
      const auto days = static_cast<std::int64_t>(rng_.below(30)) - 15;
      if (around_.faults.begins(Fault::clock_jump)) clock_.shift_ms = days * day_ms;
    }
  }
}

void SimTerminal::fail_disk() {
  if (!journal_) return;
  const bool full = rng_.chance(1, 2);
  if (!around_.faults.begins(full ? Fault::terminal_disk_full : Fault::terminal_sync_error)) return;
  disk_.fail_after(0, full ? tests::FaultKind::full : tests::FaultKind::sync_error);
  around_.timeline.after(20 * minute_ms, [this] { disk_.heal(); });
}

// The machine, the file or both are not what they were. Only while the hub can be asked what it holds: from then on
// its copies are the last ones.
void SimTerminal::lose_disk() {
  if (!journal_ || !around_.hub.up()) return;
  if (rng_.chance(1, 2)) {
    if (!around_.faults.begins(Fault::machine_swapped)) return;
    ++machine_;
    disk_.kill();
    return die();
  }
  if (!around_.faults.begins(Fault::journal_deleted)) return;
  disk_.kill();
  die();
  disk_.remove(journal_file);
  disk_.remove(std::string{journal_file} + "-journal");
  coupons_.clear();
  own_points_.clear();
  if (rng_.chance(1, 2)) {
    disk_.remove(replica_file);
    disk_.remove(std::string{replica_file} + "-wal");
  }
  around_.hub.with_store(
      [this](hub::HubStore& store) { around_.oracle.disk_went_back(disk_number_, credentials_.terminal, 0, store); });
}

// Between two lives, while nothing has the files open.
void SimTerminal::touch_sleeping_disk() {
  if (rng_.chance(1, 20) && around_.faults.begins(Fault::replica_deleted)) {
    disk_.remove(replica_file);
    disk_.remove(std::string{replica_file} + "-wal");
  }
  const auto bytes = disk_.bytes_of(replica_file);
  if (bytes > 0 && rng_.chance(1, 20) && around_.faults.begins(Fault::replica_bit_flip)) {
    static_cast<void>(disk_.flip_bit(replica_file, rng_.below(bytes), static_cast<unsigned>(rng_.below(8))));
    replica_flipped_ = true;
  }
  if (disk_.powered() && rng_.chance(1, 4)) show_newer_journal();
}

// A newer release was here: the older one must say so and leave the file alone until the newer one is back.
void SimTerminal::show_newer_journal() {
  if (disk_.find(std::string{journal_file} + "-journal", hot_journal) == 0) return;  // its page 1 would come back
  if (!disk_.flip_bit(journal_file, user_version_at, 6)) return;
  const auto opened = open_journal();
  journal_.reset();
  if (!opened && opened.error().code == base::Code::store_newer) {
    static_cast<void>(around_.faults.begins(Fault::newer_journal));
    static_cast<void>(disk_.flip_bit(journal_file, user_version_at, 6));
    return;
  }
  around_.oracle.violated("a newer journal was opened, or refused as something else");
}

void SimTerminal::heal() {
  faulty_ = false;
  line_back_ms_ = 0;
  crawls_until_ms_ = 0;
  disk_.heal();
  clock_.shift_ms = 0;
  // The last repetition of the sales that tills still wait for.
  around_.timeline.after(20 * minute_ms, [this] {
    if (!pending_.empty()) rush();
  });
}

}  // namespace millpond::simulation
