// SPDX-License-Identifier: Apache-2.0
// Facts that changed on the disk: found by their sums, never sent, kept for a person.
#include "sync/store/salvage.h"
#include "sync/store/sqlite_journal.h"
#include "sync/wire/canonical.h"

#include <algorithm>

namespace millpond::store {

// What one pass over an epoch's queue found.
struct SqliteJournal::Damage {
  std::optional<base::Seq> first;                                // missing or changed
  std::vector<std::uint64_t> changed;                            // positions that do not hold what was written there
  std::vector<std::pair<std::uint64_t, std::uint64_t>> missing;  // position and how many from there
  std::vector<std::pair<std::uint64_t, base::Hash>> links;       // only the stored link is wrong: here is the right one
};

base::Result<> SqliteJournal::set_apart(std::uint64_t position, std::string_view kind, base::ByteView content) {
  ++quarantined_;
  return db_->run("INSERT INTO quarantine(position, kind, content) VALUES(?1, ?2, ?3)", position, kind, content);
}

base::Result<> SqliteJournal::count_quarantined() {
  MILLPOND_TRY(const auto open, db_->query_integer("SELECT count(*) FROM quarantine WHERE closed = 0"));
  quarantined_ = static_cast<std::uint64_t>(open.value_or(0));
  return {};
}

base::Result<std::vector<QuarantinedRow>> SqliteJournal::quarantine() {
  MILLPOND_TRY_DO(ready());
  std::vector<QuarantinedRow> rows;
  MILLPOND_TRY(auto query, db_->prepare("SELECT position, kind, content, closed FROM quarantine ORDER BY id"));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return rows;
    QuarantinedRow kept;
    kept.kind = query.text(1);
    kept.closed = query.integer(3) != 0;
    const auto position = query.unsigned_integer(0);
    if (const auto* const epoch = epoch_at(position)) {
      kept.epoch = epoch->epoch;
      kept.seq = {position - epoch->base};
    }
    const auto content = query.bytes(2);
    kept.content.assign(content.begin(), content.end());
    rows.push_back(std::move(kept));
  }
}

base::Result<> SqliteJournal::close_quarantine() {
  MILLPOND_TRY_DO(ready());
  MILLPOND_TRY(const auto names, files_set_aside(options_));
  const auto change = [&]() -> base::Result<> {
    // When: it goes a retention later.
    MILLPOND_TRY_DO(
        db_->run("UPDATE quarantine SET closed = ?1 WHERE closed = 0", std::max<std::int64_t>(ring_.hub_ms, 1)));
    return put_meta("aside_closed", static_cast<std::int64_t>(names.size()));
  };
  MILLPOND_TRY_DO(write(change));
  return count_quarantined();
}

base::Result<> SqliteJournal::examine_queue(const EpochState& epoch, Damage& damage) {
  MILLPOND_TRY(auto query,
               db_->prepare("SELECT position, canonical, chain, sum FROM outbox WHERE position BETWEEN ?1 AND ?2 "
                            "ORDER BY position"));
  MILLPOND_TRY_DO(query.bind(epoch.base + 1, epoch.position(epoch.head)));
  const auto note = [&](std::uint64_t position) {
    if (!damage.first) damage.first = base::Seq{position - epoch.base};
  };
  const auto miss = [&](std::uint64_t from, std::uint64_t to) {
    if (from == to) return;
    note(from);
    damage.missing.emplace_back(from, to - from);
  };
  auto next = epoch.position(epoch.acked) + 1;
  auto chain = epoch.acked_chain;
  if (chain == base::Hash{} && epoch.acked < epoch.head) note(next);
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    const auto position = query.unsigned_integer(0);
    const auto canonical = query.bytes(1);
    if (position < next) {  // nothing is queued here: a row whose key changed
      damage.changed.push_back(position);
      continue;
    }
    miss(next, position);
    const auto fact = wire::decode_fact(canonical);
    const bool elsewhere = fact && (fact->stamp.epoch != epoch.epoch || epoch.position(fact->stamp.seq) != position);
    if (sum_of(canonical) != query.unsigned_integer(3) || elsewhere) {
      note(position);
      damage.changed.push_back(position);
    }
    chain = wire::chain_next(chain, canonical);
    if (!damage.first && !std::ranges::equal(chain, query.bytes(2))) damage.links.emplace_back(position, chain);
    next = position + 1;
  }
  miss(next, epoch.position(epoch.head) + 1);
  return {};
}

