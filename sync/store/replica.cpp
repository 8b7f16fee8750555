// SPDX-License-Identifier: Apache-2.0
#include "sync/store/replica.h"

#include "sync/snapshot/download.h"
#include "sync/snapshot/staged.h"
#include "sync/snapshot/tables.h"
#include "sync/sqlite/file.h"
#include "sync/sqlite/transaction.h"
#include "sync/store/replica_file.h"
#include "sync/store/rows_at_rest.h"

#include <algorithm>
#include <mutex>

namespace millpond::store {
namespace {

using base::Code;
using base::Result;
using wire::RowKind;

bool belongs_to_journal(std::uint8_t kind) {
  return std::ranges::find(snapshot::journal_kinds, static_cast<RowKind>(kind)) != snapshot::journal_kinds.end();
}

bool takes_back_personal(const wire::DownRow& row) {
  return row.deleted && (row.kind == static_cast<std::uint8_t>(RowKind::profile) ||
                         row.kind == static_cast<std::uint8_t>(RowKind::phone));
}

class SqliteReplica final : public Replica {
 public:
  SqliteReplica(snapshot::Place place, std::shared_ptr<const PersonalFields> fields)
      : place_{std::move(place)}, at_rest_{std::move(fields)} {}

  // First call. Everything in the file can be fetched again, so a damaged one only needs to get out of the way.
  [[nodiscard]] Result<> begin() {
    // What cannot be removed now is in nobody's way: the next start tries again.
    if (sqlite::file_exists(place_.vfs, place_.incoming()).value_or(false)) {
      (void)sqlite::remove_file(place_.vfs, place_.incoming());
    }
    auto opened = reopen(Trust::check_pages);
    const bool useless =
        !opened && (opened.error().code == Code::store_corrupt || opened.error().code == Code::store_newer);
    if (useless) {
      MILLPOND_TRY_DO(set_replica_aside(place_));
      opened = reopen(Trust::check_pages);
    }
    if (!opened) return opened;
    (void)snapshot::drop_stale_download(place_, state_.cursor);
    const auto rows = snapshot::check_rows(*db_);
    damaged_ = !rows && rows.error().code == Code::store_corrupt;
    return damaged_ ? base::Result<>{} : rows;
  }

  [[nodiscard]] Result<wire::DownCursor> cursor() override {
    return with_state([](const snapshot::State& state) { return state.cursor; });
  }
  [[nodiscard]] Result<wire::Checkpoint> checksum() override {
    return with_state([](const snapshot::State& state) { return state.members; });
  }
  [[nodiscard]] Result<bool> complete() override {
    return with_state([](const snapshot::State& state) { return state.complete; });
  }
  [[nodiscard]] Result<std::int64_t> as_of_ms() override {
    return with_state([](const snapshot::State& state) { return state.as_of_ms; });
  }
  [[nodiscard]] snapshot::Place place() const override { return place_; }
  [[nodiscard]] bool damaged() override {
    const std::lock_guard lock{mutex_};
    return damaged_;
  }

  [[nodiscard]] Result<> apply(const wire::DownPage& page, std::uint64_t as_of_position) override {
    return with_file([&]() -> Result<> {
      auto next = state_;
      MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*db_));
      for (const auto& row : page.rows) {
        if (!belongs_to_journal(row.kind)) MILLPOND_TRY_DO(apply_row(next, row, page, as_of_position));
      }
      next.cursor = page.next;
      next.as_of_ms = page.hub_wall_ms;
      if (page.checkpoint) {
        // The last page says: every member row, also those sent earlier, includes this terminal's facts through here.
        next.complete = true;
        next.as_of_position = std::max(next.as_of_position, as_of_position);
        MILLPOND_TRY_DO(db_->run("DELETE FROM ahead"));
      }
      MILLPOND_TRY_DO(snapshot::save_state(*db_, next));
      auto committed = transaction.commit();
      if (committed) {
        state_ = next;
        tend_aside(page.hub_wall_ms);
        // The log would show it until it is written over.
        if (std::ranges::any_of(page.rows, takes_back_personal)) return write_log_back(*db_);
      } else if (auto loaded = snapshot::load_state(*db_); loaded) {
        state_ = *loaded;  // a commit that failed may have happened
      } else {
        db_.reset();  // the next call opens the file again
      }
      return committed;
    });
  }

