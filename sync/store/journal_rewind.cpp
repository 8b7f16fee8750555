// SPDX-License-Identifier: Apache-2.0
// Back from the sent ring into the queue, for a hub that was restored from a backup.
#include "sync/store/sqlite_journal.h"
#include "sync/wire/canonical.h"

#include <algorithm>

namespace millpond::store {

base::Result<> SqliteJournal::rewind(base::Epoch epoch, base::Seq through) {
  MILLPOND_TRY_DO(ready());
  auto* const state = find_epoch(epoch);
  if (state == nullptr) return base::Error{base::Code::not_found, "rewind", "an epoch that was never begun here"};
  if (through >= state->acked) return {};
  auto changed = *state;
  MILLPOND_TRY_DO(write([&] { return refill_outbox(*state, through, changed); }));
  *state = changed;
  if (state->acked == through) return {};
  return base::Error{base::Code::not_found, "rewind",
                     "the ring begins at seq " + std::to_string(state->acked.value + 1) + ", the hub holds " +
                         std::to_string(through.value)};
}

base::Result<> SqliteJournal::refill_outbox(const EpochState& epoch, base::Seq through, EpochState& changed) {
  std::vector<std::int64_t> batches;
  {
    MILLPOND_TRY(auto query,
                 db_->prepare("SELECT first_position FROM ring WHERE last_position > ?1 AND first_position <= ?2 "
                              "ORDER BY first_position DESC"));
    MILLPOND_TRY_DO(query.bind(epoch.position(through), epoch.position(epoch.acked)));
    for (;;) {
      MILLPOND_TRY(const bool row, query.step());
      if (!row) break;
      batches.push_back(query.integer(0));
    }
  }
  // From the newest back, so that what is put back always joins what is queued. A batch that went to the quarantine
  // left a gap; before it the ring no longer reaches.
  for (const auto first_position : batches) {
    MILLPOND_TRY(const bool joined, refill_from(first_position, epoch, through, changed));
    if (!joined) break;
  }
  return put_epoch(*db_, changed);
}

// A balance that was pruned because the hub's word included it comes back: positions at or before the replica's do not
// count twice, and after a restart of the replica they count again until the restored hub has them.
base::Result<> SqliteJournal::queue_again(std::uint64_t position, base::ByteView canonical, const base::Hash& chain) {
  MILLPOND_TRY_DO(db_->run("INSERT INTO outbox(position, canonical, chain, sum) VALUES(?1, ?2, ?3, ?4)", position,
                           canonical, chain, sum_of(canonical)));
  const auto fact = wire::decode_fact(canonical);
  const auto points = fact ? points_of(position, fact->body) : std::nullopt;
  return points ? write_points(*points) : base::Result<>{};
}

base::Result<bool> SqliteJournal::refill_from(std::int64_t first_position, const EpochState& epoch, base::Seq through,
                                              EpochState& changed) {
  MILLPOND_TRY(auto batch, ring_batch(first_position));
  const base::Seq last{batch.first_seq.value + batch.rows.size() - 1};
  if (last != changed.acked) return false;
  if (batch.chain_head != changed.acked_chain || batch.epoch != epoch.epoch) return broken("rewind", epoch, last);
  MILLPOND_TRY(const auto acked_at_ms,
               db_->query_integer("SELECT acked_at_ms FROM ring WHERE first_position = ?1", first_position));
  MILLPOND_TRY_DO(drop_from_ring(first_position));
  auto chain = batch.chain_before;
  auto kept_chain = chain;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    const auto& canonical = batch.rows[i].canonical;
    chain = wire::chain_next(chain, canonical);
    if (batch.first_seq.value + i <= through.value) {
      kept = i + 1;
      kept_chain = chain;
      continue;
    }
    MILLPOND_TRY_DO(queue_again(static_cast<std::uint64_t>(first_position) + i, canonical, chain));
  }
  changed.acked = {batch.first_seq.value + kept - 1};
  changed.acked_chain = kept_chain;
  if (kept == 0) return true;
  batch.rows.resize(kept);
  batch.chain_head = kept_chain;
  batch.signature = {};
  MILLPOND_TRY_DO(put_in_ring(epoch, std::move(batch), {}, acked_at_ms.value_or(0)));
  return true;
}

}  // namespace millpond::store