// Batches of the ring that do not hold any more. The hub has had them; only a restored hub would miss them.
base::Result<std::uint64_t> SqliteJournal::quarantine_ring(const EpochState& epoch) {
  std::vector<std::int64_t> unreadable;
  {
    MILLPOND_TRY(auto query, db_->prepare("SELECT first_position FROM ring WHERE first_position BETWEEN ?1 AND ?2"));
    MILLPOND_TRY_DO(query.bind(epoch.base + 1, epoch.position(epoch.head)));
    for (;;) {
      MILLPOND_TRY(const bool row, query.step());
      if (!row) break;
      if (!ring_batch(query.integer(0))) unreadable.push_back(query.integer(0));
    }
  }
  for (const auto first_position : unreadable) {
    MILLPOND_TRY_DO(
        db_->run("INSERT INTO quarantine(position, kind, content) "
                 "SELECT first_position, 'batch', batch FROM ring WHERE first_position = ?1",
                 first_position));
    MILLPOND_TRY_DO(drop_from_ring(first_position));
    ++quarantined_;
  }
  return unreadable.size();
}

// The hub holds facts from behind the damage: they would count twice if they went out again. What is whole before the
// damage goes to the ring as always, the rest of what the hub has to the quarantine, because no chain leads to it.
base::Result<> SqliteJournal::leave_to_hub(EpochState& epoch, base::Seq whole_through, base::Seq hub_through) {
  if (whole_through > epoch.acked) MILLPOND_TRY_DO(move_to_ring(epoch, whole_through, {}));
  MILLPOND_TRY_DO(
      db_->run("INSERT INTO quarantine(position, kind, content) "
               "SELECT position, 'with_hub', canonical FROM outbox WHERE position BETWEEN ?1 AND ?2",
               epoch.position(whole_through) + 1, epoch.position(hub_through)));
  quarantined_ += static_cast<std::uint64_t>(db_->changes());
  MILLPOND_TRY_DO(db_->run("DELETE FROM outbox WHERE position BETWEEN ?1 AND ?2", epoch.position(epoch.acked) + 1,
                           epoch.position(hub_through)));
  epoch.acked = hub_through;
  epoch.acked_chain = {};
  return put_epoch(*db_, epoch);
}

base::Result<std::uint64_t> SqliteJournal::quarantine_damage(base::Epoch epoch, base::Seq hub_through) {
  MILLPOND_TRY_DO(ready());
  auto* const state = find_epoch(epoch);
  if (state == nullptr) return base::Error{base::Code::not_found, "quarantine", "an epoch that was never begun here"};
  Damage damage;
  MILLPOND_TRY_DO(examine_queue(*state, damage));
  const auto before = quarantined_;
  const auto change = [&]() -> base::Result<> {
    MILLPOND_TRY(const auto batches, quarantine_ring(*state));
    static_cast<void>(batches);
    for (const auto& [position, link] : damage.links) {
      MILLPOND_TRY_DO(db_->run("UPDATE outbox SET chain = ?2 WHERE position = ?1", position, link));
    }
    return damage.first ? part_from_damage(*state, damage, hub_through) : base::Result<>{};
  };
  MILLPOND_TRY_DO(write(change));
  damaged_.erase(epoch);
  if (damage.first || !damage.links.empty()) MILLPOND_TRY_DO(load());
  return quarantined_ - before;
}

base::Result<> SqliteJournal::part_from_damage(EpochState& state, const Damage& damage, base::Seq hub_through) {
  const base::Seq whole_through{damage.first->value - 1};
  const auto with_hub = std::min(hub_through, state.head);
  const auto held = [&](std::uint64_t position) {
    return position > state.position(state.acked) && position <= state.position(with_hub);
  };
  for (const auto& [position, count] : damage.missing) {
    if (held(position)) continue;
    MILLPOND_TRY_DO(set_apart(position, "missing", base::view_of(std::to_string(count))));
  }
  for (const auto position : damage.changed) {
    if (held(position)) continue;
    MILLPOND_TRY_DO(
        db_->run("INSERT INTO quarantine(position, kind, content) "
                 "SELECT position, 'fact', canonical FROM outbox WHERE position = ?1",
                 position));
    MILLPOND_TRY_DO(db_->run("DELETE FROM outbox WHERE position = ?1", position));
    ++quarantined_;
  }
  if (with_hub > whole_through) MILLPOND_TRY_DO(leave_to_hub(state, whole_through, with_hub));
  return reissue_within(state.epoch, std::max(whole_through, with_hub), model::EpochReason::damaged);
}

}  // namespace millpond::store
