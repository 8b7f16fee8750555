// SPDX-License-Identifier: Apache-2.0
// What an operator should hear about, the budget, and copies of the file.
#include "sync/model/typed_phone.h"
#include "sync/store/salvage.h"
#include "sync/store/sqlite_journal.h"

#include <algorithm>

namespace millpond::store {
namespace {

constexpr int copy_step_pages = 64;                        // 256 KB: a commit waits about a millisecond behind it
constexpr std::uint32_t measure_every = 32;                // commits; a group of 256 sales takes about 300 KB
constexpr std::uint64_t disk_reserve_bytes = 64ULL << 20;  // of free disk, or a quarter of a small one

// Refuses new members while there is still a sixteenth left for sales.
BudgetLevel level_of(std::uint64_t left, std::uint64_t reserve) {
  if (left == 0) return BudgetLevel::full;
  return left < reserve ? BudgetLevel::tight : BudgetLevel::normal;
}

}  // namespace

base::Result<> SqliteJournal::measure() {
  budget_ = BudgetLevel::normal;
  MILLPOND_TRY_DO(measure_file());
  measure_disk();
  MILLPOND_TRY_DO(limit_rollback_journal(budget_ != BudgetLevel::normal));
  until_measured_ = budget_ == BudgetLevel::normal ? measure_every : 0;
  return {};
}

base::Result<> SqliteJournal::measure_file() {
  if (options_.budget_bytes_max != 0) {
    MILLPOND_TRY(const auto pages, db_->query_integer("PRAGMA page_count"));
    MILLPOND_TRY(const auto unused, db_->query_integer("PRAGMA freelist_count"));
    const auto used = static_cast<std::uint64_t>((pages.value_or(0) - unused.value_or(0)) * 4096);
    const auto most = options_.budget_bytes_max;
    budget_ = level_of(most > used ? most - used : 0, most / 16);
  }
  return {};
}

// The last of the disk is kept for acknowledgements: they need space to give some back, and a disk that sales may fill
// to the last page would never drain by itself. Before that new members go first.
void SqliteJournal::measure_disk() {
  if (!options_.vfs.empty()) return;
  std::error_code unknown;
  const auto disk = std::filesystem::space(
      options_.path.has_parent_path() ? options_.path.parent_path() : std::filesystem::path{"."}, unknown);
  if (unknown || disk.capacity == 0) return;
  const auto reserve = std::min<std::uint64_t>(disk_reserve_bytes, disk.capacity / 4);
  if (disk.available < reserve) budget_ = std::max(budget_, BudgetLevel::tight);
  if (disk.available < reserve / 2) budget_ = BudgetLevel::full;
}

// What 512 effects touch in the tables, with the rollback journal beside it, was more than the 124 KB that a disk of
// 512 KB had left (packaging/test --privileged); so much room is no loss on any disk of a shop.
bool SqliteJournal::has_room_for_tables() const {
  constexpr std::uintmax_t needed = 1U << 20;
  if (!options_.vfs.empty()) return true;
  std::error_code unknown;
  const auto folder = options_.path.has_parent_path() ? options_.path.parent_path() : std::filesystem::path{"."};
  const auto disk = std::filesystem::space(folder, unknown);
  return unknown || disk.available >= needed;
}

// It is as large as the largest transaction so far, which saves a commit from making it grow; the replica beside it and
// the next acknowledgement may need that space more. Takes effect at the next commit.
base::Result<> SqliteJournal::limit_rollback_journal(bool scarce) {
  if (scarce == journal_limited_) return {};
  journal_limited_ = scarce;
  return db_->execute("PRAGMA journal_size_limit = " + std::to_string(scarce ? 0 : rollback_journal_bytes_max));
}

base::Result<> SqliteJournal::admit(const model::FactBody& body) const {
  if (budget_ == BudgetLevel::normal) return {};
  // A typed number must fare the same whether it is known or not.
  const auto* const act = std::get_if<model::ActApproved>(&body);
  const bool enrolment =
      std::holds_alternative<model::MemberEnrolled>(body) || (act != nullptr && act->act == model::act_phone_typed);
  // A lease goes back with the page that brings the next one, and no page waits for space.
  const bool finishes = std::holds_alternative<model::EpochBegun>(body) ||
                        std::holds_alternative<model::PrintFinished>(body) ||
                        std::holds_alternative<model::LeaseReturned>(body);
  if (finishes || (budget_ == BudgetLevel::tight && !enrolment)) return {};
  return base::Error{base::Code::disk_full, "append",
                     enrolment ? "the journal's space is kept for sales"
                               : "the last of the journal's space is kept for acknowledgements",
                     "bring the hub's line back so that " + options_.path.string() +
                         " can send and shrink, free space on its disk, or raise budget_mb of [journal]"};
}

base::Result<JournalHealth> SqliteJournal::health() {
  MILLPOND_TRY_DO(ready());
  MILLPOND_TRY_DO(measure());
  JournalHealth health;
  MILLPOND_TRY(const auto pages, db_->query_integer("PRAGMA page_count"));
  MILLPOND_TRY(const auto unused, db_->query_integer("PRAGMA freelist_count"));
  health.budget = budget_;
  health.file_bytes = static_cast<std::uint64_t>(pages.value_or(0)) * 4096;
  health.used_bytes = health.file_bytes - static_cast<std::uint64_t>(unused.value_or(0)) * 4096;
  health.ring_bytes = ring_.bytes;
  if (ring_.cut_position != 0 && ring_.cut_acked_at_ms + options_.retention_ms > ring_.age_ms) {
    if (const auto* const epoch = epoch_at(ring_.cut_position)) {
      health.ring_cut_epoch = epoch->epoch;
      health.ring_cut_through = {ring_.cut_position - epoch->base};
    }
  }
  health.quarantined = quarantined_;
  health.damaged.assign(damaged_.begin(), damaged_.end());
  MILLPOND_TRY(health.set_aside, files_set_aside(options_));
  MILLPOND_TRY(const auto looked_at, meta("aside_closed"));
  const auto known = std::clamp<std::int64_t>(looked_at, 0, static_cast<std::int64_t>(health.set_aside.size()));
  health.set_aside.erase(health.set_aside.begin(), health.set_aside.begin() + known);
  health.salvaged = salvaged_;
  return health;
}

base::Result<> SqliteJournal::begin_copy(const std::filesystem::path& target) {
  MILLPOND_TRY_DO(ready());
  if (copy_) return base::Error{base::Code::already_running, "copy journal", "another copy is not finished"};
  MILLPOND_TRY(copy_, sqlite::Backup::begin(*db_, {.path = target, .vfs = options_.vfs}));
  return {};
}

base::Result<bool> SqliteJournal::step_copy() {
  if (!copy_) return base::Error{base::Code::bad_input, "copy journal", "none was begun"};
  auto done = copy_->step(copy_step_pages);
  if (!done || *done) copy_.reset();
  return done;
}

void SqliteJournal::abandon_copy() { copy_.reset(); }

}  // namespace millpond::store
