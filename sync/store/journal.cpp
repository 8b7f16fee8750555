// SPDX-License-Identifier: Apache-2.0
// Group commits, reads, and the small tables.
#include "sync/store/action_transaction.h"

#include <algorithm>

namespace millpond::store {

// The door of every call from outside. No statement is under way there, and a transaction only when an action asks.
base::Result<> SqliteJournal::ready() {
  if (!options_.repair || (db_ && db_->in_transaction())) return read_again();
  if (failed_to_open_ || damage_told_ || db_->met_damage()) return open_anew();
  auto read = read_again();
  return read || read.error().code != base::Code::store_corrupt ? std::move(read) : open_anew();
}

base::Result<> SqliteJournal::read_again() {
  if (!stale_) return {};
  MILLPOND_TRY_DO(end_rollback_journal());
  return load();
}

// What damage was met in is closed, and the file is taken as a start takes it. Where that fails, or finds nothing to
// mend, tills that ask again and again must not cost a check of the whole file each time.
base::Result<> SqliteJournal::open_anew() {
  const auto now_ms = clock_.monotonic_ms();
  if (opened_anew_ms_ && now_ms - *opened_anew_ms_ < open_anew_pause_ms) {
    if (failed_to_open_) return *failed_to_open_;
    return read_again();
  }
  copy_.reset();
  db_.reset();
  stale_ = true;
  damage_told_ = false;
  damaged_.clear();
  journal_limited_ = false;
  opened_anew_ms_ = now_ms;
  const auto started = start();
  failed_to_open_ = started ? std::nullopt : std::optional{started.error()};
  return started;
}

// The outcome of a failed COMMIT is what the file now says. A full disk is the one case that is known: SQLite has
// undone the transaction from its rollback journal, which was complete before the first page of the file was written.
base::Error SqliteJournal::after_failed_commit(base::Error error) {
  const auto before = growth_.head;
  stale_ = true;
  const auto known = read_again();
  if (known && error.code == base::Code::disk_full && growth_.head <= before) {
    error.detail += "; nothing of the group was kept";
    return error;
  }
  error.detail = std::string{base::code_name(error.code)} + ": " + error.detail;
  error.code = base::Code::commit_unknown;
  return error;
}

base::Result<> SqliteJournal::run_action(const Action& action) {
  const auto before = growth_;
  const auto sizes = unsettled_.sizes();
  ActionTransaction transaction{*this, ActionTransaction::Access::write};
  auto result = action(transaction);
  if (result && transaction.failure()) result = *transaction.failure();
  if (result) result = transaction.finish();
  if (!result) {
    growth_ = before;
    unsettled_.cut(sizes);
  }
  return result;
}

base::Result<> SqliteJournal::run_in_savepoint(const Action& action) {
  const auto before = growth_;
  const auto sizes = unsettled_.sizes();
  MILLPOND_TRY(auto savepoint, sqlite::Savepoint::begin(*db_));
  MILLPOND_TRY_DO(run_action(action));
  auto released = savepoint.release();
  if (!released) {
    growth_ = before;
    unsettled_.cut(sizes);
  }
  return released;
}

// Fails when the transaction is of no more use to anybody.
base::Result<> SqliteJournal::run_group(std::span<const Action> actions, std::vector<base::Result<>>& results) {
  for (std::size_t i = 0; i < actions.size(); ++i) {
    // Alone it needs no savepoint: when it fails the whole transaction goes.
    results[i] = actions.size() == 1 ? run_action(actions[i]) : run_in_savepoint(actions[i]);
    if (!db_->in_transaction()) {
      // SQLite gave up the whole transaction (full disk, I/O error): earlier actions are undone as well.
      return results[i] ? base::Error{base::Code::disk_error, "group", "transaction lost"} : results[i].error();
    }
    if (results[i]) MILLPOND_TRY_DO(settle_when_many());
  }
  return {};
}

std::vector<base::Result<>> SqliteJournal::commit(std::span<const Action> actions) {
  std::vector<base::Result<>> results(actions.size());
  const auto all_fail = [&](const base::Error& error) {
    for (auto& result : results) result = error;
    return results;
  };
  if (const auto memory = ready(); !memory) return all_fail(memory.error());
  if (until_measured_ == 0) {
    if (const auto measured = measure(); !measured) return all_fail(measured.error());
  } else {
    --until_measured_;
  }
  auto transaction = sqlite::Transaction::begin(*db_);
  if (!transaction) return all_fail(transaction.error());
  if (const auto ran = run_group(actions, results); !ran) {
    stale_ = true;
    return all_fail(ran.error());
  }
  if (actions.size() == 1 && !results[0]) return results;
  const auto committed = transaction->commit();
  if (!committed) return all_fail(after_failed_commit(committed.error()));
  epochs_.back().head = growth_.head;
  publish_changes();
  return results;
}

base::Result<> SqliteJournal::write(const std::function<base::Result<>()>& change) {
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*db_));
  auto changed = change();
  if (!changed) {
    stale_ = true;
    return changed;
  }
  const auto committed = transaction.commit();
  if (!committed) return after_failed_commit(committed.error());
  publish_changes();
  return {};
}

base::Result<> SqliteJournal::read(const Action& action) {
  MILLPOND_TRY_DO(ready());
  ActionTransaction transaction{*this, ActionTransaction::Access::read};
  return action(transaction);
}