  [[nodiscard]] Result<> restart(std::uint64_t generation) override {
    const std::lock_guard lock{mutex_};
    db_.reset();
    MILLPOND_TRY_DO(damaged_ ? set_replica_aside(place_) : remove_replica(place_));
    damaged_ = false;
    MILLPOND_TRY_DO(reopen(Trust::checked_before));
    state_.cursor.generation = generation;
    auto saved = snapshot::save_state(*db_, state_);
    if (!saved) db_.reset();
    return saved;
  }

  [[nodiscard]] Result<> adopt(std::unique_ptr<snapshot::Staged> staged, std::uint64_t as_of_position) override {
    MILLPOND_TRY_DO(staged->settle(as_of_position));
    const std::lock_guard lock{mutex_};
    MILLPOND_TRY_DO(step_aside());
    auto swapped = swap_replica_in(place_);
    if (swapped) {
      staged->adopted();
      damaged_ = false;
    }
    // After a failure this is the old file, and after a failure here the next call opens it.
    auto opened = reopen(swapped ? Trust::checked_before : Trust::check_pages);
    return swapped ? opened : swapped;
  }

  [[nodiscard]] Result<std::optional<ReplicaMember>> find_member(base::MemberId member) override {
    return with_file([&]() -> Result<std::optional<ReplicaMember>> {
      MILLPOND_TRY(const auto body, snapshot::read_row(*db_, RowKind::member, member.value));
      if (!body) return std::optional<ReplicaMember>{};
      ReplicaMember found;
      MILLPOND_TRY(found.row, wire::decode_member_row(*body));
      MILLPOND_TRY(const auto ahead, snapshot::read_ahead(*db_, member.value));
      found.as_of_position = std::max(ahead, state_.as_of_position);
      return std::optional{found};
    });
  }

  [[nodiscard]] Result<std::optional<wire::CouponRow>> find_coupon(base::CouponId coupon) override {
    return with_file([&]() -> Result<std::optional<wire::CouponRow>> {
      MILLPOND_TRY(const auto body, snapshot::read_row(*db_, RowKind::coupon, coupon.value));
      if (!body) return std::optional<wire::CouponRow>{};
      MILLPOND_TRY(const auto row, wire::decode_coupon_row(*body));
      return std::optional{row};
    });
  }

  [[nodiscard]] Result<std::vector<wire::CouponRow>> coupons_of(base::MemberId member) override {
    return with_file([&] { return snapshot::read_coupons_of(*db_, member); });
  }

  [[nodiscard]] Result<std::optional<wire::ProfileRow>> find_profile(base::MemberId member) override {
    return with_file([&]() -> Result<std::optional<wire::ProfileRow>> {
      MILLPOND_TRY(const auto body, snapshot::read_row(*db_, RowKind::profile, member.value));
      if (!body) return std::optional<wire::ProfileRow>{};
      MILLPOND_TRY(auto row, wire::decode_profile_row(*body));
      row.shown_name = at_rest_.name(row);
      return std::optional{std::move(row)};
    });
  }

  [[nodiscard]] Result<std::optional<base::MemberId>> find_phone(base::ByteView key16) override {
    return with_file([&] { return snapshot::read_phone(*db_, at_rest_.phone(key16)); });
  }

  [[nodiscard]] Result<std::vector<wire::DownRow>> rows_of(RowKind kind) override {
    return with_file([&]() -> Result<std::vector<wire::DownRow>> {
      MILLPOND_TRY(auto rows, snapshot::read_others(*db_, kind));
      for (auto& row : rows) {
        if (!at_rest_.reveal(row)) return base::Error{Code::store_corrupt, "read replica", "a row of another machine"};
      }
      return rows;
    });
  }

  [[nodiscard]] base::Bytes phone_at_rest(base::ByteView key16) const override { return at_rest_.phone(key16); }

  [[nodiscard]] Result<> purge_personal() override {
    return with_file([&]() -> Result<> {
      MILLPOND_TRY_DO(forget_personal());
      return remove_replica_aside(place_);
    });
  }

  [[nodiscard]] Result<> checkpoint_to_disk() override {
    return with_file([&]() -> Result<> {
      // A mebibyte of what tombstones freed goes back to the file system each time, so that no call takes long.
      MILLPOND_TRY_DO(db_->run("PRAGMA incremental_vacuum(256)"));
      return write_log_back(*db_);
    });
  }

