// SPDX-License-Identifier: Apache-2.0
// The queue of facts that the hub has not acknowledged.
#include "sync/store/personal_rows.h"
#include "sync/store/sqlite_journal.h"
#include "sync/wire/canonical.h"

#include <algorithm>

namespace millpond::store {
namespace {

base::Error nothing(const char* operation) { return {base::Code::not_found, operation, "nothing in that range"}; }

}  // namespace

EpochState* SqliteJournal::find_epoch(base::Epoch epoch) {
  const auto found = std::ranges::find(epochs_, epoch, &EpochState::epoch);
  return found == epochs_.end() ? nullptr : &*found;
}

const EpochState* SqliteJournal::find_epoch(base::Epoch epoch) const {
  const auto found = std::ranges::find(epochs_, epoch, &EpochState::epoch);
  return found == epochs_.end() ? nullptr : &*found;
}

const EpochState* SqliteJournal::epoch_at(std::uint64_t position) const {
  const EpochState* found = nullptr;
  for (const auto& epoch : epochs_) {
    if (epoch.base < position) found = &epoch;
  }
  return found;
}

base::Result<OutboxStatus> SqliteJournal::outbox() {
  MILLPOND_TRY_DO(ready());
  const auto& live = epochs_.back();
  OutboxStatus status;
  const EpochState* next = &live;
  for (auto epoch = epochs_.rbegin(); epoch != epochs_.rend(); ++epoch) {
    if (epoch->acked < epoch->head) next = &*epoch;
    status.queued += epoch->head.value - epoch->acked.value;
  }
  status.epoch = next->epoch;
  status.acked = next->acked;
  status.head = next->head;
  status.live_epoch = live.epoch;
  status.live_head = live.head;
  if (status.queued == 0) return status;
  MILLPOND_TRY(auto query, db_->prepare("SELECT canonical FROM outbox ORDER BY position LIMIT 1"));
  MILLPOND_TRY(const bool row, query.step());
  if (!row) return status;
  if (const auto fact = wire::decode_fact(query.bytes(0))) status.oldest_ms = fact->stamp.occurred_at_ms;
  return status;
}

base::Result<std::vector<EpochMark>> SqliteJournal::epochs() {
  MILLPOND_TRY_DO(ready());
  std::vector<EpochMark> marks;
  for (const auto& epoch : epochs_) {
    EpochMark mark{epoch.epoch, epoch.acked, epoch.head, {}};
    MILLPOND_TRY(const auto kept,
                 db_->query_integer("SELECT min(first_position) FROM ring WHERE first_position BETWEEN ?1 AND ?2",
                                    epoch.base + 1, epoch.position(epoch.head)));
    if (kept) {
      mark.kept_from = {static_cast<std::uint64_t>(*kept) - epoch.base};
    } else if (epoch.acked < epoch.head) {
      mark.kept_from = {epoch.acked.value + 1};
    }
    marks.push_back(mark);
  }
  return marks;
}

// Names the epoch for whoever reads health(), so that a broken queue is not only known to the one who met it.
base::Error SqliteJournal::broken(const char* operation, const EpochState& epoch, base::Seq at) {
  damaged_.insert(epoch.epoch);
  return {base::Code::chain_broken, operation, "at seq " + std::to_string(at.value), options_.path.string()};
}

base::Result<base::Hash> SqliteJournal::chain_at(const EpochState& epoch, base::Seq seq) {
  if (seq == epoch.acked) {
    if (epoch.acked_chain == base::Hash{}) return broken("read chain", epoch, seq);
    return epoch.acked_chain;
  }
  MILLPOND_TRY(auto query, db_->prepare("SELECT chain FROM outbox WHERE position = ?1"));
  MILLPOND_TRY_DO(query.bind(epoch.position(seq)));
  MILLPOND_TRY(const bool row, query.step());
  if (!row || query.bytes(0).size() != 32) return broken("read chain", epoch, seq);
  return query.array<32>(0);
}

wire::UpRequest SqliteJournal::empty_batch(const EpochState& epoch, base::Seq first, const base::Hash& before) const {
  wire::UpRequest batch;
  batch.terminal = options_.owner.terminal;
  batch.epoch = epoch.epoch;
  batch.first_seq = first;
  batch.chain_before = before;
  batch.chain_head = before;
  batch.device_wall_ms = clock_.wall_ms();
  batch.device_monotonic_ms = clock_.monotonic_ms();
  batch.boot_id = options_.machine.boot_id;
  return batch;
}

base::Result<Payloads> Payloads::begin(sqlite::Connection& db, std::uint64_t first, std::uint64_t last) {
  MILLPOND_TRY(auto query, db.prepare("SELECT position, member, salt, box, sum FROM payloads "
                                      "WHERE position BETWEEN ?1 AND ?2 ORDER BY position"));
  MILLPOND_TRY_DO(query.bind(first, last));
  MILLPOND_TRY(const bool row, query.step());
  return Payloads{std::move(query), row};
}

// A payload that changed on the disk is as good as erased: its fact goes without it.
base::Result<> Payloads::attach(std::uint64_t position, wire::Row& row) {
  while (row_ && query_.unsigned_integer(0) < position) { MILLPOND_TRY(row_, query_.step()); }
  if (!row_ || query_.unsigned_integer(0) != position) return {};
  const base::MemberId member{query_.unsigned_integer(1)};
  const auto salt = query_.bytes(2);
  const auto box = query_.bytes(3);
  if (sum_of_payload(member, salt, box) != query_.unsigned_integer(4)) return {};
  row.payload_salt.assign(salt.begin(), salt.end());
  row.payload.assign(box.begin(), box.end());
  return {};
}

// Recomputes every link on the way, so that a fact that changed on the disk is never sent.
base::Result<wire::UpRequest> SqliteJournal::read_outbox(const EpochState& epoch, base::Seq from, base::Seq through,
                                                         std::uint32_t events_max, std::size_t bytes_max) {
  MILLPOND_TRY(const auto before, chain_at(epoch, {from.value - 1}));
  auto batch = empty_batch(epoch, from, before);
  MILLPOND_TRY(auto query,
               db_->prepare("SELECT position, canonical, chain, sum FROM outbox WHERE position BETWEEN ?1 AND ?2 "
                            "ORDER BY position LIMIT ?3"));
  MILLPOND_TRY_DO(
      query.bind(epoch.position(from), epoch.position(through), std::min(events_max, wire::batch_events_max)));
  auto position = epoch.position(from);
  MILLPOND_TRY(auto payloads, Payloads::begin(*db_, position, epoch.position(through)));
  std::size_t bytes = 0;
  for (;; ++position) {
    MILLPOND_TRY(const bool found, query.step());
    if (!found) break;
    wire::Row row;
    const auto canonical = query.bytes(1);
    row.canonical.assign(canonical.begin(), canonical.end());
    const auto chain = wire::chain_next(batch.chain_head, canonical);
    if (query.unsigned_integer(0) != position || !std::ranges::equal(chain, query.bytes(2)) ||
        sum_of(canonical) != query.unsigned_integer(3)) {
      // What stands before it is whole and goes out now.
      if (!batch.rows.empty()) break;
      return broken("read outbox", epoch, {position - epoch.base});
    }
    MILLPOND_TRY_DO(payloads.attach(position, row));
    bytes += row.canonical.size() + row.payload_salt.size() + row.payload.size();
    if (bytes > bytes_max && !batch.rows.empty()) break;
    batch.rows.push_back(std::move(row));
    batch.chain_head = chain;
  }
  if (!batch.rows.empty()) return batch;
  if (from <= through) return broken("read outbox", epoch, from);
  return nothing("read outbox");
}

base::Result<wire::UpRequest> SqliteJournal::read_batch(base::Epoch epoch, base::Seq from, std::uint32_t events_max,
                                                        std::size_t bytes_max) {
  MILLPOND_TRY_DO(ready());
  const auto* const state = find_epoch(epoch);
  if (state == nullptr || !from || from > state->head || events_max == 0) return nothing("read batch");
  if (from <= state->acked) return read_ring(*state, from, events_max, bytes_max);
  return read_outbox(*state, from, state->head, events_max, bytes_max);
}

// Takes and gives back space in one transaction, and needs room for the pages that it touches. When the disk has too
// little for all at once it goes on with fewer facts at a time, each part of which leaves more room for the next.
base::Result<> SqliteJournal::acknowledge(base::Epoch epoch, base::Seq through, base::ByteView signed_batch,
                                          std::int64_t hub_wall_ms) {
  MILLPOND_TRY_DO(ready());
  const auto* const state = find_epoch(epoch);
  if (state == nullptr || through > state->head) {
    return base::Error{base::Code::bad_input, "acknowledge",
                       "seq " + std::to_string(through.value) + " was never sent"};
  }
  auto acked = state->acked;
  auto part = through.value - std::min(acked, through).value;
  bool in_parts = false;
  while (acked < through) {
    const base::Seq to{std::min(acked.value + part, through.value)};
    auto done = acknowledge_part(epoch, to, signed_batch, hub_wall_ms, !in_parts);
    if (done) {
      acked = to;
      part *= 2;
    } else {
      if (done.error().code != base::Code::disk_full || (in_parts && part == 1)) return done;
      if (in_parts) part = (part + 1) / 2;
      in_parts = true;
      MILLPOND_TRY_DO(limit_rollback_journal(true));
    }
  }
  if (!in_parts) return {};
  // Tidying needs room as well, of a size that has nothing to do with the part: it can wait for the next time.
  const auto tidied = write([&] { return tidy(); });
  return tidied || tidied.error().code == base::Code::disk_full ? read_again() : tidied;
}

base::Result<> SqliteJournal::tidy() {
  MILLPOND_TRY_DO(prune_ring());
  return db_->run(give_back_pages);
}

base::Result<> SqliteJournal::acknowledge_part(base::Epoch epoch, base::Seq through, base::ByteView signed_batch,
                                               std::int64_t hub_wall_ms, bool with_tidying) {
  MILLPOND_TRY_DO(read_again());
  auto* const state = find_epoch(epoch);
  MILLPOND_TRY(const auto chain, chain_at(*state, through));
  auto changed = *state;
  changed.acked = through;
  changed.acked_chain = chain;
  const auto change = [&]() -> base::Result<> {
    MILLPOND_TRY_DO(settle_through(state->position(through)));  // the ring has no notes
    MILLPOND_TRY_DO(hear_hub_time(hub_wall_ms));
    MILLPOND_TRY_DO(move_to_ring(*state, through, signed_batch));
    MILLPOND_TRY_DO(db_->run("DELETE FROM outbox WHERE position BETWEEN ?1 AND ?2", state->position(state->acked) + 1,
                             state->position(through)));
    MILLPOND_TRY_DO(put_epoch(*db_, changed));
    return with_tidying ? tidy() : base::Result<>{};
  };
  MILLPOND_TRY_DO(write(change));
  *state = changed;
  until_measured_ = 0;
  return {};
}

}  // namespace millpond::store
