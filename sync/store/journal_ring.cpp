// SPDX-License-Identifier: Apache-2.0
// The sent ring: what the hub acknowledged, kept as batches until no backup the hub could be restored from is older.
#include "sync/store/hub_time.h"
#include "sync/store/personal_rows.h"
#include "sync/store/sqlite_journal.h"
#include "sync/wire/batch_chain.h"
#include "sync/wire/canonical.h"

#include <algorithm>

namespace millpond::store {
namespace {

constexpr std::size_t built_batch_bytes = 4U << 20;
// A hub that is an hour in a wrong year makes the ring a day older. A terminal that was switched off for the whole of
// the retention knows it after a day and a half of work.
constexpr std::int64_t ageing_rate = 24;
// While words come as often as this. Of a longer silence the rest counts once: what it would have saved up, one word of
// a hub that has just got its wrong year would spend.
constexpr std::int64_t dense_ms = 600'000;
// A first word from a wrong year would be an age that no right word reaches: after so much time of words that are this
// far behind it, they are believed.
constexpr std::int64_t behind_max_ms = 86'400'000;
constexpr std::int64_t stale_word_ms = 600'000;  // the oldest answer that can still come in
// Of batches that are encoded here: the newest layout that the release before this one reads, because it may be put
// back on a journal. Nothing was released before this one, so it is the newest there is.
constexpr std::uint32_t ring_schema = wire::schema_later_columns;

bool has_payload(const wire::UpRequest& batch) {
  return std::any_of(batch.rows.begin(), batch.rows.end(), [](const auto& row) { return !row.payload.empty(); });
}

}  // namespace

base::Result<> SqliteJournal::move_to_ring(const EpochState& epoch, base::Seq through, base::ByteView signed_batch) {
  const base::Seq first{epoch.acked.value + 1};
  MILLPOND_TRY(const auto head, chain_at(epoch, through));
  if (auto sent = wire::decode_up_request(signed_batch)) {
    const bool exact = sent->epoch == epoch.epoch && sent->first_seq == first &&
                       sent->rows.size() == through.value - epoch.acked.value &&
                       sent->chain_before == epoch.acked_chain && sent->chain_head == head &&
                       wire::check_batch_chain(*sent);
    if (exact) return put_in_ring(epoch, std::move(*sent), signed_batch, ring_.hub_ms);
  }
  for (auto from = first; from <= through;) {
    MILLPOND_TRY(auto batch, read_outbox(epoch, from, through, wire::batch_events_max, built_batch_bytes));
    from.value += batch.rows.size();
    MILLPOND_TRY_DO(put_in_ring(epoch, std::move(batch), {}, ring_.hub_ms));
  }
  return {};
}

// `encoded` may hold the batch as it was sent; without payloads it is kept byte for byte.
base::Result<> SqliteJournal::put_in_ring(const EpochState& epoch, wire::UpRequest batch, base::ByteView encoded,
                                          std::int64_t acked_at_ms) {
  const auto first = epoch.position(batch.first_seq);
  const auto last = first + batch.rows.size() - 1;
  base::Bytes stripped;
  if (encoded.empty() || has_payload(batch)) {
    for (auto& row : batch.rows) {
      row.payload.clear();
      row.payload_salt.clear();
    }
    batch.schema = ring_schema;
    batch.brand = options_.owner.brand;
    stripped = wire::encode(batch);
    encoded = stripped;
  }
  ring_.bytes += encoded.size();
  return db_->run("INSERT INTO ring(first_position, last_position, acked_at_ms, batch) VALUES(?1, ?2, ?3, ?4)", first,
                  last, acked_at_ms, encoded);
}

base::Result<> SqliteJournal::drop_from_ring(std::int64_t first_position) {
  MILLPOND_TRY(const auto bytes,
               db_->query_integer("SELECT length(batch) FROM ring WHERE first_position = ?1", first_position));
  ring_.bytes -= std::min(ring_.bytes, static_cast<std::uint64_t>(bytes.value_or(0)));
  return db_->run("DELETE FROM ring WHERE first_position = ?1", first_position);
}

// A hub's clock may be years off for an hour, so its word alone makes nothing old: age follows it, no faster than
// ageing_rate times this machine's monotonic clock, and never goes back. What is kept is stamped with the word where
// that is later, because it is younger than whatever age has to catch up with; when the word turns out to have been
// wrong, so were the stamps. This machine's own wall clock has no say. Batches from before the first word count from
// that word on.
base::Result<> SqliteJournal::hear_hub_time(std::int64_t hub_wall_ms) {
  if (hub_wall_ms == 0) return {};
  const auto running_ms = clock_.monotonic_ms();
  const auto silent_ms = std::max<std::int64_t>(running_ms - ring_.heard_at_ms, 0);
  const auto dense = std::min(silent_ms, dense_ms);
  const auto caught_up_ms = silent_ms + dense * (ageing_rate - 1);
  ring_.heard_at_ms = running_ms;
  const bool behind = hub_wall_ms < ring_.age_ms - behind_max_ms && hub_wall_ms >= HubTime::release_ms;
  const auto behind_for_ms = behind ? ring_.behind_for_ms + dense : 0;
  if (behind_for_ms != ring_.behind_for_ms) {
    MILLPOND_TRY_DO(put_meta("behind_for_ms", ring_.behind_for_ms = behind_for_ms));
  }
  const bool first = ring_.age_ms == 0 || behind_for_ms >= behind_max_ms;
  const auto age_ms = first ? hub_wall_ms : std::clamp(hub_wall_ms, ring_.age_ms, ring_.age_ms + caught_up_ms);
  if (age_ms < ring_.age_ms) ring_.swept_day = std::min(ring_.swept_day, age_ms / 86'400'000);
  if (age_ms != ring_.age_ms) MILLPOND_TRY_DO(put_meta("age_ms", ring_.age_ms = age_ms));
  const auto stamp_ms = std::max(hub_wall_ms, age_ms);
  // A word that was long on its way is no other opinion.
  if (stamp_ms < ring_.hub_ms && stamp_ms >= ring_.hub_ms - stale_word_ms) return {};
  if (stamp_ms < ring_.hub_ms) MILLPOND_TRY_DO(stamp_no_later_than(stamp_ms));
  if (stamp_ms != ring_.hub_ms) MILLPOND_TRY_DO(put_meta("hub_ms", ring_.hub_ms = stamp_ms));
  return first ? db_->run("UPDATE ring SET acked_at_ms = ?1 WHERE acked_at_ms = 0", stamp_ms) : base::Result<>{};
}

base::Result<> SqliteJournal::stamp_no_later_than(std::int64_t stamp_ms) {
  MILLPOND_TRY_DO(db_->run("UPDATE ring SET acked_at_ms = ?1 WHERE acked_at_ms > ?1", stamp_ms));
  MILLPOND_TRY_DO(db_->run("UPDATE reviews SET hub_ms = ?1 WHERE hub_ms > ?1", stamp_ms));
  MILLPOND_TRY_DO(
      db_->run("UPDATE meta SET value = ?1 WHERE name IN ('aside_since_ms', 'ring_cut_acked_at_ms') AND "
               "value > ?1",
               stamp_ms));
  ring_.cut_acked_at_ms = std::min(ring_.cut_acked_at_ms, stamp_ms);
  return {};
}

base::Result<> SqliteJournal::prune_ring() {
  const auto before_ms = ring_.age_ms - options_.retention_ms;
  for (;;) {
    std::int64_t first = 0;
    {
      MILLPOND_TRY(auto oldest, db_->prepare("SELECT first_position, last_position, acked_at_ms FROM ring "
                                             "ORDER BY first_position LIMIT 1"));
      MILLPOND_TRY(const bool row, oldest.step());
      if (!row) break;
      const bool due = oldest.integer(2) != 0 && oldest.integer(2) < before_ms;
      if (!due && ring_.bytes <= options_.ring_bytes_max) break;
      first = oldest.integer(0);
      if (!due) {
        ring_.cut_position = oldest.unsigned_integer(1);
        ring_.cut_acked_at_ms = oldest.integer(2);
        MILLPOND_TRY_DO(put_meta("ring_cut", oldest.integer(1)));
        MILLPOND_TRY_DO(put_meta("ring_cut_acked_at_ms", ring_.cut_acked_at_ms));
      }
    }
    MILLPOND_TRY_DO(prune_oldest(first));
  }
  const auto day = ring_.age_ms / 86'400'000;
  return day > ring_.swept_day ? sweep(before_ms) : base::Result<>{};
}

// What only mattered while the batch could still be sent again goes with it: its sale keys are found through its facts.
base::Result<> SqliteJournal::prune_oldest(std::int64_t first_position) {
  MILLPOND_TRY(const auto through,
               db_->query_integer("SELECT last_position FROM ring WHERE first_position = ?1", first_position));
  if (const auto batch = ring_batch(first_position)) {
    for (const auto& row : batch->rows) {
      const auto fact = wire::decode_fact(row.canonical);
      const auto* const found = fact ? till_key_of(fact->body) : nullptr;
      if (found == nullptr) continue;
      const auto& key = *found;
      MILLPOND_TRY_DO(
          db_->run("DELETE FROM sales WHERE business_day = ?1 AND store = ?2 AND till = ?3 AND "
                   "transaction_id = ?4 AND position <= ?5",
                   key.business_date.days, key.store, key.till, key.transaction, through));
    }
  }
  MILLPOND_TRY_DO(drop_from_ring(first_position));
  MILLPOND_TRY_DO(overwriting(*db_, [&] { return db_->run("DELETE FROM payloads WHERE position <= ?1", through); }));
  return db_->run("DELETE FROM prints WHERE position <= ?1 AND state > 1", through);
}

// Once in a day of age: tables that are not in the order of positions. A coupon that may still be shown stays.
base::Result<> SqliteJournal::sweep(std::int64_t before_ms) {
  ring_.swept_day = ring_.age_ms / 86'400'000;
  MILLPOND_TRY_DO(put_meta("swept_day", ring_.swept_day));
  MILLPOND_TRY_DO(forget_set_aside(before_ms));
  MILLPOND_TRY_DO(db_->run("DELETE FROM reviews WHERE hub_ms <> 0 AND hub_ms < ?1", before_ms));
  MILLPOND_TRY_DO(db_->run("DELETE FROM quarantine WHERE closed <> 0 AND closed < ?1", before_ms));
  MILLPOND_TRY_DO(db_->run("UPDATE reviews SET hub_ms = ?1 WHERE hub_ms = 0", ring_.hub_ms));
  MILLPOND_TRY(const auto oldest, db_->query_integer("SELECT min(first_position) FROM ring"));
  MILLPOND_TRY(const auto queued, db_->query_integer("SELECT min(position) FROM outbox"));
  const auto kept = std::min(oldest.value_or(INT64_MAX), queued.value_or(INT64_MAX));
  MILLPOND_TRY_DO(overwriting(*db_, [&] { return db_->run("DELETE FROM phones WHERE position < ?1", kept); }));
  // Also those whose batch could not be read when it went.
  MILLPOND_TRY_DO(db_->run("DELETE FROM sales WHERE position < ?1", kept));
  const auto before_day = base::local_date_at(before_ms, 0).days;
  MILLPOND_TRY_DO(db_->run("DELETE FROM refunds WHERE business_day < ?1", before_day));
  // The hub has known of them for so long that it has told everybody, this terminal too.
  MILLPOND_TRY_DO(db_->run("DELETE FROM coupon_uses WHERE position < ?1 AND day < ?2", kept, before_day));
  MILLPOND_TRY_DO(db_->run("DELETE FROM lease_uses WHERE position < ?1 AND member = 0", kept));
  return db_->run("DELETE FROM coupons WHERE position < ?1 AND expires_day < ?2", kept, before_day);
}

base::Result<wire::UpRequest> SqliteJournal::ring_batch(std::int64_t first_position) {
  MILLPOND_TRY(auto query, db_->prepare("SELECT batch FROM ring WHERE first_position = ?1"));
  MILLPOND_TRY_DO(query.bind(first_position));
  MILLPOND_TRY(const bool row, query.step());
  if (!row) return base::Error{base::Code::not_found, "read ring", "gone"};
  const auto position = static_cast<std::uint64_t>(first_position);
  const auto* const epoch = epoch_at(position);
  auto batch = wire::decode_up_request(query.bytes(0));
  const bool whole = batch && epoch != nullptr && batch->epoch == epoch->epoch &&
                     epoch->position(batch->first_seq) == position && wire::check_batch_chain(*batch);
  if (whole) return batch;
  if (epoch == nullptr) return base::Error{base::Code::chain_broken, "read ring", "of no epoch"};
  return broken("read ring", *epoch, {position - epoch->base});
}

base::Result<wire::UpRequest> SqliteJournal::read_ring(const EpochState& epoch, base::Seq from,
                                                       std::uint32_t events_max, std::size_t bytes_max) {
  const auto position = epoch.position(from);
  MILLPOND_TRY(const auto first,
               db_->query_integer("SELECT max(first_position) FROM ring WHERE first_position <= ?1", position));
  const auto gone = base::Error{base::Code::not_found, "read batch", "the ring no longer reaches that far"};
  if (!first || static_cast<std::uint64_t>(*first) <= epoch.base) return gone;
  MILLPOND_TRY(auto kept, ring_batch(*first));
  if (from.value >= kept.first_seq.value + kept.rows.size()) return gone;
  auto batch = empty_batch(epoch, from, kept.chain_before);
  const auto start = static_cast<std::uint64_t>(*first);
  MILLPOND_TRY(auto payloads, Payloads::begin(*db_, position, start + kept.rows.size() - 1));
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < kept.rows.size() && batch.rows.size() < events_max; ++i) {
    auto& row = kept.rows[i];
    const auto chain = wire::chain_next(batch.chain_head, row.canonical);
    if (kept.first_seq.value + i < from.value) {
      batch.chain_before = batch.chain_head = chain;
      continue;
    }
    MILLPOND_TRY_DO(payloads.attach(start + i, row));
    bytes += row.canonical.size() + row.payload_salt.size() + row.payload.size();
    if (bytes > bytes_max && !batch.rows.empty()) break;
    batch.rows.push_back(std::move(row));
    batch.chain_head = chain;
  }
  return batch;
}

}  // namespace millpond::store
