// SPDX-License-Identifier: Apache-2.0
// What an operator should hear about, and copies of the file.
#include "sync/store/sqlite_journal.h"

namespace millpond::store {
namespace {

constexpr int copy_step_pages = 64;  // 256 KB: a commit waits about a millisecond behind it

}  // namespace

base::Result<JournalHealth> SqliteJournal::health() {
  MILLPOND_TRY_DO(ready());
  JournalHealth health;
  MILLPOND_TRY(const auto pages, db_->query_integer("PRAGMA page_count"));
  MILLPOND_TRY(const auto unused, db_->query_integer("PRAGMA freelist_count"));
  MILLPOND_TRY(const auto page_bytes, db_->query_integer("PRAGMA page_size"));
  health.file_bytes = static_cast<std::uint64_t>(pages.value_or(0) * page_bytes.value_or(0));
  health.used_bytes = health.file_bytes - static_cast<std::uint64_t>(unused.value_or(0) * page_bytes.value_or(0));
  return health;
}

base::Result<> SqliteJournal::begin_copy(const std::filesystem::path& target) {
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
