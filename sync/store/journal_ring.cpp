// SPDX-License-Identifier: Apache-2.0
// The sent ring: what the hub acknowledged, kept as batches until no backup the hub could be restored from is older.
#include "sync/store/sqlite_journal.h"
#include "sync/wire/canonical.h"

#include <algorithm>

namespace millpond::store {
namespace {

constexpr std::size_t built_batch_bytes = 4U << 20;

bool has_payload(const wire::UpRequest& batch) {
  return std::any_of(batch.rows.begin(), batch.rows.end(), [](const auto& row) { return !row.payload.empty(); });
}

}  // namespace

base::Result<> check_batch_chain(const wire::UpRequest& batch) {
  auto chain = batch.chain_before;
  for (const auto& row : batch.rows) chain = wire::chain_next(chain, row.canonical);
  if (chain == batch.chain_head) return {};
  return base::Error{base::Code::chain_broken, "check batch", "from seq " + std::to_string(batch.first_seq.value)};
}

base::Result<> SqliteJournal::move_to_ring(const EpochState& epoch, base::Seq through, base::ByteView signed_batch) {
  const base::Seq first{epoch.acked.value + 1};
  MILLPOND_TRY(const auto head, chain_at(epoch, through));
  if (auto sent = wire::decode_up_request(signed_batch)) {
    const bool exact = sent->epoch == epoch.epoch && sent->first_seq == first &&
                       sent->rows.size() == through.value - epoch.acked.value &&
                       sent->chain_before == epoch.acked_chain && sent->chain_head == head && check_batch_chain(*sent);
    if (exact) return put_in_ring(epoch, std::move(*sent), signed_batch);
  }
  for (auto from = first; from <= through;) {
    MILLPOND_TRY(auto batch, read_outbox(epoch, from, through, wire::batch_events_max, built_batch_bytes));
    from.value += batch.rows.size();
    MILLPOND_TRY_DO(put_in_ring(epoch, std::move(batch), {}));
  }
  return {};
}

// `encoded` may hold the batch as it was sent; without payloads it is kept byte for byte.
base::Result<> SqliteJournal::put_in_ring(const EpochState& epoch, wire::UpRequest batch, base::ByteView encoded) {
  const auto first = epoch.position(batch.first_seq);
  const auto last = first + batch.rows.size() - 1;
  base::Bytes stripped;
  if (encoded.empty() || has_payload(batch)) {
    for (auto& row : batch.rows) {
      row.payload.clear();
      row.payload_salt.clear();
    }
    stripped = wire::encode(batch);
    encoded = stripped;
  }
  return db_->run(
      "INSERT OR REPLACE INTO ring(first_position, last_position, acked_at_ms, batch) VALUES(?1, ?2, ?3, ?4)", first,
      last, clock_.wall_ms(), encoded);
}

// What only mattered while the ring could still be sent again goes with it. A coupon that may still be shown stays.
base::Result<> SqliteJournal::prune_ring() {
  const auto now_ms = clock_.wall_ms();
  const auto before_ms = now_ms - options_.retention_ms;
  MILLPOND_TRY(const auto through,
               db_->query_integer("SELECT max(last_position) FROM ring WHERE acked_at_ms < ?1", before_ms));
  if (!through) return {};
  MILLPOND_TRY_DO(db_->run("DELETE FROM ring WHERE last_position <= ?1", *through));
  MILLPOND_TRY_DO(db_->run("DELETE FROM payloads WHERE position <= ?1", *through));
  MILLPOND_TRY_DO(db_->run("DELETE FROM sales WHERE position <= ?1", *through));
  MILLPOND_TRY_DO(db_->run("DELETE FROM prints WHERE position <= ?1 AND state > 2", *through));
  MILLPOND_TRY_DO(db_->run("DELETE FROM phones WHERE position <= ?1", *through));
  return db_->run("DELETE FROM coupons WHERE position <= ?1 AND expires_day < ?2", *through,
                  base::local_date_at(before_ms, 0).days);
}

base::Result<wire::UpRequest> SqliteJournal::ring_batch(std::int64_t first_position) {
  MILLPOND_TRY(auto query, db_->prepare("SELECT batch FROM ring WHERE first_position = ?1"));
  MILLPOND_TRY_DO(query.bind(first_position));
  MILLPOND_TRY(const bool row, query.step());
  if (!row) return base::Error{base::Code::not_found, "read ring", "gone"};
  auto batch = wire::decode_up_request(query.bytes(0));
  if (!batch) return base::Error{base::Code::store_corrupt, "read ring", batch.error().detail, options_.path.string()};
  MILLPOND_TRY_DO(check_batch_chain(*batch));
  return batch;
}

base::Result<wire::UpRequest> SqliteJournal::read_ring(const EpochState& epoch, base::Seq from,
                                                       std::uint32_t events_max, std::size_t bytes_max) {
  const auto position = epoch.position(from);
  MILLPOND_TRY(const auto first, db_->query_integer("SELECT first_position FROM ring WHERE first_position <= ?1 AND "
                                                    "last_position >= ?1",
                                                    position));
  if (!first) return base::Error{base::Code::not_found, "read batch", "the ring no longer reaches that far"};
  MILLPOND_TRY(auto kept, ring_batch(*first));
  auto batch = empty_batch(epoch, from, kept.chain_before);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < kept.rows.size() && batch.rows.size() < events_max; ++i) {
    auto& row = kept.rows[i];
    const auto chain = wire::chain_next(batch.chain_head, row.canonical);
    if (kept.first_seq.value + i < from.value) {
      batch.chain_before = batch.chain_head = chain;
      continue;
    }
    MILLPOND_TRY_DO(attach_payload(static_cast<std::uint64_t>(*first) + i, row));
    bytes += row.canonical.size() + row.payload_salt.size() + row.payload.size();
    if (bytes > bytes_max && !batch.rows.empty()) break;
    batch.rows.push_back(std::move(row));
    batch.chain_head = chain;
  }
  return batch;
}

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
  // From the newest back, so that what is put back always joins what is queued.
  for (const auto first_position : batches) { MILLPOND_TRY_DO(refill_from(first_position, epoch, through, changed)); }
  return db_->run("UPDATE epochs SET acked = ?2, acked_chain = ?3 WHERE ordinal = ?1", epoch.ordinal, changed.acked,
                  changed.acked_chain);
}

