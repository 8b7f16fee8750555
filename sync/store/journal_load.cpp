// SPDX-License-Identifier: Apache-2.0
// What the journal keeps in memory, read from its file, and the rows that hold it.
#include "sync/store/sqlite_journal.h"

#include <algorithm>

namespace millpond::store {
base::Result<> SqliteJournal::put_meta(std::string_view name, std::int64_t value) {
  return db_->run("INSERT INTO meta(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                  name, value);
}

base::Result<std::int64_t> SqliteJournal::meta(std::string_view name) {
  MILLPOND_TRY(const auto value, db_->query_integer("SELECT value FROM meta WHERE name = ?1", name));
  return value.value_or(0);
}

base::Result<> SqliteJournal::load_epochs() {
  MILLPOND_TRY(auto rows, read_epochs(*db_));
  if (rows.changed > 0) {
    return base::Error{base::Code::store_corrupt, "read epochs", "an epoch changed on the disk",
                       options_.path.string()};
  }
  epochs_ = std::move(rows.whole);
  return {};
}

base::Result<> SqliteJournal::load_ring() {
  const auto heard_at_ms = ring_.heard_at_ms;
  ring_ = {};
  ring_.heard_at_ms = heard_at_ms;
  MILLPOND_TRY(const auto bytes, db_->query_integer("SELECT sum(length(batch)) FROM ring"));
  ring_.bytes = static_cast<std::uint64_t>(bytes.value_or(0));
  MILLPOND_TRY(ring_.hub_ms, meta("hub_ms"));
  MILLPOND_TRY(ring_.age_ms, meta("age_ms"));
  MILLPOND_TRY(ring_.behind_for_ms, meta("behind_for_ms"));
  MILLPOND_TRY(ring_.swept_day, meta("swept_day"));
  MILLPOND_TRY(const auto cut, meta("ring_cut"));
  ring_.cut_position = static_cast<std::uint64_t>(cut);
  MILLPOND_TRY(ring_.cut_acked_at_ms, meta("ring_cut_acked_at_ms"));
  return count_quarantined();
}

// A mark that changed on the disk may have stood anywhere: what was issued so far is then held no more, and the next
// release covers it.
base::Result<> SqliteJournal::load_rights() {
  rights_ = {};
  if (epochs_.empty()) return {};
  const auto& live = epochs_.back();
  MILLPOND_TRY(const auto newest, db_->query_integer("SELECT max(position) FROM coupons"));
  rights_.last_issued = static_cast<std::uint64_t>(newest.value_or(0));
  MILLPOND_TRY(const auto mark, read_mark(*db_, "released"));
  rights_.released = mark.value_or(live.position(growth_.head));
  return {};
}

// A disk that forgot the newest pages of one table and kept those of another leaves rows behind the last fact that the
// epochs know. What comes next would be given their positions, or be taken for settled.
base::Result<> SqliteJournal::check_positions() {
  MILLPOND_TRY(const auto begin, meta("begin_base"));  // of a file that was salvaged: what comes next begins there
  const auto last =
      std::max(static_cast<std::uint64_t>(begin), epochs_.empty() ? 0 : epochs_.back().position(growth_.head));
  const auto corrupt = [&](const std::string& what) {
    return base::Error{base::Code::store_corrupt, "check positions", what, options_.path.string()};
  };
  const auto beyond = [&](const char* what) { return corrupt(std::string{what} + " go on behind the last fact"); };
  if (!epochs_.empty() && growth_.head < epochs_.back().acked) return corrupt("the last facts are gone");
  // Not prints: a card's has a number of its own, because no fact asked for it.
  struct Rows {
    const char* table;
    const char* sql;
  };
  for (const auto& rows :
       {Rows{"outbox", "SELECT max(position) FROM outbox"}, Rows{"ring", "SELECT max(last_position) FROM ring"},
        Rows{"payloads", "SELECT max(position) FROM payloads"},
        Rows{"lease_uses", "SELECT max(position) FROM lease_uses"},
        Rows{"coupons", "SELECT max(position) FROM coupons"}, Rows{"deltas", "SELECT max(position) FROM deltas"},
        Rows{"gifts", "SELECT max(position) FROM gifts"}}) {
    MILLPOND_TRY(const auto most, db_->query_integer(rows.sql));
    if (static_cast<std::uint64_t>(most.value_or(0)) > last) return beyond(rows.table);
  }
  for (const auto& epoch : epochs_) {
    const auto acked = epoch.position(epoch.acked);
    MILLPOND_TRY(const auto sent, db_->query_integer("SELECT 1 FROM outbox WHERE position BETWEEN ?1 AND ?2 LIMIT 1",
                                                     epoch.base + 1, acked));
    if (sent) return corrupt("facts are queued that were acknowledged");
    MILLPOND_TRY(const auto known, db_->query_integer("SELECT 1 FROM ring WHERE first_position BETWEEN ?1 AND ?2 "
                                                      "LIMIT 1",
                                                      acked + 1, epoch.position(epoch.head)));
    if (known) return corrupt("facts were acknowledged that are queued");
  }
  for (const char* const name : {"settled", "released"}) {
    MILLPOND_TRY(const auto mark, read_mark(*db_, name));
    if (mark.value_or(0) > last) return beyond(name);
  }
  return {};
}

base::Result<> SqliteJournal::load() {
  stale_ = true;
  MILLPOND_TRY_DO(load_epochs());
  MILLPOND_TRY_DO(load_ring());
  MILLPOND_TRY(const auto counter, meta("id_counter"));
  growth_ = {{}, {}, static_cast<std::uint32_t>(counter)};
  if (!epochs_.empty()) {
    auto& live = epochs_.back();
    if (!live.ended) {
      MILLPOND_TRY(const auto last,
                   db_->query_integer("SELECT max(position) FROM outbox WHERE position > ?1", live.base));
      live.head = last ? base::Seq{static_cast<std::uint64_t>(*last) - live.base} : live.acked;
    }
    growth_.head = live.head;
    if (auto chain = chain_at(live, live.head)) growth_.chain = *chain;
  }
  MILLPOND_TRY_DO(check_positions());
  MILLPOND_TRY_DO(load_rights());
  MILLPOND_TRY_DO(load_unsettled());
  MILLPOND_TRY_DO(publisher_.read_all(*db_, epochs_.empty() ? base::Epoch{} : epochs_.back().epoch));
  stale_ = false;
  return {};
}

// A page that was lost takes rows with it that nothing else misses.
base::Result<> SqliteJournal::find_gaps() {
  for (const auto& epoch : epochs_) {
    const auto expected = epoch.head.value - epoch.acked.value;
    if (expected == 0) continue;
    MILLPOND_TRY(const auto there, db_->query_integer("SELECT count(*) FROM outbox WHERE position BETWEEN ?1 AND ?2",
                                                      epoch.position(epoch.acked) + 1, epoch.position(epoch.head)));
    if (static_cast<std::uint64_t>(there.value_or(0)) != expected) damaged_.insert(epoch.epoch);
  }
  return {};
}

}  // namespace millpond::store
