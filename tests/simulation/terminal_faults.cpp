// SPDX-License-Identifier: Apache-2.0
// What goes wrong at a simulated terminal.
#include "sync/sqlite/file.h"
#include "sync/store/schema.h"
#include "tests/simulation/sim_terminal.h"

namespace millpond::simulation {
namespace {

constexpr const char* journal_file = "journal.db";
constexpr const char* replica_file = "replica.db";
constexpr const char* download_file = "replica.db.download";
constexpr std::uint64_t user_version_at = 63;  // the lowest byte of each in the header of an SQLite file
constexpr std::uint64_t oldest_reader_at = 71;
constexpr std::string_view hot_journal = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";  // how a rollback journal begins

constexpr std::uint32_t met_damage_max = 12;

}  // namespace

// Now and then the power goes or the process is killed within the next operations of the disk.
void SimTerminal::strike(std::uint64_t one_in) {
  if (!faulty_ || !rng_.chance(1, one_in)) return;
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
    if (rng_.chance(1, 6)) keep_image();
    if (rng_.chance(1, 10) && !copied_) lose_disk();
    plan_faults(until_ms);
  });
}

void SimTerminal::cut_line() {
  if (rng_.chance(1, 6) && around_.faults.begins(Fault::line_crawls)) {
    crawls_until_ms_ = around_.timeline.now_ms() + static_cast<std::int64_t>(rng_.below(3 * hour_ms));
    return;
  }
  if (rng_.chance(1, 8) && around_.faults.begins(Fault::certificate_expired)) {
    trusted_again_ms_ = around_.timeline.now_ms() + static_cast<std::int64_t>(rng_.below(4 * hour_ms));
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

void SimTerminal::jump_years() {
  if (around_.faults.begins(Fault::clock_years)) clock_.shift_ms = 3'650 * day_ms;
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
  switch (rng_.below(5)) {
    case 0:
      if (!around_.faults.begins(Fault::machine_swapped)) return;
      ++machine_;
      disk_.kill();
      return die();
    case 1:
      return delete_journal();
    case 2:
      return damage_working_journal();
    default:
      return go_back_to_image();
  }
}

void SimTerminal::delete_journal() {
  if (!around_.faults.begins(Fault::journal_deleted)) return;
  disk_.kill();
  die();
  disk_.remove(journal_file);
  disk_.remove(std::string{journal_file} + "-journal");
  coupons_.clear();
  coupon_codes_.clear();
  own_points_.clear();
  suspended_ = upgraded_ = false;
  image_.reset();
  replica_of_another_ = true;
  if (rng_.chance(1, 2)) delete_replica();
  around_.hub.with_store(
      [this](hub::HubStore& store) { around_.oracle.disk_went_back(disk_number_, credentials_.terminal, 0, store); });
}

void SimTerminal::delete_replica() {
  disk_.remove(replica_file);
  disk_.remove(std::string{replica_file} + "-wal");
  replica_gone_ = true;
}

void SimTerminal::lose_replica() {
  if (!journal_ || !around_.faults.begins(Fault::replica_deleted)) return;
  disk_.kill();
  die();
  delete_replica();
}

// The head of a page is no longer one, and nothing starts anew: it is met when the page is read, in the middle of a
// sale or of an upload.
void SimTerminal::damage_working_journal() {
  constexpr std::uint64_t page_bytes = 4'096;
  const auto pages = disk_.bytes_of(journal_file) / page_bytes;
  if (pages < 2 || journal_flipped_ || !around_.faults.begins(Fault::journal_page_damaged)) return;
  note_damage();
  const auto page = (1 + rng_.below(pages - 1)) * page_bytes;
  for (std::uint64_t byte = 0; byte < 12; ++byte) {
    for (unsigned bit = 0; bit < 8; bit += 2) static_cast<void>(disk_.flip_bit(journal_file, page + byte, bit));
  }
}

// Once: what is damaged is no longer promised, and the rest of the promise is worth watching.
void SimTerminal::note_damage() {
  journal_flipped_ = true;
  image_.reset();
  around_.oracle.disk_damaged(disk_number_, id());
}

// A damaged page costs the call that meets it, and others in the seconds after a look that found nothing; then the
// journal must have mended itself, without anybody who starts the machine again.
bool SimTerminal::disk_is_to_blame(const base::Error& error) {
  const auto code = error.code;
  if (code == base::Code::store_corrupt && journal_flipped_) return ++met_damage_ <= met_damage_max;
  return code == base::Code::disk_full || code == base::Code::disk_error || code == base::Code::commit_unknown;
}

// What a backup program or a virtual machine keeps. Not after a flip: it would keep the damage.
void SimTerminal::keep_image() {
  if (!journal_ || journal_flipped_) return;
  image_ = Image{disk_.image(), around_.oracle.told_on(disk_number_), own_points_, coupons_, suspended_};
}

// The file is older than what was sent from it, and neither machine nor disk differ: only the hub can tell.
void SimTerminal::go_back_to_image() {
  if (!image_ || !around_.faults.begins(Fault::journal_of_yesterday)) return;
  const auto image = *image_;  // whatever befalls the disk that it replaces
  disk_.kill();
  die();
  disk_.restore(*image.files);
  deaths_ = disk_.deaths();
  own_points_ = image.own_points;
  coupons_ = image.coupons;
  suspended_ = image.suspended;
  copied_ = true;
  upgraded_ = true;  // perhaps it is not; once is enough
  around_.hub.with_store([&](hub::HubStore& store) {
    around_.oracle.disk_went_back(disk_number_, credentials_.terminal, image.told, store);
  });
}

std::unique_ptr<SimTerminal> SimTerminal::clone(std::uint64_t seed, Oracle::DiskNumber disk) {
  if (!journal_ || copied_ || journal_flipped_ || !around_.faults.begins(Fault::disk_cloned)) return nullptr;
  auto copy = std::make_unique<SimTerminal>(around_, provisioned_, key_, sectors_whole_, seed);
  copy->disk_.restore(*disk_.image());
  copy->disk_number_ = disk;
  copy->machine_ = machine_;
  copy->suspended_ = suspended_;
  copy->upgraded_ = true;
  copy->lied_ = lied_;
  copy->replica_flipped_ = replica_flipped_;
  copy->replica_of_another_ = replica_of_another_;
  copy->replica_gone_ = replica_gone_;
  copied_ = copy->copied_ = true;
  image_.reset();  // one catastrophe at a time, or no copy is left that a promise could be about
  return copy;
}

// Between two lives, while nothing has the files open.
void SimTerminal::touch_sleeping_disk() {
  if (rng_.chance(1, 20) && around_.faults.begins(Fault::replica_deleted)) delete_replica();
  const auto bytes = disk_.bytes_of(replica_file);
  if (bytes > 0 && rng_.chance(1, 20) && around_.faults.begins(Fault::replica_bit_flip)) {
    static_cast<void>(disk_.flip_bit(replica_file, rng_.below(bytes), static_cast<unsigned>(rng_.below(8))));
    replica_flipped_ = true;
  }
  const auto part = disk_.bytes_of(download_file);
  if (part > 0 && rng_.chance(1, 3) && around_.faults.begins(Fault::snapshot_bit_flip)) {
    static_cast<void>(disk_.flip_bit(download_file, rng_.below(part), static_cast<unsigned>(rng_.below(8))));
  }
  if (disk_.powered() && rng_.chance(1, 4)) show_newer_journal();
  if (!upgraded_ && rng_.chance(1, 10)) upgrade();
  const auto journal_bytes = disk_.bytes_of(journal_file);
  // What the hub has is not missed, so that the bug shows only where something waits.
  const bool often = around_.bug == Bug::damage_unsaid && engine_.queued > 10;
  if (journal_bytes > 0 && !journal_flipped_ && !copied_ && around_.hub.up() && rng_.chance(1, often ? 1 : 100) &&
      around_.faults.begins(Fault::journal_bit_flip)) {
    note_damage();
    for (std::uint64_t i = 0; i < (often ? journal_bytes / planted_flip_bytes : 1); ++i) {
      static_cast<void>(disk_.flip_bit(journal_file, rng_.below(journal_bytes), static_cast<unsigned>(rng_.below(8))));
    }
  }
}

// A newer release was here. Where it wrote what the older one cannot read, that one must say so and leave the file
// alone until the newer one is back; where it says that the older one may, it goes on.
void SimTerminal::show_newer_journal() {
  if (around_.lying_disks || journal_flipped_) return;  // what was put back may come again from a log that never ended
  if (disk_.find(std::string{journal_file} + "-journal", hot_journal) == 0) return;  // its page 1 would come back
  const bool readable = rng_.chance(1, 2);
  const auto flip = [&](std::uint64_t byte) { return disk_.flip_bit(journal_file, byte, 6); };
  if (!flip(user_version_at) || (!readable && !flip(oldest_reader_at))) return;
  const auto opened = open_journal();
  journal_thread_.reset();
  journal_ = nullptr;
  static_cast<void>(flip(user_version_at));
  if (!readable) static_cast<void>(flip(oldest_reader_at));
  if (readable ? opened.has_value() : !opened && opened.error().code == base::Code::store_newer) {
    static_cast<void>(around_.faults.begins(readable ? Fault::downgrade : Fault::newer_journal));
    return;
  }
  const auto code = opened ? base::Code::internal : opened.error().code;
  if (code == base::Code::disk_error || code == base::Code::disk_full) return;  // a disk that fails shows nothing
  around_.oracle.violated("a newer journal: " + (opened ? "opened" : base::describe(opened.error())));
}

// The next release starts here: its migration rewrites every queued fact, and the power may go at any write of it. Then
// this release takes over again, which that migration allows; the replica of another release is fetched anew.
void SimTerminal::upgrade() {
  if (commits_ == 0 || journal_flipped_ || !around_.faults.possible(Fault::upgraded)) return;
  disk_.power_on();
  disk_.heal();
  if (rng_.chance(1, 2)) disk_.fail_after(rng_.below(60), tests::FaultKind::power_cut);
  const auto migrated = migrate_journal();
  if (migrated) static_cast<void>(around_.faults.begins(Fault::upgraded));
  note_lie();  // before the next try
  if (!migrated && disk_.powered()) {
    around_.oracle.violated("the next release cannot migrate: " + base::describe(migrated.error()));
  }
  upgraded_ = migrated.has_value();
  deaths_ = disk_.deaths();
}

base::Result<> SimTerminal::migrate_journal() {
  constexpr std::string_view rewrite =
      "ALTER TABLE outbox ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0; UPDATE outbox SET bytes = length(canonical)";
  std::vector<sqlite::Step> steps{store::journal_schema.begin(), store::journal_schema.end()};
  steps.push_back({store::journal_schema.back().oldest_reader, rewrite});
  MILLPOND_TRY(const auto db, sqlite::Connection::open({.path = journal_file, .vfs = disk_.vfs_name()}));
  MILLPOND_TRY_DO(db->execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = EXTRA;"));
  MILLPOND_TRY_DO(db->query_text("PRAGMA journal_mode = PERSIST"));
  MILLPOND_TRY_DO(db->execute("BEGIN EXCLUSIVE; COMMIT"));
  MILLPOND_TRY_DO(sqlite::end_rollback_journal(disk_.vfs_name(), journal_file));
  return sqlite::migrate(*db, steps);
}

void SimTerminal::heal() {
  faulty_ = false;
  line_back_ms_ = cut_in_upload_until_ms_ = 0;
  crawls_until_ms_ = 0;
  trusted_again_ms_ = 0;
  disk_.heal();
  clock_.shift_ms = 0;
  if (executor_) look_after(life_);
  // The last repetition of the sales that tills still wait for.
  around_.timeline.after(20 * minute_ms, [this] {
    if (!pending_.empty()) rush();
  });
}

}  // namespace millpond::simulation