base::Result<> SqliteJournal::refill_from(std::int64_t first_position, const EpochState& epoch, base::Seq through,
                                          EpochState& changed) {
  MILLPOND_TRY(auto batch, ring_batch(first_position));
  if (batch.chain_head != changed.acked_chain || batch.epoch != epoch.epoch) {
    return base::Error{base::Code::chain_broken, "rewind", "the ring does not lead to the queue",
                       options_.path.string()};
  }
  MILLPOND_TRY_DO(db_->run("DELETE FROM ring WHERE first_position = ?1", first_position));
  auto chain = batch.chain_before;
  auto kept_chain = chain;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    chain = wire::chain_next(chain, batch.rows[i].canonical);
    if (batch.first_seq.value + i <= through.value) {
      kept = i + 1;
      kept_chain = chain;
      continue;
    }
    MILLPOND_TRY_DO(db_->run("INSERT INTO outbox(position, canonical, chain) VALUES(?1, ?2, ?3)",
                             static_cast<std::uint64_t>(first_position) + i, batch.rows[i].canonical, chain));
  }
  changed.acked = {batch.first_seq.value + kept - 1};
  changed.acked_chain = kept_chain;
  if (kept == 0) return {};
  batch.rows.resize(kept);
  batch.chain_head = kept_chain;
  batch.signature = {};
  return put_in_ring(epoch, std::move(batch), {});
}

}  // namespace millpond::store