base::Result<RightsStatus> SqliteJournal::rights() {
  MILLPOND_TRY_DO(ready());
  const auto& live = epochs_.back();
  const auto last_issued = unsettled_.coupons.empty() ? rights_.last_issued : unsettled_.coupons.back().position;
  return RightsStatus{last_issued > released(), released() > live.position(live.acked)};
}

base::Result<std::uint64_t> SqliteJournal::position_of(base::Epoch epoch, base::Seq seq) {
  MILLPOND_TRY_DO(ready());
  const auto* const found = find_epoch(epoch);
  if (found == nullptr) return 0;
  // Past the end of an epoch the hub speaks of another copy's facts, whose numbers say nothing about ours.
  return found->position(std::min(seq, found->head));
}

// After a long time without a line all deltas go at once: more pages than one step gives back, and no other step may
// follow for hours. Each step is short; on a full disk they wait.
base::Result<> SqliteJournal::prune_deltas(std::uint64_t through_position) {
  MILLPOND_TRY_DO(ready());
  const auto prune = [&]() -> base::Result<> {
    const auto is_old = [&](const auto& row) { return row.position <= through_position; };
    if (std::ranges::any_of(unsettled_.points, is_old) || std::ranges::any_of(unsettled_.gifts, is_old)) {
      MILLPOND_TRY_DO(settle());
    }
    MILLPOND_TRY_DO(db_->run("DELETE FROM deltas WHERE position <= ?1", through_position));
    MILLPOND_TRY_DO(db_->run("DELETE FROM gifts WHERE position <= ?1", through_position));
    return db_->run(give_back_pages);
  };
  MILLPOND_TRY_DO(write(prune));
  const auto free_pages = [&] { return db_->query_integer("PRAGMA freelist_count"); };
  MILLPOND_TRY(auto left, free_pages());
  for (auto before = left; left.value_or(0) > 0; before = left) {
    const auto given = write([&] { return db_->run(give_back_pages); });
    if (!given) return given.error().code == base::Code::disk_full ? read_again() : given;
    MILLPOND_TRY(left, free_pages());
    if (left.value_or(0) >= before.value_or(0)) break;
  }
  return {};
}

base::Result<std::optional<base::Bytes>> SqliteJournal::document(std::string_view kind) {
  MILLPOND_TRY_DO(ready());
  return read_document(*db_, kind);
}

base::Result<std::optional<wire::IssuerRow>> SqliteJournal::issuer(std::uint32_t issuer) {
  MILLPOND_TRY_DO(ready());
  return read_issuer(*db_, issuer);
}

void SqliteJournal::publish_changes() {
  const auto live = epochs_.empty() ? base::Epoch{} : epochs_.back().epoch;
  if (!publisher_.read_changes(*db_, live)) stale_ = true;
}

namespace {

constexpr std::string_view print_columns = "SELECT position, template_version, locale, content, state FROM prints ";

}  // namespace

PrintIntent SqliteJournal::print_of(const sqlite::Statement& row) const {
  const auto position = row.unsigned_integer(0);
  const auto* const epoch = epoch_at(position);
  const auto content = row.bytes(3);
  return {{position - (epoch == nullptr ? 0 : epoch->base)},
          static_cast<std::uint32_t>(row.integer(1)),
          std::string{row.text(2)},
          {content.begin(), content.end()},
          static_cast<PrintState>(row.integer(4)),
          epoch == nullptr ? base::Epoch{} : epoch->epoch};
}

PrintIntent SqliteJournal::print_of(const UnsettledPrint& print) const {
  const auto* const epoch = epoch_at(print.position);
  return {{print.position - (epoch == nullptr ? 0 : epoch->base)},
          print.template_version,
          print.locale,
          print.content,
          PrintState::queued,
          epoch == nullptr ? base::Epoch{} : epoch->epoch};
}

base::Result<std::vector<PrintIntent>> SqliteJournal::unfinished_prints() {
  MILLPOND_TRY_DO(ready());
  MILLPOND_TRY(auto query, db_->prepare(std::string{print_columns} + "WHERE state = 1 ORDER BY position"));
  std::vector<std::pair<std::uint64_t, PrintIntent>> found;
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    found.emplace_back(query.unsigned_integer(0), print_of(query));
  }
  for (const auto& print : unsettled_.prints) {
    MILLPOND_TRY(const auto row, db_->query_integer("SELECT state FROM prints WHERE position = ?1", print.position));
    if (!row) found.emplace_back(print.position, print_of(print));
  }
  std::ranges::sort(found, {}, [](const auto& print) { return print.first; });
  std::vector<PrintIntent> intents;
  for (auto& print : found) intents.push_back(std::move(print.second));
  return intents;
}

base::Result<std::optional<PrintIntent>> SqliteJournal::print_intent(base::Seq of) {
  MILLPOND_TRY_DO(ready());
  MILLPOND_TRY(auto query, db_->prepare(std::string{print_columns} + "WHERE position = ?1"));
  for (auto epoch = epochs_.rbegin(); epoch != epochs_.rend(); ++epoch) {
    if (of > epoch->head) continue;
    MILLPOND_TRY_DO(query.bind(epoch->position(of)));
    MILLPOND_TRY(const bool row, query.step());
    if (row) return std::optional{print_of(query)};
    query.reset();
    if (const auto* const print = unsettled_.find_print(epoch->position(of))) return std::optional{print_of(*print)};
  }
  return std::optional<PrintIntent>{};
}

}  // namespace millpond::store