 private:
  // Runs with the lock held and the file open, and remembers when something had changed on the disk.
  template <class Function>
  [[nodiscard]] auto with_file(const Function& function) -> decltype(function()) {
    const std::lock_guard lock{mutex_};
    if (!db_) MILLPOND_TRY_DO(reopen(Trust::check_pages));
    auto result = function();
    if (!result && result.error().code == Code::store_corrupt) damaged_ = true;
    return result;
  }

  template <class Function>
  [[nodiscard]] auto with_state(const Function& function) -> Result<decltype(function(snapshot::State{}))> {
    const std::lock_guard lock{mutex_};
    if (!db_) MILLPOND_TRY_DO(reopen(Trust::check_pages));
    return function(state_);
  }

  [[nodiscard]] Result<> reopen(Trust trust) {
    MILLPOND_TRY(auto db, connect_replica(place_, trust));
    MILLPOND_TRY(state_, snapshot::load_state(*db));
    db_ = std::move(db);
    MILLPOND_TRY(const bool ours, at_rest_.owns(*db_));
    return ours ? Result<>{} : forget_personal();
  }

  // Once in a day of the hub's. What cannot be done now is in no page's way: the next one tries again.
  void tend_aside(std::int64_t hub_ms) {
    const auto day = hub_ms / 86'400'000;
    if (hub_ms > 0 && day != aside_day_ && tend_replica_aside(place_, hub_ms)) aside_day_ = day;
  }

  // What one transaction deleted would stay in the log.
  [[nodiscard]] Result<> forget_personal() {
    auto next = state_;
    MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*db_));
    MILLPOND_TRY_DO(at_rest_.forget(*db_));
    next.cursor.scoped_seq = 0;
    MILLPOND_TRY_DO(snapshot::save_state(*db_, next));
    MILLPOND_TRY_DO(transaction.commit());
    state_ = next;
    return write_log_back(*db_);
  }

  [[nodiscard]] Result<> apply_row(snapshot::State& state, const wire::DownRow& row, const wire::DownPage& page,
                                   std::uint64_t as_of_position) {
    if (at_rest_.concerns(row.kind)) {
      auto kept = row;
      MILLPOND_TRY_DO(at_rest_.hide(kept));
      if (row.deleted) return snapshot::remove_row(*db_, state, kept.kind, kept.key);
      return snapshot::put_row(*db_, state, kept);
    }
    if (row.deleted) return snapshot::remove_row(*db_, state, row.kind, row.key);
    MILLPOND_TRY_DO(snapshot::put_row(*db_, state, row));
    const bool ahead = row.kind == static_cast<std::uint8_t>(RowKind::member) && !page.checkpoint &&
                       as_of_position > state.as_of_position;
    return ahead ? snapshot::put_ahead(*db_, base::read_big_endian(row.key), as_of_position) : Result<>{};
  }

  // Closes the file so that another can take its place. It stays whole, so that a crash before that leaves it; one that
  // does not hang together any more is put away instead.
  [[nodiscard]] Result<> step_aside() {
    auto whole = db_ ? Result<>{} : reopen(Trust::checked_before);
    if (whole) whole = write_log_back(*db_);
    if (!whole && whole.error().code != Code::store_corrupt) return whole;
    db_.reset();
    return whole ? Result<>{} : set_replica_aside(place_);
  }

  const snapshot::Place place_;
  const RowsAtRest at_rest_;
  std::mutex mutex_;
  std::unique_ptr<sqlite::Connection> db_;  // guarded by mutex_; none after a failure that the next call may outlive
  snapshot::State state_;                   // what the file holds
  bool damaged_ = false;
  std::int64_t aside_day_{};  // of the hub, when it was last asked whether a damaged file may stay
};

}  // namespace

base::Result<std::unique_ptr<Replica>> Replica::open(const std::filesystem::path& path, const std::string& vfs,
                                                     std::shared_ptr<const PersonalFields> fields) {
  auto replica = std::make_unique<SqliteReplica>(snapshot::Place{path, vfs}, std::move(fields));
  MILLPOND_TRY_DO(replica->begin());
  return std::unique_ptr<Replica>{std::move(replica)};
}

}  // namespace millpond::store
